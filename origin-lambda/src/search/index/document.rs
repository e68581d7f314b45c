//! What the index holds of an artist or album.

use std::collections::{BTreeSet, HashMap};

use linernotes_shared::Mbid;
use linernotes_shared::request::Entity;
use serde::Serialize;

use super::weight::{self, IMPORTANT};
use crate::catalogue::{SearchableAlbum, SearchableArtist};
use crate::search::fold::Folded;
use crate::search::token;

/// Names of one artist that its albums are found by.
const NAMES_IN_CREDITS: usize = 20;
/// Words of one row: more would be a catalogue of its own.
const MOST_WORDS: usize = 3_000;

/// A row of the index.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Document {
    pub entity: &'static str,
    #[serde(rename = "gid")]
    pub mbid: Mbid,
    pub weight: f32,
    pub shown: String,
    pub name: String,
    pub others: Vec<String>,
    pub credits: Vec<String>,
    pub words: BTreeSet<String>,
}

/// What albums need to know of an artist.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Credited {
    pub weight: f32,
    /// Its names, in the index's spelling.
    pub names: Vec<String>,
}

/// An artist's names in the index's spelling: the name, then the others.
fn names(name: &str, others: impl IntoIterator<Item = impl AsRef<str>>) -> (Folded, Vec<Folded>) {
    let name = Folded::of(name);
    let mut seen = BTreeSet::from([name.text()]);
    let others = others
        .into_iter()
        .map(|other| Folded::of(other.as_ref()))
        .filter(|other| !other.is_empty() && seen.insert(other.text()))
        .collect();
    (name, others)
}

/// A sort name as it is said: `Beatles, The` is The Beatles.
fn said(sort_name: &str) -> Option<String> {
    let (family, given) = sort_name.split_once(", ")?;
    Some(format!("{given} {family}"))
}

