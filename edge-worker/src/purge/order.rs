//! What is to be purged, read from the request's body.

use serde::Deserialize;

use linernotes_shared::Mbid;
use linernotes_shared::request::{Entity, Method, Request};

use crate::copies::front;
use crate::copies::tags::is_tag;
use crate::route::Refused;

/// Tags and URLs in one order, together: what Cloudflare takes in one call, with the tag that stands for others.
const MOST: usize = front::MOST - 1;

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
        if tags.len() + urls.len() > MOST {
            let error = format!("body: must have at most {MOST} tags and urls together");
            return Err(Refused::new(413, error));
        }
        if !tags.iter().all(|tag| is_tag(tag)) {
            let error = "tags: must be of the characters a-z A-Z 0-9 - _ . : /, at most 128 each";
            return Err(Refused::new(400, error));
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
        paths.extend(self.tags.iter().filter_map(|tag| path_named(tag)));
        paths.sort();
        paths.dedup();
        paths
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

/// The path of the answer that a tag is named after, e.g. `/artist/070d193a-…`.
fn path_named(tag: &str) -> Option<String> {
    [Entity::Artist, Entity::Album]
        .into_iter()
        .find_map(|entity| {
            let mbid: Mbid = tag
                .strip_prefix(entity.name())?
                .strip_prefix('-')?
                .parse()
                .ok()?;
            Some(Request::Lookup(entity, mbid).canonical_path())
        })
}

#[cfg(test)]
mod tests {
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
    fn the_longest_order_is_one_call_of_cloudflares() {
        let longest =
            serde_json::json!({"tags": (0..99).map(|tag| tag.to_string()).collect::<Vec<_>>()});
        let order = Order::read(longest.to_string().as_bytes()).unwrap();
        assert_eq!(order.tags.len() + 1, front::MOST);
    }

    #[test]
    fn anything_else_is_refused_with_its_field_and_rule() {
        let many = serde_json::json!({"tags": vec!["x"; 60], "urls": vec!["/"; 40]}).to_string();
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
