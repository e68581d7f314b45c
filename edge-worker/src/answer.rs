//! Answers to clients.

use serde::{Serialize, Serializer};
use worker::ResponseBody;
use worker::js_sys::{JSON, Uint8Array};
use worker::wasm_bindgen::{JsCast, JsValue};

use linernotes_shared::http::{
    CACHE_STATUS, CACHE_TAG, CacheStatus, HTML, JSON as JSON_TYPE, NO_STORE, REQUEST_ID,
    none_match, public_for,
};
use linernotes_shared::wire::ErrorBody;

use crate::client::Client;
use crate::config::Config;
use crate::copies::{Coding, Kept, front};
use crate::origin::{POLICY, Reply, Trouble};
use crate::route::Refused;
use crate::settle::with_upstream;
use crate::stream;

const REFERRER_POLICY: &str = "referrer-policy";
/// The policy of a page that needs nothing.
const NOTHING: &str = "default-src 'none'";

/// Seconds after which a client may try again when the edge itself is in trouble.
const RETRY_AFTER: u64 = 10;

/// An answer before it takes the form that its client wants.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The header fields that are the same for every client.
    pub fields: Vec<(&'static str, String)>,
    /// The body, coded as `coding` says.
    pub body: ResponseBody,
    /// How the body's bytes are coded.
    pub coding: Coding,
    /// How the answer came about, for the log.
    pub outcome: &'static str,
    /// What the origin's trouble is, if that shaped the answer.
    pub trouble: Option<Trouble>,
}

/// How a kept answer is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Serving {
    /// Seconds for which caches further out may keep the answer.
    pub shared_for: u64,
    /// `Cache-Status`.
    pub cache_status: String,
    /// How the answer came about, for the log.
    pub outcome: &'static str,
    /// What the origin's trouble is, if that is why the answer is a stale one.
    pub trouble: Option<Trouble>,
}

impl Answer {
    /// An answer of the origin's that is kept, served `now`.
    pub fn kept(
        kept: &Kept,
        body: ResponseBody,
        serving: Serving,
        now: u64,
        config: &Config,
    ) -> Self {
        let age = now.saturating_sub(kept.made_at);
        // A cache counts `Age` against `s-maxage`, so what is left is counted from the age on.
        let cache_control = public_for(age.saturating_add(serving.shared_for));
        let mut fields = vec![
            ("cache-control", cache_control),
            ("age", age.to_string()),
            (CACHE_STATUS, serving.cache_status),
        ];
        if kept.coding != Coding::None {
            fields.push(("content-type", JSON_TYPE.to_owned()));
            fields.push(("vary", "accept-encoding".to_owned()));
        }
        if let Some(location) = &kept.location {
            fields.push(("location", location.clone()));
        }
        if let Some(etag) = &kept.etag {
            fields.push(("etag", etag.clone()));
        }
        if let Some(tags) = &kept.tags {
            fields.push((CACHE_TAG, tags.clone()));
        }
        if config.workers_cache {
            let control = front::control(age, serving.shared_for, config.revalidate_for);
            fields.push((front::CONTROL, control));
        }
        Self {
            status: kept.status,
            fields,
            body,
            coding: kept.coding,
            outcome: serving.outcome,
            trouble: serving.trouble,
        }
    }

    /// An answer of the origin's that isn't kept.
    pub fn passed(reply: Reply, coding: Coding, own: &CacheStatus) -> Self {
        let cache_control = reply.fields.get("cache-control").unwrap_or(NO_STORE);
        let mut fields = vec![
            ("content-type", JSON_TYPE.to_owned()),
            ("cache-control", cache_control.to_owned()),
            ("vary", "accept-encoding".to_owned()),
            (
                CACHE_STATUS,
                with_upstream(reply.cache_status().as_deref(), own),
            ),
        ];
        for name in ["location", REFERRER_POLICY, "www-authenticate"] {
            if let Some(value) = reply.fields.get(name) {
                fields.push((name, value.to_owned()));
            }
        }
        if let Some(seconds) = reply.retry_after() {
            fields.push(("retry-after", seconds.to_string()));
        }
        Self {
            status: reply.status,
            fields,
            body: ResponseBody::Body(reply.body),
            coding,
            outcome: "passed",
            trouble: None,
        }
    }

