//! What is to be purged, read from the request's body.

use serde::Deserialize;

use linernotes_shared::Mbid;
use linernotes_shared::cache::OVERFLOW_TAG;
use linernotes_shared::request::{API_PREFIX, Method, Request};

use crate::copies::front;
use crate::copies::tags::is_tag;
use crate::route::Refused;

/// Tags and paths in one order, together: what Cloudflare takes in one call, with the tag that stands for others.
const MOST: usize = front::MOST - 1;
/// The paths of a URL: it is served with and without a prefix.
const PATHS_OF_URL: usize = 2;
/// What begins a tag that is named after one answer, as it begins that answer's path.
const NAMED: [&str; 3] = ["artist", "album", "series"];

/// The body of `POST /purge`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    urls: Vec<String>,
}

/// What is to be purged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Tags, each once.
    pub tags: Vec<String>,
    /// Canonical paths of the URLs, each once.
    pub paths: Vec<String>,
}

impl Order {
    /// Reads the body.
    pub fn read(body: &[u8]) -> Result<Self, Refused> {
        let Body { mut tags, urls } = serde_json::from_slice(body).map_err(|_| {
            Refused::new(
                400,
                r#"body: must be {"tags": […], "urls": […]}, lists of strings, either of which may be left out"#,
            )
        })?;
        if tags.len() + PATHS_OF_URL * urls.len() > MOST {
            let error = format!(
                "body: must have at most {MOST} tags, each of the urls counted as {PATHS_OF_URL}"
            );
            return Err(Refused::new(413, error));
        }
        if !tags.iter().all(|tag| is_tag(tag)) {
            let error = "tags: must be of the characters a-z A-Z 0-9 - _ . : /, at most 128 each";
            return Err(Refused::new(400, error));
        }
        for tag in &mut tags {
            if let Some((word, mbid)) = named_after(tag) {
                // As the origin spells it: marks are looked for by that.
                *tag = format!("{word}-{mbid}");
            }
        }
        let mut paths = urls
            .iter()
            .map(|url| path_of(url))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| {
                let error = "urls: must be URLs or paths of answers that are kept, e.g. /artist/070d193a-845c-479f-980e-bef15710653e";
                Refused::new(400, error)
            })?;
        for list in [&mut tags, &mut paths] {
            list.sort();
            list.dedup();
        }
        Ok(Self { tags, paths })
    }

    /// The paths of all answers that are known to be concerned: those ordered, and those that a tag is named after.
    pub fn known_paths(&self) -> Vec<String> {
        let mut paths = self.paths.clone();
        let named = self.tags.iter().filter_map(|tag| named_after(tag));
        paths.extend(named.map(|(word, mbid)| format!("/{word}/{mbid}")));
        paths.sort();
        paths.dedup();
        paths
    }

    /// The tags and paths that the cache in front of the worker is to be told, with the tag that stands for others.
    pub fn for_the_front(&self) -> (Vec<String>, Vec<String>) {
        let mut tags = self.tags.clone();
        if !tags.is_empty() && tags.iter().all(|tag| tag != OVERFLOW_TAG) {
            tags.push(OVERFLOW_TAG.to_owned());
        }
        let mut paths: Vec<String> = self
            .paths
            .iter()
            .filter_map(|path| path.split('?').next())
            .flat_map(|path| [path.to_owned(), format!("{API_PREFIX}{path}")])
            .collect();
        paths.sort();
        paths.dedup();
        (tags, paths)
    }
}

/// The canonical path of a URL or path, if answers there are kept.
fn path_of(url: &str) -> Option<String> {
    let path = match url.split_once("://") {
        Some((_, rest)) => &rest[rest.find('/')?..],
        None => url,
    };
    let path = path
        .split('#')
        .next()
        .filter(|path| path.starts_with('/'))?;
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let request = Request::parse(Method::Get, path, query).ok()?;
    request.is_kept().then(|| request.canonical_path())
}