fn shown(name: &str) -> String {
    let lower = name.replace('\0', "").to_lowercase();
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn texts(names: &[Folded]) -> Vec<String> {
    names.iter().map(Folded::text).collect()
}

fn limited(words: BTreeSet<String>) -> BTreeSet<String> {
    words.into_iter().take(MOST_WORDS).collect()
}

impl Document {
    pub fn of_artist(artist: &SearchableArtist) -> Self {
        let said = said(&artist.sort_name);
        let sorted = [artist.sort_name.as_str()];
        let others = said
            .as_deref()
            .into_iter()
            .chain(sorted)
            .chain(artist.aliases.iter().map(String::as_str));
        let (name, others) = names(&artist.name, others);
        let weight = weight::of_artist(artist);
        let mut words = BTreeSet::new();
        for name in std::iter::once(&name).chain(&others) {
            words.extend(token::whole(Entity::Artist, name));
            words.extend(name.words().iter().map(|word| token::artist(word)));
        }
        if weight >= IMPORTANT {
            words.insert(token::important(Entity::Artist));
        }
        Self {
            entity: Entity::Artist.name(),
            mbid: artist.mbid,
            weight,
            shown: shown(&artist.name),
            name: name.text(),
            others: texts(&others),
            credits: Vec::new(),
            words: limited(words),
        }
    }

    /// An album, by what the index holds of its artists.
    pub fn of_album(album: &SearchableAlbum, artists: &HashMap<Mbid, Credited>) -> Self {
        let (name, others) = names(&album.title, &album.aliases);
        let known: Vec<&Credited> = album
            .artists
            .iter()
            .filter_map(|artist| artists.get(artist))
            .collect();
        let (credit, mut credits) = names(&album.credit, &album.credited_as);
        credits.insert(0, credit);
        let theirs = known
            .iter()
            .flat_map(|artist| artist.names.iter().take(NAMES_IN_CREDITS))
            .map(|name| Folded::from_text(name));
        credits.extend(theirs);
        let mut seen = BTreeSet::new();
        credits.retain(|credit| !credit.is_empty() && seen.insert(credit.text()));

        let artist = known.iter().map(|artist| artist.weight).fold(0.0, f32::max);
        let weight = weight::of_album(album, artist);
        let mut words = BTreeSet::new();
        for title in std::iter::once(&name).chain(&others) {
            words.extend(token::whole(Entity::Album, title));
            words.extend(title.words().iter().map(|word| token::title(word)));
        }
        for credit in &credits {
            words.extend(credit.words().iter().map(|word| token::credit(word)));
        }
        if weight >= IMPORTANT {
            words.insert(token::important(Entity::Album));
        }
        Self {
            entity: Entity::Album.name(),
            mbid: album.mbid,
            weight,
            shown: shown(&album.title),
            name: name.text(),
            others: texts(&others),
            credits: texts(&credits),
            words: limited(words),
        }
    }

    /// What albums need to know of it.
    pub fn credited(&self) -> Credited {
        Credited {
            weight: self.weight,
            names: std::iter::once(&self.name)
                .chain(&self.others)
                .cloned()
                .collect(),
        }
    }

    /// The words of its names, for the vocabulary.
    pub fn vocabulary(&self) -> impl Iterator<Item = &str> {
        self.words.iter().filter_map(|word| token::word(word))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn mbid(number: u128) -> Mbid {
        Uuid::from_u128(number).into()
    }

    fn beatles() -> SearchableArtist {
        SearchableArtist {
            mbid: mbid(1),
            name: "The Beatles".to_owned(),
            sort_name: "Beatles, The".to_owned(),
            aliases: vec![
                "Fab Four".to_owned(),
                "ビートルズ".to_owned(),
                "the beatles".to_owned(),
            ],
            albums: 400,
            ratings: 500,
            tags: 200,
            links: 60,
        }
    }

    #[test]
    fn an_artist_is_found_by_each_word_and_each_whole_name() {
        let document = Document::of_artist(&beatles());
        assert_eq!(
            (document.shown.as_str(), document.name.as_str()),
            ("the beatles", "the beatles")
        );
        assert_eq!(document.others, ["beatles the", "fab four", "ビートルズ"]);
        let words: Vec<&str> = document.words.iter().map(String::as_str).collect();
        assert_eq!(
            words,
            [
                "Abeatles",
                "Abeatlesthe",
                "Afabfour",
                "Athebeatles",
                "Aビートルズ",
                "a *",
                "abeatles",
                "afab",
                "afour",
                "athe",
                "aビートルズ",
            ]
        );
        assert_eq!(
            document.vocabulary().collect::<Vec<_>>(),
            ["beatles", "fab", "four", "the", "ビートルズ"]
        );
    }

    #[test]
    fn an_album_is_found_by_its_title_and_all_names_of_its_artists() {
        let artist = Document::of_artist(&beatles());
        let album = SearchableAlbum {
            mbid: mbid(2),
            title: "Help!".to_owned(),
            aliases: vec!["4人はアイドル".to_owned()],
            credit: "The Beatles".to_owned(),
            credited_as: vec!["The Beatles".to_owned()],
            artists: vec![mbid(1)],
            kind: "Album".to_owned(),
            has_secondary_type: false,
            releases: 1,
            ratings: 0,
            tags: 0,
            links: 0,
        };
        let artists = HashMap::from([(mbid(1), artist.credited())]);
        let document = Document::of_album(&album, &artists);
        assert_eq!(document.name, "help");
        assert_eq!(
            document.credits,
            ["the beatles", "beatles the", "fab four", "ビートルズ"]
        );
        let words: Vec<&str> = document.words.iter().map(String::as_str).collect();
        assert_eq!(
            words,
            [
                "T4人はアイドル",
                "Thelp",
                "cbeatles",
                "cfab",
                "cfour",
                "cthe",
                "cビートルズ",
                "t *",
                "t4人はアイドル",
                "thelp",
            ]
        );
    }
}
