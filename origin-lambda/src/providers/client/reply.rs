use std::time::{Duration, SystemTime};

use encoding_rs::{Encoding, WINDOWS_1252};
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use serde::de::DeserializeOwned;

use super::ProviderError;

/// The longest pause that a provider is given, whatever it asks for.
const LONGEST_PAUSE: Duration = Duration::from_secs(60 * 60);

/// A provider's answer, read to its end: a success, or its word that there is nothing.
#[derive(Clone, Debug)]
pub struct Reply {
    pub(super) provider: &'static str,
    pub(super) status: StatusCode,
    pub(super) charset: Option<&'static Encoding>,
    pub(super) retry_after: Option<Duration>,
    pub(super) body: Vec<u8>,
}

impl Reply {
    /// How long it wants to be left alone: some providers say so in a success.
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// HTTP status: a success, or another that says nothing of trouble, e.g. 404.
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The body as text; `None` for 404 and 410.
    ///
    /// Text that is UTF-8 is read as that, whatever it is said to be: by chance, no other encoding's is. The rest is read
    /// as what it is said to be, else as the web's old default.
    pub fn text(&self) -> Result<Option<String>, ProviderError> {
        match self.status {
            StatusCode::NOT_FOUND | StatusCode::GONE => return Ok(None),
            status if !status.is_success() => {
                return Err(ProviderError::Status {
                    provider: self.provider,
                    status,
                });
            }
            _ => {}
        }
        Ok(Some(self.decoded()))
    }

    fn decoded(&self) -> String {
        let body = self
            .body
            .strip_prefix("\u{feff}".as_bytes())
            .unwrap_or(&self.body);
        match std::str::from_utf8(body) {
            Ok(text) => text.to_owned(),
            Err(_) => {
                let charset = self
                    .charset
                    .filter(|charset| *charset != encoding_rs::UTF_8);
                charset.unwrap_or(WINDOWS_1252).decode(body).0.into_owned()
            }
        }
    }

    /// The body as JSON, whatever the status; `None` if it isn't that. For what some providers say of their failures.
    pub fn json_of_any_status<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The body as JSON; `None` for 404 and 410.
    pub fn json<T: DeserializeOwned>(&self) -> Result<Option<T>, ProviderError> {
        let text = self.text()?;
        text.map(|text| self.parse(&text)).transpose()
    }

    fn parse<T: DeserializeOwned>(&self, text: &str) -> Result<T, ProviderError> {
        serde_json::from_str(text).map_err(|error| ProviderError::Malformed {
            provider: self.provider,
            line: error.line(),
            column: error.column(),
        })
    }
}

/// The charset of a `Content-Type`; `None` without one, or with one that nobody knows.
pub(super) fn charset(headers: &HeaderMap) -> Option<&'static Encoding> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    value.split(';').skip(1).find_map(|parameter| {
        let (name, label) = parameter.split_once('=')?;
        let label = label.trim().trim_matches('"');
        name.trim()
            .eq_ignore_ascii_case("charset")
            .then(|| Encoding::for_label(label.as_bytes()))?
    })
}

/// Whether a `Content-Type` says that it's a web page.
pub(super) fn is_html(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.trim().to_ascii_lowercase().starts_with("text/html"))
}

/// How long `Retry-After` asks to wait, in seconds or until a date: a second at least, an hour at most.
pub(super) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match value.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => httpdate::parse_http_date(value)
            .ok()?
            .duration_since(now)
            .unwrap_or_default(),
    };
    Some(wait.clamp(Duration::from_secs(1), LONGEST_PAUSE))
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn header(name: reqwest::header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    fn read(content_type: &str, body: &[u8]) -> String {
        let reply = Reply {
            provider: "test",
            status: StatusCode::OK,
            charset: charset(&header(CONTENT_TYPE, content_type)),
            retry_after: None,
            body: body.to_vec(),
        };
        reply.text().unwrap().unwrap()
    }

    #[test]
    fn text_is_read_as_what_it_is_rather_than_as_what_it_is_called() {
        for (content_type, body) in [
            ("application/json", "Björk".as_bytes()),
            ("application/json; charset=iso-8859-1", "Björk".as_bytes()),
            ("application/json", "\u{feff}Björk".as_bytes()),
            ("application/json; charset=utf-8", b"Bj\xf6rk"),
            ("application/json; charset=\"ISO-8859-1\"", b"Bj\xf6rk"),
            ("application/json; charset=x-unknown", b"Bj\xf6rk"),
            ("text/plain; Charset=koi8-r", "Björk".as_bytes()),
        ] {
            assert_eq!(read(content_type, body), "Björk", "{content_type}");
        }
        let cyrillic = b"\xeb\xc9\xd0\xc5\xcc\xcf\xd7";
        assert_eq!(read("text/plain; charset=koi8-r", cyrillic), "Кипелов");
    }

    #[test]
    fn a_pause_is_in_seconds_or_until_a_date_and_no_longer_than_an_hour() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        for (value, seconds) in [
            ("120", Some(120)),
            (" 5 ", Some(5)),
            ("0", Some(1)),
            ("999999", Some(3_600)),
            ("Sun, 06 Nov 1994 08:50:07 GMT", Some(30)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(1)),
            ("soon", None),
            ("-3", None),
        ] {
            assert_eq!(
                retry_after(&header(RETRY_AFTER, value), now),
                seconds.map(Duration::from_secs),
                "{value:?}"
            );
        }
    }
}
