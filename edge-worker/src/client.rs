//! What a client asks for and can take. Nothing else of its request is read, and nothing but the request id goes on to
//! the origin.

use std::cell::{Cell, OnceCell};

use uuid::Uuid;
use worker::js_sys::Reflect;
use worker::wasm_bindgen::JsValue;
use worker::worker_sys::ext::RequestExt as _;

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
    pub fn of(request: &web_sys::Request) -> Self {
        let headers = request.headers();
        let field = |name| headers.get(name).ok().flatten();
        // Cloudflare puts its own `Accept-Encoding` on every request and keeps the client's here.
        let accept_encoding = client_accept_encoding(request).or_else(|| field("accept-encoding"));
        Self {
            method: request.method(),
            gzip: accepts_gzip(accept_encoding.as_deref()),
            if_none_match: field("if-none-match"),
            request_id: field(REQUEST_ID)
                .filter(|id| is_plain_id(id))
                .unwrap_or_else(new_request_id),
        }
    }

    /// Whether the answer goes without its body.
    pub fn is_head(&self) -> bool {
        self.method == "HEAD"
    }
}

/// What the client asks, or why that can't be answered.
pub fn route(request: &web_sys::Request, client: &Client) -> Result<Route, Refused> {
    let url = request.url();
    Route::parse(&client.method, path(&url), query(&url))
}

/// A field of the request's header, for where one alone is of interest.
pub fn field(request: &web_sys::Request, name: &str) -> Option<String> {
    request.headers().get(name).ok().flatten()
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

/// Whether the client rather wants a page than JSON.
pub fn prefers_html(request: &web_sys::Request) -> bool {
    linernotes_shared::http::prefers_html(field(request, "accept").as_deref())
}

/// Whether a request that names no route, or not rightly, is of a browser that wants a page.
pub fn wants_page(request: &web_sys::Request) -> bool {
    request.url().contains("/browse") && prefers_html(request)
}

fn client_accept_encoding(request: &web_sys::Request) -> Option<String> {
    // There is none everywhere.
    let cf = request.cf()?;
    Reflect::get(&cf, &JsValue::from_str("clientAcceptEncoding"))
        .ok()?
        .as_string()
}

thread_local! {
    /// An id unlike other isolates', and how many requests had it so far. Chance for each request would cost a call of
    /// the runtime's each time; ids are to be told apart, not to be secret.
    static ISOLATE: OnceCell<String> = const { OnceCell::new() };
    static REQUESTS: Cell<u64> = const { Cell::new(0) };
}

fn new_request_id() -> String {
    let number = REQUESTS.get();
    REQUESTS.set(number.wrapping_add(1));
    ISOLATE.with(|isolate| {
        let isolate = isolate.get_or_init(|| Uuid::new_v4().simple().to_string());
        format!("{isolate}-{number:x}")
    })
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