    /// A page of the origin's.
    pub fn page(reply: Reply, coding: Coding, own: &CacheStatus) -> Self {
        let policy = reply.fields.get(POLICY).unwrap_or(NOTHING).to_owned();
        let mut answer = Self::passed(reply, coding, own);
        answer.shown(policy);
        answer
    }

    /// Says of a body that it is HTML, and what a browser may do with it.
    fn shown(&mut self, policy: String) {
        self.fields
            .retain(|(name, _)| !matches!(*name, "content-type" | "vary" | REFERRER_POLICY));
        let fields = [
            ("content-type", HTML.to_owned()),
            (POLICY, policy),
            (REFERRER_POLICY, "no-referrer".to_owned()),
            ("x-content-type-options", "nosniff".to_owned()),
        ];
        self.fields.extend(fields);
    }

    /// With an error's text as a small page.
    pub fn for_browser(mut self) -> Self {
        if let ResponseBody::Body(body) = &mut self.body {
            let text = String::from_utf8_lossy(body)
                .replace('&', "&amp;")
                .replace('<', "&lt;");
            let text = text
                .trim_start_matches("{\"error\":\"")
                .trim_end_matches("\"}");
            let status = self.status;
            *body = format!(
                "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
                 <title>{status} · Linernotes</title><main><h1>{status}</h1><p>{text}</p><p><a href=/>Linernotes</a></main>"
            )
            .into_bytes();
            self.shown(NOTHING.to_owned());
        }
        self
    }

    /// What the edge did for whoever runs it.
    pub fn report(status: u16, report: &impl Serialize, outcome: &'static str) -> Self {
        let body = serde_json::to_vec(report).expect("reports have string keys, so they serialise");
        Self {
            status,
            fields: vec![
                ("content-type", JSON_TYPE.to_owned()),
                ("cache-control", NO_STORE.to_owned()),
            ],
            body: ResponseBody::Body(body),
            coding: Coding::Identity,
            outcome,
            trouble: None,
        }
    }

    /// A request that has no answer, and why.
    pub fn refusal(refused: &Refused) -> Self {
        let mut answer = Self::error(refused.status, refused.error.clone(), "refused");
        if let Some(allow) = refused.allow {
            answer.fields.push(("allow", allow.to_owned()));
        }
        if refused.status == 401 {
            answer
                .fields
                .push(("www-authenticate", "Bearer".to_owned()));
        }
        answer
    }

    /// 503 for trouble behind the edge, 429 for a client that asks too much.
    pub fn unavailable(trouble: Trouble, cache_status: &CacheStatus) -> Self {
        let error = match trouble.status() {
            503 => format!("the service is unavailable at the moment: {trouble}"),
            _ => trouble.to_string(),
        };
        let mut answer = Self::error(trouble.status(), error, "unavailable");
        answer.trouble = Some(trouble);
        answer.fields.extend([
            ("retry-after", trouble.retry_after().to_string()),
            (CACHE_STATUS, cache_status.to_string()),
        ]);
        answer
    }

    /// 503 for trouble in the edge itself; the log says which.
    pub fn broken() -> Self {
        let mut answer = Self::error(
            503,
            "the service is unavailable at the moment: the edge is in trouble".to_owned(),
            "edge-error",
        );
        answer.fields.push(("retry-after", RETRY_AFTER.to_string()));
        answer
    }

    fn error(status: u16, error: String, outcome: &'static str) -> Self {
        Self::report(status, &ErrorBody { error }, outcome)
    }

    /// Whether the client has the answer already.
    fn is_known_to(&self, client: &Client) -> bool {
        let etag = self.fields.iter().find(|(name, _)| *name == "etag");
        match (&client.if_none_match, etag) {
            (Some(if_none_match), Some((_, etag))) => {
                self.status == 200 && none_match(if_none_match, etag)
            }
            _ => false,
        }
    }

