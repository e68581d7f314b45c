use std::collections::BTreeMap;
use std::io::Read;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use linernotes_shared::http::FRESH_UNTIL;
use serde_json::Value;

/// An answer as it came over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers by lower-case name.
    pub headers: BTreeMap<String, String>,
    /// The body, still compressed if it was sent so.
    pub body: Vec<u8>,
}

/// A request to be.
#[derive(Clone, Debug)]
pub struct Ask {
    method: &'static str,
    url: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

/// A GET request, which like Lidarr accepts gzip.
pub fn ask(url: impl Into<String>) -> Ask {
    Ask {
        method: "GET",
        url: url.into(),
        headers: vec![("accept-encoding", "gzip".to_owned())],
        body: Vec::new(),
    }
}

impl Ask {
    /// With another method.
    pub fn method(mut self, method: &'static str) -> Self {
        self.method = method;
        self
    }

    /// As a POST request with a JSON body.
    pub fn post(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.method = "POST";
        self.body = body.into();
        self.header("content-type", "application/json")
    }

    /// With a header, in place of one of the same name.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(other, _)| *other != name);
        self.headers.push((name, value.into()));
        self
    }

    /// With a body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Sends it until the answer is as wanted: the edge stores copies after it has answered, and stale answers are
    /// replaced behind them.
    ///
    /// # Panics
    /// If that doesn't happen within some seconds.
    pub fn until(self, wanted: impl Fn(&Answer) -> bool) -> Answer {
        const PATIENCE: Duration = Duration::from_secs(10);
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer = self.clone().send();
            if wanted(&answer) {
                return answer;
            }
            assert!(
                Instant::now() < deadline,
                "{} goes on answering {} with {:?}",
                self.url,
                answer.status,
                answer.headers
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Sends it.
    ///
    /// # Panics
    /// If there is no HTTP answer: no test expects that.
    pub fn send(self) -> Answer {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .allow_non_standard_methods(true)
            .build()
            .into();
        let mut request = ureq::http::Request::builder()
            .method(self.method)
            .uri(&self.url);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let malformed = "a test's request is well-formed";
        // A request without a body isn't one with an empty body.
        let sent = if self.body.is_empty() {
            agent.run(request.body(()).expect(malformed))
        } else {
            agent.run(request.body(self.body).expect(malformed))
        };
        let mut response =
            sent.unwrap_or_else(|error| panic!("{} gives no answer: {error}", self.url));
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| {
                (
                    name.to_string(),
                    String::from_utf8_lossy(value.as_bytes()).into(),
                )
            })
            .collect();
        let mut body = Vec::new();
        response
            .body_mut()
            .as_reader()
            .read_to_end(&mut body)
            .expect("the answer comes to its end");
        Answer {
            status: response.status().as_u16(),
            headers,
            body,
        }
    }
}

impl Answer {
    /// A header's value, empty without it.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// Seconds from now for which a shared cache may keep it: it counts the answer's age against `s-maxage`. `None` if the
    /// answer says something else than how long.
    pub fn shared_for(&self) -> Option<u32> {
        let until: u32 = self
            .header("cache-control")
            .strip_prefix("public, s-maxage=")?
            .strip_suffix(", max-age=0")?
            .parse()
            .ok()?;
        let age = match self.header("age") {
            "" => 0,
            age => age.parse().ok()?,
        };
        until.checked_sub(age)
    }

    /// Seconds from now for which the origin calls it fresh.
    ///
    /// # Panics
    /// If it doesn't say so.
    pub fn fresh_seconds(&self) -> u64 {
        let until: u64 = self
            .header(FRESH_UNTIL)
            .parse()
            .expect("the origin says how long its answers are fresh");
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        until.saturating_sub(now)
    }

    /// Whether the origin has stored it: what goes out before that is fresh for a minute.
    pub fn is_stored(&self) -> bool {
        self.fresh_seconds() > 60
    }

    /// Whether the edge had it, and it was fresh or is being renewed.
    pub fn is_hit_at_the_edge(&self) -> bool {
        self.header("cache-status")
            .starts_with("linernotes-edge; hit; ttl=")
    }

    /// The body as text, decompressed if need be.
    ///
    /// # Panics
    /// If it isn't what the headers say.
    pub fn text(&self) -> String {
        let bytes = if self.header("content-encoding") == "gzip" && !self.body.is_empty() {
            let mut plain = Vec::new();
            flate2::read::GzDecoder::new(&self.body[..])
                .read_to_end(&mut plain)
                .expect("a body called gzip is gzip");
            plain
        } else {
            self.body.clone()
        };
        String::from_utf8(bytes).expect("answers are UTF-8")
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// If it isn't JSON.
    pub fn json(&self) -> Value {
        let text = self.text();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text:?}"))
    }

    /// Status and JSON body, to compare at once.
    pub fn status_and_json(&self) -> (u16, Value) {
        (self.status, self.json())
    }
}
