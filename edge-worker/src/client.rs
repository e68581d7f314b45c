//! What a client asks for and can take. Nothing else of its request is read, and nothing but the request id goes on to
//! the origin.

use uuid::Uuid;
use worker::js_sys::Reflect;
use worker::wasm_bindgen::JsValue;

use linernotes_shared::http::{REQUEST_ID, accepts_gzip};
use linernotes_shared::request::{Method, Request, RequestError};

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
pub fn question(request: &worker::Request) -> Result<Request, RequestError> {
    let url = request.inner().url();
    read(&request.inner().method(), &request.path(), query(&url))
}

/// The query of a URL as the runtime writes it, without the `?`.
fn query(url: &str) -> &str {
    let url = url.split('#').next().unwrap_or_default();
    url.split_once('?').map_or("", |(_, query)| query)
}

fn read(method: &str, path: &str, query: &str) -> Result<Request, RequestError> {
    match Method::from_name(method) {
        Some(method) => Request::parse(method, path, query),
        None => {
            // An unknown method is refused like a known one on the wrong route.
            let request = Request::parse(Method::Get, path, query)?;
            Err(RequestError::MethodNotAllowed {
                allowed: request.allowed(),
            })
        }
    }
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
    fn a_query_stands_between_the_question_mark_and_the_fragment() {
        for (url, expected) in [
            ("https://music.example/", ""),
            ("https://music.example/?", ""),
            ("https://music.example/?since=1&x=?", "since=1&x=?"),
            ("https://music.example/?since=1#a?b", "since=1"),
            ("https://music.example/#a?b", ""),
        ] {
            assert_eq!(query(url), expected, "{url}");
        }
    }

    #[test]
    fn an_unknown_method_is_refused_with_the_methods_of_its_route() {
        for method in ["PUT", "DELETE", "OPTIONS", "get"] {
            assert_eq!(
                read(method, "/", ""),
                Err(RequestError::MethodNotAllowed {
                    allowed: "GET, HEAD"
                }),
                "{method}"
            );
            assert_eq!(
                read(method, "/search/fingerprint", ""),
                Err(RequestError::MethodNotAllowed { allowed: "POST" }),
                "{method}"
            );
            assert_eq!(
                read(method, "/nothing", ""),
                Err(RequestError::UnknownRoute),
                "{method}"
            );
        }
    }
}
