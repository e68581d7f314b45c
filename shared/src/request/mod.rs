//! From what a client sent to what it asked for.
//!
//! The edge validates and canonicalises before anything else, so that one question has one cache key and nothing but
//! known routes and parameters reaches the origin; the origin does the same again, because it may be reached directly.

mod body;
mod caching;
mod chart;
mod entity;
mod error;
mod field;
mod method;
mod page;
mod recent;
mod refresh;
mod search;
mod spotify;
#[cfg(test)]
mod tests;

use crate::mbid::Mbid;

pub use body::{BodyError, LARGEST_BODY, MOST_IDS, check_ids};
pub use chart::{Chart, ChartSource, MOST_ITEMS};
pub use entity::Entity;
pub use error::RequestError;
pub use method::Method;
pub use page::{Page, Profile};
pub use search::{Search, SearchKind};
pub use spotify::{Authorization, Confidential, InvalidSpotifyId, SpotifyId};

use field::mbid;
use recent::since;

/// The prefix that Lidarr's own URL carries; every route is served with and without it.
pub const API_PREFIX: &str = "/api/v0.4";

/// What a client asked for, in canonical form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Request {
    /// `GET /`: version, replication date and schema sequence; to a browser, a page of all that is known of the service's
    /// health.
    Status,
    /// `GET /browse` and what is below it: pages for people.
    Page(Page),
    /// `GET /artist/{mbid}` or `GET /album/{mbid}`.
    Lookup(Entity, Mbid),
    /// `GET /recent/artist` or `GET /recent/album`, with `since` in unix seconds (0 when absent).
    Recent(Entity, i64),
    /// `POST /artist/{mbid}/refresh` or `POST /album/{mbid}/refresh`: build the answer again.
    Refresh(Entity, Mbid),
    /// `GET /invalidate`: renew what changed in MusicBrainz, optionally since a moment in unix seconds.
    Invalidate(Option<i64>),
    /// `GET /search`, `/search/artist`, `/search/album` or `/search/all`.
    Search(Search),
    /// `POST /search/fingerprint`: the albums that recordings are on.
    Fingerprint,
    /// `GET /series/{mbid}`: the albums of a series.
    Series(Mbid),
    /// `GET /chart/{source}/{entity}/{selection}`: a chart's albums or artists.
    Chart(Chart),
    /// `GET /spotify/artist/{id}` or `GET /spotify/album/{id}`: what MusicBrainz calls it.
    Spotify(Entity, SpotifyId),
    /// `POST /spotify/lookup`: what MusicBrainz calls many.
    SpotifyLookup,
    /// `GET /spotify/auth`: Spotify sends a user back here after the sign-in that Lidarr began.
    SpotifyAuth(Authorization),
    /// `GET /spotify/renew`: a new access token for a refresh token.
    SpotifyRenew(Confidential),
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
            ["browse", ref rest @ ..] => {
                Self::Page(Page::parse(rest, query)?.ok_or(RequestError::UnknownRoute)?)
            }
            ["artist", id] => Self::Lookup(Entity::Artist, mbid(id)?),
            ["album", id] => Self::Lookup(Entity::Album, mbid(id)?),
            ["artist", id, "refresh"] => Self::Refresh(Entity::Artist, mbid(id)?),
            ["album", id, "refresh"] => Self::Refresh(Entity::Album, mbid(id)?),
            ["invalidate"] => Self::Invalidate(refresh::since(query)?),
            ["recent", "artist"] => Self::Recent(Entity::Artist, since(query)?),
            ["recent", "album"] => Self::Recent(Entity::Album, since(query)?),
            ["search", "fingerprint"] => Self::Fingerprint,
            // A POST has its question elsewhere, and is refused below.
            ["search", ..] if method == Method::Post => {
                return Err(RequestError::MethodNotAllowed { allowed: GET });
            }
            ["search"] => Self::Search(Search::parse(None, query)?),
            ["search", kind @ ("artist" | "album" | "all")] => {
                Self::Search(Search::parse(Some(kind), query)?)
            }
            ["series", id] => Self::Series(mbid(id)?),
            ["chart", source, entity, selection] => {
                Self::Chart(chart::read(source, entity, selection, query)?)
            }
            ["spotify", "lookup"] => Self::SpotifyLookup,
            ["spotify", "artist", id] => Self::Spotify(Entity::Artist, spotify::id(id)?),
            ["spotify", "album", id] => Self::Spotify(Entity::Album, spotify::id(id)?),
            ["spotify", "auth"] => Self::SpotifyAuth(spotify::authorization(query)?),
            ["spotify", "renew"] => Self::SpotifyRenew(spotify::refresh_token(query)?),
            ref unknown if asks_for_an_entity(unknown) => return Err(RequestError::WrongPrefix),
            _ => return Err(RequestError::UnknownRoute),
        };
        match (method, request.allowed()) {
            (Method::Get | Method::Head, GET) | (Method::Post, POST) => Ok(request),
            (_, allowed) => Err(RequestError::MethodNotAllowed { allowed }),
        }
    }

    /// Whether a path as sent is one of those of pages for people, or would be if it were right: a browser that asks for
    /// it wants to read what is wrong.
    pub fn is_of_pages(path: &str) -> bool {
        let path = path.strip_prefix(API_PREFIX).unwrap_or(path);
        path.split('/').find(|segment| !segment.is_empty()) == Some("browse")
    }

    /// The methods the request's route answers, as the `Allow` header lists them.
    pub const fn allowed(&self) -> &'static str {
        match self {
            Self::Refresh(..) | Self::Fingerprint | Self::SpotifyLookup => POST,
            _ => GET,
        }
    }

    /// Whether a list of ids comes along as the request's body.
    pub const fn has_body(&self) -> bool {
        matches!(self, Self::Fingerprint | Self::SpotifyLookup)
    }

    /// Whether the answer may be HTML, for a client that prefers that.
    pub const fn may_be_html(&self) -> bool {
        matches!(self, Self::Status | Self::Page(_))
    }

    /// The canonical path and query, without the API prefix: the same for every spelling of one question.
    pub fn canonical_path(&self) -> String {
        match self {
            Self::Status => "/".to_owned(),
            Self::Page(page) => page.canonical_path(),
            Self::Lookup(entity, mbid) => format!("/{entity}/{mbid}"),
            Self::Recent(entity, since) => format!("/recent/{entity}?since={since}"),
            Self::Refresh(entity, mbid) => format!("/{entity}/{mbid}/refresh"),
            Self::Invalidate(None) => "/invalidate".to_owned(),
            Self::Invalidate(Some(since)) => format!("/invalidate?since={since}"),
            Self::Search(search) => search.canonical_path(),
            Self::Fingerprint => "/search/fingerprint".to_owned(),
            Self::Series(mbid) => format!("/series/{mbid}"),
            Self::Chart(chart) => chart.canonical_path(),
            Self::Spotify(entity, id) => format!("/spotify/{entity}/{id}"),
            Self::SpotifyLookup => "/spotify/lookup".to_owned(),
            Self::SpotifyAuth(authorization) => authorization.canonical_path(),
            Self::SpotifyRenew(token) => spotify::renewal(token),
        }
    }

    /// The canonical path as a log may show it: without what is confidential, what somebody typed, and whom a chart is of.
    pub fn path_for_log(&self) -> String {
        match self {
            Self::Page(Page::Search(_)) => "/browse".to_owned(),
            Self::Search(search) => search.path_for_log(),
            Self::Chart(chart) => chart.path_for_log(),
            Self::SpotifyAuth(_) => "/spotify/auth".to_owned(),
            Self::SpotifyRenew(_) => "/spotify/renew".to_owned(),
            _ => self.canonical_path(),
        }
    }
}

/// Whether Lidarr asks for an artist or album, or for changes of them, by a path without a route, as in
/// `/api/v0.3/artist/{mbid}` and `/api/v0.3/recent/artist`.
fn asks_for_an_entity(segments: &[&str]) -> bool {
    segments.windows(2).any(|pair| {
        matches!(
            pair,
            ["artist" | "album", _] | ["recent", "artist" | "album"]
        )
    })
}

/// The methods of a question that is read.
pub const GET: &str = "GET, HEAD";
/// The method of a question that has a body, or has something done.
pub const POST: &str = "POST";
