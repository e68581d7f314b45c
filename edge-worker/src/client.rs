//! Who asks, and what they can take. Nothing else of a request is read, and nothing but the request id goes on to the
//! origin, for most questions.

use std::cell::{Cell, OnceCell};

use uuid::Uuid;

use linernotes_shared::http::accepts_gzip;

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
    /// By the method and fields of a request's header; a field that isn't there is empty.
    pub fn new(method: &str, accept_encoding: &str, if_none_match: &str, request_id: &str) -> Self {
        Self {
            method: method.to_owned(),
            gzip: accepts_gzip(Some(accept_encoding)),
            if_none_match: (!if_none_match.is_empty()).then(|| if_none_match.to_owned()),
            request_id: match request_id {
                id if is_plain_id(id) => id.to_owned(),
                _ => new_request_id(),
            },
        }
    }

    /// Whether the answer goes without its body.
    pub fn is_head(&self) -> bool {
        self.method == "HEAD"
    }
}

/// A field of the request's header, for where one alone is of interest.
pub fn field(request: &web_sys::Request, name: &str) -> Option<String> {
    request.headers().get(name).ok().flatten()
}

/// Whether the client rather wants a page than JSON.
pub fn prefers_html(request: &web_sys::Request) -> bool {
    linernotes_shared::http::prefers_html(field(request, "accept").as_deref())
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
}
