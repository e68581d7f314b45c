//! What a client asks for and can take. Nothing else of its request is read, and nothing but the request id goes on to
//! the origin.

use uuid::Uuid;
use worker::js_sys::Reflect;
use worker::wasm_bindgen::JsValue;

use linernotes_shared::http::{REQUEST_ID, accepts_gzip};

use crate::route::{Refused, Route};

/// The parts of a client's request that shape the answer's form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// The method as sent, for the log.
    pub method: String,
    /// Whether the answer may be gzip.
    pub gzip: bool,
    /// `If-None-Match` as sent.
    pub if_none_match: Option<String>,
    /// The client's own request id if it is a plain one, else a new one.
    pub request_id: String,
}

impl Client {
    /// Reads the request's method and header.
    pub fn of(request: &worker::Request) -> Self {
        let field = |name| request.headers().get(name).ok().flatten();
        // Cloudflare puts its own `Accept-Encoding` on every request and keeps the client's here.
        let accept_encoding = client_accept_encoding(request).or_else(|| field("accept-encoding"));
        Self {
            method: request.inner().method(),
            gzip: accepts_gzip(accept_encoding.as_deref()),
            if_none_match: field("if-none-match"),
            request_id: field(REQUEST_ID)
                .filter(|id| is_plain_id(id))
                .unwrap_or_else(|| Uuid::new_v4().to_string()),
        }
    }

    /// Whether the answer goes without its body.
    pub fn is_head(&self) -> bool {
        self.method == "HEAD"
    }
}

/// What the client asks, or why that can't be answered.
pub fn route(request: &worker::Request) -> Result<Route, Refused> {
    let url = request.inner().url();
    Route::parse(&request.inner().method(), path(&url), query(&url))
}

/// The path of a URL as the runtime writes it.
fn path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.find('/').map_or("/", |start| &rest[start..]);
    rest.split(['?', '#']).next().unwrap_or_default()
}

/// The query of a URL as the runtime writes it, without the `?`.
fn query(url: &str) -> &str {
    let url = url.split('#').next().unwrap_or_default();
    url.split_once('?').map_or("", |(_, query)| query)
}

fn client_accept_encoding(request: &worker::Request) -> Option<String> {
    let cf = Reflect::get(request.inner(), &JsValue::from_str("cf")).ok()?;
    // Reading a property of undefined is an error, which `ok` takes for absence: there is no `cf` everywhere.
    Reflect::get(&cf, &JsValue::from_str("clientAcceptEncoding"))
        .ok()?
        .as_string()
}

fn is_plain_id(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_request_id_is_short_and_can_be_logged_as_it_is() {
        for id in ["a", "0f8fad5b-d9cb-469f-a165-70867728950e", &"x".repeat(64)] {
            assert!(is_plain_id(id), "{id}");
        }
        for id in ["", "a b", "a\"b", "é", "a\nb", &"x".repeat(65)] {
            assert!(!is_plain_id(id), "{id}");
        }
    }

    #[test]
    fn a_url_is_taken_apart_as_it_stands() {
        for (url, path_of_it, query_of_it) in [
            ("https://music.example", "/", ""),
            ("https://music.example/", "/", ""),
            ("https://music.example/a//b?", "/a//b", ""),
            ("https://music.example/?since=1&x=/?", "/", "since=1&x=/?"),
            ("https://music.example/a?since=1#a?b", "/a", "since=1"),
            ("https://music.example/a#a?b", "/a", ""),
        ] {
            assert_eq!((path(url), query(url)), (path_of_it, query_of_it), "{url}");
        }
    }
}
