use std::fmt;

use super::field::parameter;
use super::{Entity, RequestError};

/// Most characters of a query that are looked at: longer than any title, and no work for an attacker.
const LONGEST_QUERY: usize = 500;

/// Most items of an answer.
pub const MOST_HITS: u8 = 100;

/// Items of an answer to whoever doesn't say how many.
const HITS: u8 = 10;

/// What is searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Artists or albums alone.
    One(Entity),
    /// Both, in one list.
    All,
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(entity) => entity.fmt(f),
            Self::All => f.write_str("all"),
        }
    }
}

/// A search, in canonical form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Search {
    /// What is searched for.
    pub scope: Scope,
    /// What the user typed: lower case, words with one space between, never empty.
    pub query: String,
    /// Of albums, the artist's name in the same form; empty if it isn't said.
    pub artist: String,
    /// Most items of the answer, 1 to [`MOST_HITS`].
    pub limit: u8,
}

impl Search {
    /// Reads a search of a scope; `None` if the query string has it.
    pub(super) fn parse(scope: Option<Scope>, query: &str) -> Result<Self, RequestError> {
        let scope = match scope {
            Some(scope) => scope,
            None => scope_of(parameter(query, "type").as_deref())?,
        };
        let text = canonical(&parameter(query, "query").unwrap_or_default());
        if text.is_empty() {
            return Err(invalid("query", "must hold something to search for"));
        }
        let artist = match scope {
            Scope::One(Entity::Album) => parameter(query, "artist").unwrap_or_default(),
            Scope::One(Entity::Artist) | Scope::All => String::new(),
        };
        Ok(Self {
            scope,
            query: text,
            artist: canonical(&artist),
            limit: limit(parameter(query, "limit").as_deref())?,
        })
    }

    /// The canonical path and query.
    pub fn canonical_path(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("type", &self.scope.to_string());
        query.append_pair("query", &self.query);
        if !self.artist.is_empty() {
            query.append_pair("artist", &self.artist);
        }
        if self.limit != HITS {
            query.append_pair("limit", &self.limit.to_string());
        }
        format!("/search?{}", query.finish())
    }
}

fn scope_of(name: Option<&str>) -> Result<Scope, RequestError> {
    match name.map(|name| name.trim().to_ascii_lowercase()).as_deref() {
        Some("artist") => Ok(Scope::One(Entity::Artist)),
        Some("album") => Ok(Scope::One(Entity::Album)),
        Some("all") => Ok(Scope::All),
        _ => Err(invalid("type", "must be artist, album or all")),
    }
}

fn limit(text: Option<&str>) -> Result<u8, RequestError> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(HITS);
    };
    match text.parse::<u64>() {
        // Who asks for more than there is gets what there is.
        Ok(number) if number > 0 => {
            Ok(u8::try_from(number).map_or(MOST_HITS, |number| number.min(MOST_HITS)))
        }
        _ => Err(invalid("limit", "must be a whole number from 1")),
    }
}

/// One spelling for what means the same to a search, whatever was typed: no control characters, one space between words,
/// lower case, and not too long.
fn canonical(text: &str) -> String {
    let spaced: String = text
        .chars()
        .map(|character| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        })
        .take(LONGEST_QUERY)
        .collect();
    let words: Vec<&str> = spaced.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

fn invalid(field: &'static str, rule: &str) -> RequestError {
    RequestError::Invalid {
        field,
        rule: rule.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{Method, Request};

    fn search(path: &str, query: &str) -> Result<Request, RequestError> {
        Request::parse(Method::Get, path, query)
    }

    fn found(scope: Scope, query: &str, artist: &str, limit: u8) -> Result<Request, RequestError> {
        Ok(Request::Search(Search {
            scope,
            query: query.to_owned(),
            artist: artist.to_owned(),
            limit,
        }))
    }

    const ALBUMS: Scope = Scope::One(Entity::Album);
    const ARTISTS: Scope = Scope::One(Entity::Artist);

    #[test]
    fn lidarrs_searches_are_read_in_every_spelling() {
        for (path, query, expected) in [
            (
                "/api/v0.4/search",
                "type=artist&query=the%20la%27s",
                found(ARTISTS, "the la's", "", 10),
            ),
            (
                "/search",
                "type=album&query=Evolve&artist=&includeTracks=1",
                found(ALBUMS, "evolve", "", 10),
            ),
            (
                "/search",
                "TYPE=Album&Query=%20%20Evolve%09Live%00&artist=Imagine+Dragons&limit=3",
                found(ALBUMS, "evolve live", "imagine dragons", 3),
            ),
            (
                "/search/all",
                "query=ac%2Fdc&artist=ignored&limit=5000",
                found(Scope::All, "ac/dc", "", 100),
            ),
            (
                "/search/artist",
                "type=album&query=%F0%9F%92%A9",
                found(ARTISTS, "💩", "", 10),
            ),
        ] {
            assert_eq!(search(path, query), expected, "{path}?{query}");
        }
    }

    #[test]
    fn what_is_missing_or_unknown_is_named() {
        for (query, field, rule) in [
            ("query=x", "type", "must be artist, album or all"),
            ("type=song&query=x", "type", "must be artist, album or all"),
            ("type=all", "query", "must hold something to search for"),
            (
                "type=all&query=%20%00",
                "query",
                "must hold something to search for",
            ),
            (
                "type=all&query=x&limit=0",
                "limit",
                "must be a whole number from 1",
            ),
            (
                "type=all&query=x&limit=ten",
                "limit",
                "must be a whole number from 1",
            ),
        ] {
            assert_eq!(
                search("/search", query),
                Err(invalid(field, rule)),
                "{query}"
            );
        }
    }

    #[test]
    fn a_query_without_end_is_cut() {
        let Ok(Request::Search(search)) =
            search("/search/all", &format!("query={}", "ä".repeat(10_000)))
        else {
            panic!("it is a search");
        };
        assert_eq!(search.query, "ä".repeat(LONGEST_QUERY));
    }

    proptest::proptest! {
        #[test]
        fn a_canonical_search_is_its_own_canonical_form(
            query in "\\PC{1,30}", artist in "\\PC{0,10}", limit in 1_u8..=100,
        ) {
            let pairs = [("type", "album"), ("query", &query), ("artist", &artist)];
            let sent = form_urlencoded::Serializer::new(String::new())
                .extend_pairs(pairs)
                .append_pair("limit", &limit.to_string())
                .finish();
            if let Ok(read) = search("/search", &sent) {
                let canonical = read.canonical_path();
                let (path, query) = canonical.split_once('?').unwrap();
                proptest::prop_assert_eq!(search(path, query), Ok(read));
            }
        }
    }
}
