//! Answers to clients.

mod response;

use serde::Serialize;
use web_sys::ReadableStream;

use linernotes_shared::http::{
    CACHE_STATUS, CACHE_TAG, CacheStatus, HTML, JSON as JSON_TYPE, NO_STORE, public_for,
};
use linernotes_shared::wire::ErrorBody;

use crate::config::Config;
use crate::copies::{Bytes, Coding, Kept, front};
use crate::origin::{POLICY, RETRY_AFTER, Reply, Trouble};
use crate::route::Refused;
use crate::settle::with_upstream;

const REFERRER_POLICY: &str = "referrer-policy";
/// The policy of a page that needs nothing.
const NOTHING: &str = "default-src 'none'";

/// An answer before it takes the form that its client wants.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The header fields that are the same for every client.
    pub fields: Vec<(&'static str, String)>,
    /// The body, coded as `coding` says.
    pub body: Body,
    /// How the body's bytes are coded.
    pub coding: Coding,
    /// How the answer came about, for the log.
    pub outcome: &'static str,
    /// What the origin's trouble is, if that shaped the answer.
    pub trouble: Option<Trouble>,
    /// Whether caches in front keep it for other clients: nothing of this one's goes with it.
    pub is_shared: bool,
}

/// An answer's body.
#[derive(Clone, Debug)]
pub enum Body {
    /// None.
    Empty,
    /// All of it.
    Bytes(Bytes),
    /// As it comes.
    Stream(ReadableStream),
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
    pub fn kept(kept: Kept, body: Body, serving: Serving, now: u64, config: &Config) -> Self {
        // To Cloudflare's cache the worker is where answers come from, and an answer's age begins there.
        let age = if config.workers_cache {
            0
        } else {
            now.saturating_sub(kept.made_at)
        };
        // A cache counts `Age` against `s-maxage`, so what is left is counted from the age on.
        let cache_control = public_for(age.saturating_add(serving.shared_for));
        let mut fields = vec![("cache-control", cache_control)];
        if config.workers_cache {
            fields.push((front::CONTROL, front::control(serving.shared_for)));
        } else {
            fields.push(("age", age.to_string()));
        }
        fields.push((CACHE_STATUS, serving.cache_status));
        if kept.coding != Coding::None {
            fields.push(("content-type", JSON_TYPE.to_owned()));
            fields.push(("vary", "accept-encoding".to_owned()));
        }
        let optional = [
            ("location", kept.location),
            ("etag", kept.etag),
            (CACHE_TAG, kept.tags),
        ];
        fields.extend(
            optional
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        Self {
            status: kept.status,
            fields,
            body,
            coding: kept.coding,
            outcome: serving.outcome,
            trouble: serving.trouble,
            is_shared: config.workers_cache,
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
            body: Body::Bytes(reply.body),
            coding,
            outcome: "passed",
            trouble: None,
            is_shared: false,
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
            .retain(|(name, _)| !matches!(*name, "content-type" | REFERRER_POLICY));
        let fields = [
            ("content-type", HTML.to_owned()),
            (POLICY, policy),
            (REFERRER_POLICY, "no-referrer".to_owned()),
            ("x-content-type-options", "nosniff".to_owned()),
        ];
        self.fields.extend(fields);
    }

    /// Says that the answer depends on one more field of the request's header.
    pub fn depends_on(&mut self, field: &str) {
        match self.fields.iter_mut().find(|(name, _)| *name == "vary") {
            Some((_, fields)) => *fields = format!("{fields}, {field}"),
            None => self.fields.push(("vary", field.to_owned())),
        }
    }

    /// The same for a browser: a small page that says what is wrong.
    pub fn for_browser(mut self, error: &str) -> Self {
        let text = error.replace('&', "&amp;").replace('<', "&lt;");
        let status = self.status;
        let page = format!(
            "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
             <title>{status} · Linernotes</title><main><h1>{status}</h1><p>{text}</p><p><a href=/>Linernotes</a></main>"
        );
        self.body = Body::Bytes(page.into_bytes().into());
        self.shown(NOTHING.to_owned());
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
            body: Body::Bytes(body.into()),
            coding: Coding::Identity,
            outcome,
            trouble: None,
            is_shared: false,
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
        let mut answer = Self::error(trouble.status(), trouble.told(), "unavailable");
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
}

#[cfg(test)]
mod tests;