    /// The status that the client gets.
    pub fn status_for(&self, client: &Client) -> u16 {
        if self.is_known_to(client) {
            304
        } else {
            self.status
        }
    }

    /// The response, in the form the client wants: without a body for `HEAD` or if the client has it, as gzip only if
    /// the client takes gzip.
    pub fn send(self, client: &Client) -> Result<web_sys::Response, JsValue> {
        let is_known = self.is_known_to(client);
        let is_bare = is_known || client.is_head();
        let passes_gzip = self.coding == Coding::Gzip && client.gzip;
        let init = Init {
            status: if is_known { 304 } else { self.status },
            headers: Header {
                fields: &self.fields,
                is_known,
                coding: (passes_gzip && !is_known).then_some("gzip"),
                request_id: &client.request_id,
            },
            // The bytes are gzip already, and stay the origin's.
            encode_body: (passes_gzip && !is_bare).then_some("manual"),
        };
        let init = init.to_js()?;
        if is_bare {
            discard(self.body);
            return web_sys::Response::new_with_opt_str_and_init(None, &init);
        }
        let is_decoded = self.coding == Coding::Gzip && !passes_gzip;
        match self.body {
            ResponseBody::Stream(stream) if is_decoded => {
                let plain = stream::gunzip(&stream)?;
                web_sys::Response::new_with_opt_readable_stream_and_init(Some(&plain), &init)
            }
            ResponseBody::Stream(stream) => {
                web_sys::Response::new_with_opt_readable_stream_and_init(Some(&stream), &init)
            }
            ResponseBody::Body(bytes) if is_decoded => {
                let coded = stream::of_bytes(&bytes)?;
                let plain = coded.map(|coded| stream::gunzip(&coded)).transpose()?;
                web_sys::Response::new_with_opt_readable_stream_and_init(plain.as_ref(), &init)
            }
            ResponseBody::Body(bytes) => {
                let bytes = Uint8Array::from(&bytes[..]);
                web_sys::Response::new_with_opt_js_u8_array_and_init(Some(&bytes), &init)
            }
            ResponseBody::Empty => web_sys::Response::new_with_opt_str_and_init(None, &init),
        }
    }
}

/// What a response is made from besides its body. It goes over to the runtime as one piece of JSON: a call for each
/// field would cost more than all else that is done for a hit.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Init<'a> {
    status: u16,
    headers: Header<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encode_body: Option<&'static str>,
}

struct Header<'a> {
    fields: &'a [(&'static str, String)],
    is_known: bool,
    coding: Option<&'a str>,
    request_id: &'a str,
}

impl Serialize for Header<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = self
            .fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .filter(|(name, _)| !(self.is_known && *name == "content-type"));
        let coding = self.coding.map(|coding| ("content-encoding", coding));
        serializer.collect_map(fields.chain(coding).chain([(REQUEST_ID, self.request_id)]))
    }
}

impl Init<'_> {
    fn to_js(&self) -> Result<web_sys::ResponseInit, JsValue> {
        let text = serde_json::to_string(self).expect("names and values are strings");
        Ok(JSON::parse(&text)?.unchecked_into())
    }
}

/// Lets go of a body that isn't wanted, so that the runtime doesn't hold its connection open.
fn discard(body: ResponseBody) {
    if let ResponseBody::Stream(stream) = body {
        let _ = stream.cancel();
    }
}

#[cfg(test)]
mod tests {
    use linernotes_shared::cache::Freshness;
    use linernotes_shared::http::Forward;

    use crate::config::example;
    use crate::route::Route;

    use super::*;

