//! From what a client sent to what it asked for.
//!
//! The edge validates and canonicalises before anything else, so that one question has one cache key and nothing but
//! known routes and parameters reaches the origin; the origin does the same again, because it may be reached directly.

mod body;
mod caching;
mod entity;
mod error;
mod field;
mod method;
mod recent;
mod refresh;
#[cfg(test)]
mod tests;

use crate::mbid::Mbid;

pub use body::{BodyError, LARGEST_BODY, MOST_IDS, check_ids};
pub use caching::Caching;
pub use entity::Entity;
pub use error::RequestError;
pub use method::Method;

use field::mbid;
use recent::since;

/// The prefix that Lidarr's own URL carries; every route is served with and without it.
pub const API_PREFIX: &str = "/api/v0.4";

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
    /// `POST /artist/{mbid}/refresh` or `POST /album/{mbid}/refresh`: build the answer again.
    Refresh(Entity, Mbid),
    /// `GET /invalidate`: renew what changed in MusicBrainz, optionally since a moment in unix seconds.
    Invalidate(Option<i64>),
    /// A known route that isn't served yet.
    Reserved(Reserved),
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
            ["artist", id] => Self::Lookup(Entity::Artist, mbid(id)?),
            ["album", id] => Self::Lookup(Entity::Album, mbid(id)?),
            ["artist", id, "refresh"] => Self::Refresh(Entity::Artist, mbid(id)?),
            ["album", id, "refresh"] => Self::Refresh(Entity::Album, mbid(id)?),
            ["invalidate"] => Self::Invalidate(refresh::since(query)?),
            ["recent", "artist"] => Self::Recent(Entity::Artist, since(query)?),
            ["recent", "album"] => Self::Recent(Entity::Album, since(query)?),
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
            Self::Refresh(..) | Self::Reserved(Reserved::Fingerprint | Reserved::SpotifyLookup) => {
                POST
            }
            Self::Status
            | Self::Lookup(..)
            | Self::Recent(..)
            | Self::Invalidate(_)
            | Self::Reserved(_) => GET,
        }
    }

    /// The canonical path and query, without the API prefix: the same for every spelling of one question.
    pub fn canonical_path(&self) -> String {
        match self {
            Self::Status => "/".to_owned(),
            Self::Lookup(entity, mbid) => format!("/{entity}/{mbid}"),
            Self::Recent(entity, since) => format!("/recent/{entity}?since={since}"),
            Self::Refresh(entity, mbid) => format!("/{entity}/{mbid}/refresh"),
            Self::Invalidate(None) => "/invalidate".to_owned(),
            Self::Invalidate(Some(since)) => format!("/invalidate?since={since}"),
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
