use std::fmt;

use super::field::parameter;
use super::{Entity, RequestError};

/// Most items of a chart's answer.
pub const MOST_ITEMS: usize = 200;
/// Items of an answer whose request names no number, as of the official service.
const ITEMS: usize = 10;

/// The charts, as the error for another one lists them.
const KNOWN: &str = "apple-music/album/top, apple-music/album/new, itunes/album/top, itunes/album/new, \
                     billboard/album/top, billboard/artist/top, lastfm/album/top, lastfm/artist/top";

/// Who makes a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChartSource {
    /// Apple Music.
    AppleMusic,
    /// The iTunes Store.
    Itunes,
    /// Billboard.
    Billboard,
    /// Last.fm, all of it or one user.
    LastFm,
}

impl ChartSource {
    /// The word that names the source in paths and cache keys.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AppleMusic => "apple-music",
            Self::Itunes => "itunes",
            Self::Billboard => "billboard",
            Self::LastFm => "lastfm",
        }
    }
}

impl fmt::Display for ChartSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A chart that is served, and how much of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Chart {
    source: ChartSource,
    entity: Entity,
    is_new: bool,
    user: Option<String>,
    count: usize,
}

impl Chart {
    /// Who makes it.
    pub const fn source(&self) -> ChartSource {
        self.source
    }

    /// What it lists.
    pub const fn entity(&self) -> Entity {
        self.entity
    }

    /// Whether it lists what is new, rather than what is liked best.
    pub const fn is_new(&self) -> bool {
        self.is_new
    }

    /// The user whose chart it is, in lower case; `None` for everybody's.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// Most items wanted, 1 to [`MOST_ITEMS`].
    pub const fn count(&self) -> usize {
        self.count
    }

    /// What names the chart among charts, however much of it is wanted, e.g. `lastfm/album/top?user=rj`.
    pub fn name(&self) -> String {
        let selection = if self.is_new { "new" } else { "top" };
        let name = format!("{}/{}/{selection}", self.source, self.entity);
        match &self.user {
            Some(user) => format!("{name}?user={user}"),
            None => name,
        }
    }

    /// The path and query without the user.
    pub(super) fn path_for_log(&self) -> String {
        let everybodys = Self {
            user: None,
            ..self.clone()
        };
        everybodys.canonical_path()
    }

    /// The canonical path and query.
    pub(super) fn canonical_path(&self) -> String {
        let name = self.name();
        let separator = if self.user.is_some() { '&' } else { '?' };
        format!("/chart/{name}{separator}count={}", self.count)
    }
}

/// The chart of three path segments, in any case, and a query.
pub(super) fn read(
    source: &str,
    entity: &str,
    selection: &str,
    query: &str,
) -> Result<Chart, RequestError> {
    let words = [source, entity, selection].map(str::to_ascii_lowercase);
    let (source, entity, is_new) = match words.each_ref().map(String::as_str) {
        ["apple-music", "album", "top"] => (ChartSource::AppleMusic, Entity::Album, false),
        ["apple-music", "album", "new"] => (ChartSource::AppleMusic, Entity::Album, true),
        ["itunes", "album", "top"] => (ChartSource::Itunes, Entity::Album, false),
        ["itunes", "album", "new"] => (ChartSource::Itunes, Entity::Album, true),
        ["billboard", "album", "top"] => (ChartSource::Billboard, Entity::Album, false),
        ["billboard", "artist", "top"] => (ChartSource::Billboard, Entity::Artist, false),
        ["lastfm", "album", "top"] => (ChartSource::LastFm, Entity::Album, false),
        ["lastfm", "artist", "top"] => (ChartSource::LastFm, Entity::Artist, false),
        _ => return Err(RequestError::UnknownChart { known: KNOWN }),
    };
    let user = match source {
        ChartSource::LastFm => user(query)?,
        // Nobody else's charts have users.
        _ => None,
    };
    Ok(Chart {
        source,
        entity,
        is_new,
        user,
        count: count(query)?,
    })
}

fn count(query: &str) -> Result<usize, RequestError> {
    let Some(value) = parameter(query, "count").filter(|value| !value.is_empty()) else {
        return Ok(ITEMS);
    };
    value
        .parse()
        .ok()
        .filter(|count| (1..=MOST_ITEMS).contains(count))
        .ok_or_else(|| RequestError::Invalid {
            field: "count",
            rule: format!("must be a whole number from 1 to {MOST_ITEMS}"),
        })
}

/// Last.fm's rule for names, which it takes in any case; a digit may come first, as in some old ones.
fn user(query: &str) -> Result<Option<String>, RequestError> {
    let Some(name) = parameter(query, "user").filter(|name| !name.is_empty()) else {
        return Ok(None);
    };
    let is_name = (2..=15).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if is_name {
        Ok(Some(name.to_ascii_lowercase()))
    } else {
        Err(RequestError::Invalid {
            field: "user",
            rule: "must be a Last.fm user's name: 2 to 15 of the characters a-z A-Z 0-9 _ -"
                .to_owned(),
        })
    }
}
