//! From what a client sent to what it asked for.
//!
//! The edge validates and canonicalises before anything else, so that one question has one cache key and nothing but
//! known routes and parameters reaches the origin; the origin does the same again, because it may be reached directly.

use std::fmt;

use crate::mbid::{InvalidMbid, Mbid};

/// The prefix that Lidarr's own URL carries; every route is served with and without it.
pub const API_PREFIX: &str = "/api/v0.4";

/// A request method the service knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`
    Get,
    /// `HEAD`: the answer of `GET` without its body.
    Head,
    /// `POST`
    Post,
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
        })
    }
}

impl Method {
    /// Reads a method name, as it stands on the wire.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "GET" => Some(Self::Get),
            "HEAD" => Some(Self::Head),
            "POST" => Some(Self::Post),
            _ => None,
        }
    }
}

/// A kind of catalogue entity that has an answer of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Entity {
    /// A MusicBrainz artist.
    Artist,
    /// A MusicBrainz release group, which Lidarr calls an album.
    Album,
}

impl Entity {
    /// The word that names the entity in paths, cache keys and tags.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Artist => "artist",
            Self::Album => "album",
        }
    }
}

impl fmt::Display for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A part of Lidarr's API that has its place here but no implementation yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reserved {
    /// `GET /search…`
    Search,
    /// `POST /search/fingerprint`
    Fingerprint,
    /// `GET /series/{mbid}`
    Series,
    /// `GET /chart/{source}/{kind}/{selection}`
    Chart,
    /// `GET /spotify/…`
    Spotify,
    /// `POST /spotify/lookup`
    SpotifyLookup,
}

impl Reserved {
    /// What an operator or user would call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Fingerprint => "fingerprint search",
            Self::Series => "series",
            Self::Chart => "charts",
            Self::Spotify | Self::SpotifyLookup => "Spotify lookups",
        }
    }
}

/// What a client asked for, in canonical form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Request {
    /// `GET /`: version, replication date and schema sequence.
    Status,
    /// `GET /artist/{mbid}` or `GET /album/{mbid}`.
    Lookup(Entity, Mbid),
    /// `GET /recent/artist` or `GET /recent/album`, with `since` in unix seconds (0 when absent).
    Recent(Entity, i64),
    /// A known route that isn't served yet.
    Reserved(Reserved),
}

/// Why a request has no canonical form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The path belongs to no route.
    #[error("path: no such route")]
    UnknownRoute,
    /// The route exists, but not with this method.
    #[error("method: must be {allowed}")]
    MethodNotAllowed {
        /// The value of the answer's `Allow` header.
        allowed: &'static str,
    },
    /// A field of the path or query breaks its rule.
    #[error("{field}: {rule}")]
    Invalid {
        /// The path segment's or query parameter's name.
        field: &'static str,
        /// The rule, as a sentence fragment after the field's name.
        rule: String,
    },
}

impl RequestError {
    /// The HTTP status of the answer.
    pub const fn status(&self) -> u16 {
        match self {
            Self::UnknownRoute => 404,
            Self::MethodNotAllowed { .. } => 405,
            Self::Invalid { .. } => 400,
        }
    }
}

impl Request {
    /// Reads a request from its method, its path as sent (percent-encoded), and its query without the `?`.
    pub fn parse(method: Method, path: &str, query: &str) -> Result<Self, RequestError> {
        let path = path.strip_prefix(API_PREFIX).unwrap_or(path);
        let segments: Vec<&str> = path
            .split('/')
            .filter(|segment| !segment.is_empty())
            .collect();
        let request = match segments[..] {
            [] => Self::Status,
            ["artist", mbid] => Self::Lookup(Entity::Artist, parse_mbid(mbid)?),
            ["album", mbid] => Self::Lookup(Entity::Album, parse_mbid(mbid)?),
            ["recent", "artist"] => Self::Recent(Entity::Artist, parse_since(query)?),
            ["recent", "album"] => Self::Recent(Entity::Album, parse_since(query)?),
            ["search", "fingerprint"] => Self::Reserved(Reserved::Fingerprint),
            ["search"] | ["search", "artist" | "album" | "all"] => Self::Reserved(Reserved::Search),
            ["series", _] => Self::Reserved(Reserved::Series),
            ["chart", _, _, _] => Self::Reserved(Reserved::Chart),
            ["spotify", "lookup"] => Self::Reserved(Reserved::SpotifyLookup),
            ["spotify", "artist" | "album", _] | ["spotify", "auth" | "renew"] => {
                Self::Reserved(Reserved::Spotify)
            }
            _ => return Err(RequestError::UnknownRoute),
        };
        match (method, request.allowed()) {
            (Method::Get | Method::Head, GET) | (Method::Post, POST) => Ok(request),
            (_, allowed) => Err(RequestError::MethodNotAllowed { allowed }),
        }
    }

    /// The methods the request's route answers, as the `Allow` header lists them.
    pub const fn allowed(&self) -> &'static str {
        match self {
            Self::Reserved(Reserved::Fingerprint | Reserved::SpotifyLookup) => POST,
            Self::Status | Self::Lookup(..) | Self::Recent(..) | Self::Reserved(_) => GET,
        }
    }

    /// The canonical path and query, without the API prefix: the same for every spelling of one question.
    pub fn canonical_path(&self) -> String {
        match self {
            Self::Status => "/".to_owned(),
            Self::Lookup(entity, mbid) => format!("/{entity}/{mbid}"),
            Self::Recent(entity, since) => format!("/recent/{entity}?since={since}"),
            Self::Reserved(Reserved::Search) => "/search".to_owned(),
            Self::Reserved(Reserved::Fingerprint) => "/search/fingerprint".to_owned(),
            Self::Reserved(Reserved::Series) => "/series/-".to_owned(),
            Self::Reserved(Reserved::Chart) => "/chart/-/-/-".to_owned(),
            Self::Reserved(Reserved::Spotify) => "/spotify/auth".to_owned(),
            Self::Reserved(Reserved::SpotifyLookup) => "/spotify/lookup".to_owned(),
        }
    }
}

