//! What a client asks, as `entry.mjs` tells it.

use linernotes_shared::request::Request;

use crate::client::Client;
use crate::route::{Refused, Route};

/// A client's request without its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// When it came, in unix milliseconds.
    pub at: u64,
    /// Who asks.
    pub client: Client,
    /// What is asked, or why that can't be answered.
    pub route: Result<Route, Refused>,
    /// Whether the path is one of those of pages, which browsers ask for.
    pub is_of_pages: bool,
}

impl Asked {
    /// Reads a request's lines: the time in unix milliseconds, method, URL, `Accept-Encoding`, `If-None-Match` and
    /// `X-Request-Id`. What isn't there is empty.
    pub fn read(lines: &str) -> Self {
        let mut lines = lines.split('\n');
        let mut line = || lines.next().unwrap_or_default();
        let at = line().parse().unwrap_or_default();
        let (method, url) = (line(), line());
        let path = path(url);
        Self {
            at,
            route: Route::parse(method, path, query(url)),
            is_of_pages: Request::is_of_pages(path),
            client: Client::new(method, line(), line(), line()),
        }
    }

    /// The path of the question, if its answer is kept.
    pub fn kept_path(&self) -> Option<String> {
        kept_path(self.route.as_ref().ok()?)
    }
}

/// [`Asked::kept_path`] of a request's lines, without a look at who asks.
pub fn kept_path_of(lines: &str) -> Option<String> {
    let mut lines = lines.split('\n').skip(1);
    let (method, url) = (lines.next()?, lines.next()?);
    kept_path(&Route::parse(method, path(url), query(url)).ok()?)
}

fn kept_path(route: &Route) -> Option<String> {
    match route {
        Route::Api(question) if question.is_kept() => Some(question.canonical_path()),
        _ => None,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn a_request_is_read_from_its_lines() {
        let asked = Asked::read("7\nHEAD\nhttps://music.example/?x=1\ngzip, br\n\"a\"\nid-1");
        assert_eq!(
            asked,
            Asked {
                at: 7,
                client: Client {
                    method: "HEAD".to_owned(),
                    gzip: true,
                    if_none_match: Some("\"a\"".to_owned()),
                    request_id: "id-1".to_owned(),
                },
                route: Route::parse("HEAD", "/", "x=1"),
                is_of_pages: false,
            }
        );
    }

    #[test]
    fn pages_are_told_by_their_path_alone() {
        let is_of_pages = |url: &str| Asked::read(&format!("7\nGET\n{url}")).is_of_pages;
        for url in [
            "https://a/browse",
            "https://a/browse/x?y",
            "https://a/api/v0.4/browse",
        ] {
            assert!(is_of_pages(url), "{url}");
        }
        for url in [
            "https://a/artist/x?/browse",
            "https://a/artist/browse",
            "https://browse/artist",
        ] {
            assert!(!is_of_pages(url), "{url}");
        }
    }
}
