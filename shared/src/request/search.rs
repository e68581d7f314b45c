//! `/search`: what a client looks for, in one form for every way to ask it.

use std::fmt;

use super::RequestError;
use super::field::{invalid, parameter};

/// Results without a `limit`.
const USUAL: u8 = 10;
/// Most results of one answer, whatever `limit` says: each is a whole artist or album.
const MOST: u8 = 100;
/// Characters of a text that are looked at. No name that people search for is longer.
const LONGEST: usize = 200;

/// What kind of thing is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SearchKind {
    /// Artists.
    Artist,
    /// Albums.
    Album,
    /// Both, in one list.
    All,
}

impl SearchKind {
    /// The word that names it in paths and queries.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Artist => "artist",
            Self::Album => "album",
            Self::All => "all",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Artist, Self::Album, Self::All]
            .into_iter()
            .find(|kind| name.trim().eq_ignore_ascii_case(kind.name()))
    }
}

impl fmt::Display for SearchKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// `GET /search` in canonical form.
///
/// Texts are in lower case, without control characters, with single spaces between words, and cut after 200 characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Search {
    /// What kind of thing is looked for.
    pub kind: SearchKind,
    /// The text; never empty.
    pub query: String,
    /// The artist of the album that is looked for; empty for any, and for other kinds.
    pub artist: String,
    /// Most results, 1 to 100.
    pub limit: u8,
}

impl Search {
    /// Artists and albums that a text may mean; `None` for a text without any words.
    pub fn all(text: &str, limit: u8) -> Option<Self> {
        let query = canonical(text);
        (!query.is_empty()).then(|| Self {
            kind: SearchKind::All,
            query,
            artist: String::new(),
            limit: limit.clamp(1, MOST),
        })
    }

    /// Reads a query string. `kind` is the path's word, which goes before a `type` in the query.
    ///
    /// `includeTracks` isn't read: every album comes with its tracks.
    pub(super) fn parse(kind: Option<&str>, query: &str) -> Result<Self, RequestError> {
        let kind = kind
            .map(str::to_owned)
            .or_else(|| parameter(query, "type"))
            .and_then(|name| SearchKind::from_name(&name))
            .ok_or_else(|| invalid("type", "must be artist, album or all"))?;
        let text = canonical(&parameter(query, "query").unwrap_or_default());
        if text.is_empty() {
            return Err(invalid("query", "must hold a text to look for"));
        }
        let artist = match kind {
            SearchKind::Album => canonical(&parameter(query, "artist").unwrap_or_default()),
            SearchKind::Artist | SearchKind::All => String::new(),
        };
        Ok(Self {
            kind,
            query: text,
            artist,
            limit: limit(parameter(query, "limit").as_deref())?,
        })
    }

    /// The path and query without the texts.
    pub(super) fn path_for_log(&self) -> String {
        format!("/search?type={}&limit={}", self.kind, self.limit)
    }

    /// The canonical path and query.
    pub(super) fn canonical_path(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query
            .append_pair("type", self.kind.name())
            .append_pair("query", &self.query);
        if !self.artist.is_empty() {
            query.append_pair("artist", &self.artist);
        }
        query.append_pair("limit", &self.limit.to_string());
        format!("/search?{}", query.finish())
    }
}

fn limit(text: Option<&str>) -> Result<u8, RequestError> {
    let text = text.unwrap_or_default().trim();
    if text.is_empty() {
        return Ok(USUAL);
    }
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    // What no integer holds is a large number all the same.
    match text.parse::<u64>().unwrap_or(u64::MAX) {
        limit @ 1.. if is_number => Ok(u8::try_from(limit).unwrap_or(MOST).min(MOST)),
        _ => Err(invalid(
            "limit",
            "must be a whole number of results, 1 or more",
        )),
    }
}

/// One form for all texts that mean the same to a person: to say it again changes nothing.
fn canonical(text: &str) -> String {
    tidy(text, str::to_lowercase)
}

/// A text in some case, without control characters, with single spaces between words, and cut.
pub(super) fn tidy(text: &str, case: impl FnOnce(&str) -> String) -> String {
    let is_gap = |character: char| character.is_whitespace() || character.is_control();
    // Lower case can be longer than the text, or begin with a mark; so the cut comes last.
    let start = text.chars().take(2 * LONGEST).collect::<String>();
    let mut canonical = String::with_capacity(start.len());
    for word in case(&start).split(is_gap) {
        if word.is_empty() {
            continue;
        }
        if !canonical.is_empty() {
            canonical.push(' ');
        }
        canonical.push_str(word);
    }
    if let Some((end, _)) = canonical.char_indices().nth(LONGEST) {
        canonical.truncate(end);
    }
    canonical.truncate(canonical.trim_end().len());
    canonical
}