const GET: &str = "GET, HEAD";
const POST: &str = "POST";

fn parse_mbid(segment: &str) -> Result<Mbid, RequestError> {
    percent_decode(segment)
        .parse()
        .map_err(|error: InvalidMbid| RequestError::Invalid {
            field: "mbid",
            rule: error.to_string(),
        })
}

/// Braces arrive percent-encoded, so a path segment is decoded before it is read.
fn percent_decode(segment: &str) -> String {
    // In a form, `+` is a space; in a path it is itself.
    let escaped = segment.replace('+', "%2B");
    form_urlencoded::parse(escaped.as_bytes())
        .next()
        .map(|(decoded, _)| decoded.into_owned())
        .unwrap_or_default()
}

/// The first `since` parameter in unix seconds; a fresh Lidarr sends the year 1, far below zero, which is legal.
fn parse_since(query: &str) -> Result<i64, RequestError> {
    match parameter(query, "since") {
        None => Ok(0),
        Some(value) if value.is_empty() => Ok(0),
        Some(value) => value.parse().map_err(|_| RequestError::Invalid {
            field: "since",
            rule: "must be a whole number of seconds since 1970".to_owned(),
        }),
    }
}

fn parameter(query: &str, name: &str) -> Option<String> {
    form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINCE: &str = "070d193a-845c-479f-980e-bef15710653e";

    fn get(path: &str, query: &str) -> Result<Request, RequestError> {
        Request::parse(Method::Get, path, query)
    }

    fn invalid(field: &'static str, rule: &str) -> Result<Request, RequestError> {
        Err(RequestError::Invalid {
            field,
            rule: rule.to_owned(),
        })
    }

    #[test]
    fn routes_are_served_with_and_without_lidarrs_prefix() {
        let prince = PRINCE.parse().unwrap();
        for path in ["/artist/", "/api/v0.4/artist/", "//artist//"] {
            assert_eq!(
                get(&format!("{path}{PRINCE}"), ""),
                Ok(Request::Lookup(Entity::Artist, prince)),
                "{path}"
            );
        }
        assert_eq!(get("/", ""), Ok(Request::Status));
        assert_eq!(get("/api/v0.4", ""), Ok(Request::Status));
        assert_eq!(get("/api/v0.4/", ""), Ok(Request::Status));
    }

    #[test]
    fn every_spelling_of_a_question_has_one_canonical_path() {
        for (path, query) in [
            (format!("/api/v0.4/album/{PRINCE}"), ""),
            (format!("/album/{}", PRINCE.to_uppercase()), ""),
            (format!("/album/%7B{PRINCE}%7D"), ""),
            (format!("/album/urn%3auuid%3a{PRINCE}"), ""),
            (format!("/album/{PRINCE}/"), "utm_source=x&b=2"),
        ] {
            assert_eq!(
                get(&path, query).unwrap().canonical_path(),
                format!("/album/{PRINCE}"),
                "{path}?{query}"
            );
        }
    }

    #[test]
    fn a_malformed_mbid_is_named_with_its_rule() {
        assert_eq!(
            get("/artist/66c66aaa-6e2f-4930-aaaaaa", ""),
            invalid(
                "mbid",
                "must be a MusicBrainz identifier (a UUID such as 070d193a-845c-479f-980e-bef15710653e)"
            )
        );
    }

    #[test]
    fn since_may_be_absent_empty_negative_but_not_a_word() {
        assert_eq!(
            get("/recent/artist", ""),
            Ok(Request::Recent(Entity::Artist, 0))
        );
        assert_eq!(
            get("/recent/album", "since="),
            Ok(Request::Recent(Entity::Album, 0))
        );
        assert_eq!(
            get("/recent/album", "since=-62135596800"),
            Ok(Request::Recent(Entity::Album, -62_135_596_800))
        );
        assert_eq!(
            get("/recent/album", "since=yesterday"),
            invalid("since", "must be a whole number of seconds since 1970")
        );
    }

    #[test]
    fn an_unknown_path_is_no_route_and_a_wrong_method_names_the_right_one() {
        assert_eq!(get("/artists", ""), Err(RequestError::UnknownRoute));
        assert_eq!(
            get("/api/v0.5/artist/x", ""),
            Err(RequestError::UnknownRoute)
        );
        assert_eq!(
            Request::parse(Method::Post, "/", ""),
            Err(RequestError::MethodNotAllowed {
                allowed: "GET, HEAD"
            })
        );
        assert_eq!(
            get("/search/fingerprint", ""),
            Err(RequestError::MethodNotAllowed { allowed: "POST" })
        );
    }

    proptest::proptest! {
        #[test]
        fn no_path_or_query_makes_the_parser_panic(path in ".{0,80}", query in ".{0,80}") {
            let _ = Request::parse(Method::Get, &path, &query);
        }

        #[test]
        fn a_canonical_path_parses_to_the_request_it_came_from(bytes: [u8; 16], since: i64) {
            for request in [
                Request::Lookup(Entity::Artist, uuid::Uuid::from_bytes(bytes).into()),
                Request::Recent(Entity::Album, since),
            ] {
                let canonical = request.canonical_path();
                let (path, query) = canonical.split_once('?').unwrap_or((&canonical, ""));
                proptest::prop_assert_eq!(get(path, query), Ok(request));
            }
        }
    }
}