    fn text(body: &ResponseBody) -> &str {
        match body {
            ResponseBody::Body(bytes) => std::str::from_utf8(bytes).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    fn field<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
        let field = answer.fields.iter().find(|(key, _)| *key == name);
        field.map(|(_, value)| value.as_str())
    }

    fn kept(status: u16, config: &Config) -> Answer {
        let kept = Kept {
            status,
            coding: Coding::Gzip,
            etag: Some(r#""a1""#.to_owned()),
            tags: Some("artist-x".to_owned()),
            location: None,
            freshness: Freshness::starting(1_000, 60, 600),
            made_at: 1_000,
            durable_at: 0,
            is_purged: false,
        };
        let serving = Serving {
            shared_for: 50,
            cache_status: "linernotes-edge; hit; ttl=50".to_owned(),
            outcome: "hit",
            trouble: None,
        };
        Answer::kept(&kept, ResponseBody::Empty, serving, 1_010, config)
    }

    fn client(if_none_match: Option<&str>) -> Client {
        Client {
            method: "GET".to_owned(),
            gzip: true,
            if_none_match: if_none_match.map(str::to_owned),
            request_id: "id".to_owned(),
        }
    }

    #[test]
    fn a_kept_answer_tells_caches_its_age_and_what_is_left_from_there() {
        let expected = [
            ("cache-control", "public, s-maxage=60, max-age=0"),
            ("age", "10"),
            ("cache-status", "linernotes-edge; hit; ttl=50"),
            ("content-type", "application/json; charset=utf-8"),
            ("vary", "accept-encoding"),
            ("etag", r#""a1""#),
            ("cache-tag", "artist-x"),
        ]
        .map(|(name, value)| (name, value.to_owned()));
        assert_eq!(kept(200, &example()).fields, expected);
    }

    #[test]
    fn the_cache_in_front_is_told_its_own() {
        let config = Config {
            workers_cache: true,
            ..example()
        };
        assert_eq!(
            field(&kept(200, &config), "cloudflare-cdn-cache-control"),
            Some("public, max-age=60, stale-while-revalidate=86400")
        );
    }

    #[test]
    fn only_a_200_whose_tag_the_client_names_is_known_to_it() {
        assert!(kept(200, &example()).is_known_to(&client(Some(r#"W/"a1""#))));
        assert!(!kept(200, &example()).is_known_to(&client(Some(r#""a2""#))));
        assert!(!kept(200, &example()).is_known_to(&client(None)));
        assert!(!kept(404, &example()).is_known_to(&client(Some(r#""a1""#))));
    }

    #[test]
    fn a_refusal_is_a_json_object_that_names_the_field_and_rule() {
        let error = Route::parse("GET", "/recent/album", "since=soon").unwrap_err();
        let answer = Answer::refusal(&error);
        assert_eq!(answer.status, 400);
        assert_eq!(
            text(&answer.body),
            r#"{"error":"since: must be a whole number of seconds since 1970"}"#
        );
        assert_eq!(
            answer.fields,
            [
                ("content-type", JSON_TYPE.to_owned()),
                ("cache-control", "no-store".to_owned()),
            ]
        );

        let error = Route::parse("POST", "/", "").unwrap_err();
        let answer = Answer::refusal(&error);
        assert_eq!(answer.status, 405);
        assert_eq!(field(&answer, "allow"), Some("GET, HEAD"));
    }

    #[test]
    fn trouble_is_a_503_that_says_when_to_come_back() {
        let miss = CacheStatus::forwarded("linernotes-edge", Forward::Miss);
        let answer = Answer::unavailable(Trouble::Timeout, &miss);
        assert_eq!(answer.status, 503);
        assert_eq!(field(&answer, "retry-after"), Some("10"));
        assert_eq!(field(&answer, "cache-control"), Some("no-store"));
        assert_eq!(
            text(&answer.body),
            r#"{"error":"the service is unavailable at the moment: the origin didn't answer in time"}"#
        );

        let busy = Trouble::Failed {
            retry_after: Some(30),
        };
        let answer = Answer::unavailable(busy, &miss);
        assert_eq!(field(&answer, "retry-after"), Some("30"));
        assert_eq!(field(&Answer::broken(), "retry-after"), Some("10"));

        let answer = Answer::unavailable(Trouble::TooMany { seconds: 40 }, &miss);
        assert_eq!(answer.status, 429);
        assert_eq!(field(&answer, "retry-after"), Some("40"));
        assert_eq!(
            text(&answer.body),
            r#"{"error":"too many requests from this address"}"#
        );
    }
}