/// What a tag is named after: `artist` and its MBID of `artist-070d193a-…`, however that is spelled.
fn named_after(tag: &str) -> Option<(&'static str, Mbid)> {
    let (word, mbid) = tag.split_once('-')?;
    let word = NAMED
        .into_iter()
        .find(|name| name.eq_ignore_ascii_case(word))?;
    Some((word, mbid.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const PRINCE: &str = "070d193a-845c-479f-980e-bef15710653e";

    #[test]
    fn tags_and_urls_are_read_each_once() {
        let body = format!(
            r#"{{"tags": ["artist-{PRINCE}", "x", "x"],
                "urls": ["https://music.example/api/v0.4/album/{PRINCE}?x=1#y", "/album/{}"]}}"#,
            PRINCE.to_uppercase()
        );
        let order = Order::read(body.as_bytes()).unwrap();
        assert_eq!(
            order,
            Order {
                tags: vec![format!("artist-{PRINCE}"), "x".to_owned()],
                paths: vec![format!("/album/{PRINCE}")],
            }
        );
        assert_eq!(
            order.known_paths(),
            [format!("/album/{PRINCE}"), format!("/artist/{PRINCE}")]
        );
        let nothing = Order::read(b"{}").unwrap();
        assert_eq!(nothing.known_paths(), Vec::<String>::new());
    }

    #[test]
    fn a_tag_is_known_by_any_spelling_of_its_mbid() {
        for word in NAMED {
            let path = format!("/{word}/{PRINCE}");
            assert_eq!(path_of(&path).as_ref(), Some(&path));
            for spelled in [PRINCE.to_uppercase(), PRINCE.replace('-', "")] {
                let order =
                    json!({"tags": [format!("{word}-{spelled}"), format!("{word}-{PRINCE}")]});
                let order = Order::read(order.to_string().as_bytes()).unwrap();
                assert_eq!(order.tags, [format!("{word}-{PRINCE}")]);
                assert_eq!(order.known_paths(), [&*path]);
            }
        }
        for other in [
            "artist-x",
            "overflow",
            "label-070d193a-845c-479f-980e-bef15710653e",
        ] {
            let order = Order::read(json!({"tags": [other]}).to_string().as_bytes()).unwrap();
            assert_eq!(order.tags, [other]);
            assert_eq!(order.known_paths(), Vec::<String>::new());
        }
    }

    #[test]
    fn the_longest_orders_are_one_call_of_cloudflares() {
        let tags = |count: usize| (0..count).map(|tag| tag.to_string()).collect::<Vec<_>>();
        let urls = |count: usize| {
            let mbids =
                (0..count).map(|number| format!("/artist/070d193a-845c-479f-980e-{number:012}"));
            mbids.collect::<Vec<_>>()
        };
        for (tags_of_it, urls_of_it) in [(99, 0), (1, 49), (51, 24)] {
            let order = json!({"tags": tags(tags_of_it), "urls": urls(urls_of_it)});
            let order = Order::read(order.to_string().as_bytes()).unwrap();
            let (tags, paths) = order.for_the_front();
            assert_eq!(tags.len() + paths.len(), front::MOST);
        }
        let more = json!({"urls": urls(50)}).to_string();
        assert_eq!(Order::read(more.as_bytes()).unwrap_err().status, 413);
    }

    #[test]
    fn the_cache_in_front_is_told_each_tag_and_path_once() {
        let order = json!({
            "tags": ["overflow", "x"],
            "urls": ["/search?type=artist&query=a", "/search?type=artist&query=b"],
        });
        let order = Order::read(order.to_string().as_bytes()).unwrap();
        let (tags, paths) = order.for_the_front();
        assert_eq!(tags, ["overflow", "x"]);
        assert_eq!(paths, ["/api/v0.4/search", "/search"]);
    }

    #[test]
    fn anything_else_is_refused_with_its_field_and_rule() {
        let many = json!({"tags": vec!["x"; 60], "urls": vec!["/"; 40]}).to_string();
        for (body, status, field) in [
            ("", 400, "body"),
            (r#""x""#, 400, "body"),
            (r#"{"tag": ["x"]}"#, 400, "body"),
            (r#"{"tags": [1]}"#, 400, "body"),
            (&many, 413, "body"),
            (r#"{"tags": ["a b"]}"#, 400, "tags"),
            (r#"{"tags": [""]}"#, 400, "tags"),
            (r#"{"urls": ["/nothing"]}"#, 400, "urls"),
            (r#"{"urls": ["https://music.example"]}"#, 400, "urls"),
            (r#"{"urls": ["https://music.example/"]}"#, 400, "urls"),
            (r#"{"urls": ["/recent/artist"]}"#, 400, "urls"),
            (r#"{"urls": ["artist/x"]}"#, 400, "urls"),
        ] {
            let refused = Order::read(body.as_bytes()).unwrap_err();
            assert_eq!(refused.status, status, "{body}");
            assert!(
                refused.error.starts_with(field),
                "{body}: {}",
                refused.error
            );
        }
    }
}
