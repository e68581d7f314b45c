//! How well an artist or album fits what is looked for: from names alone 0 to 1, with its importance 0 to 100.
//!
//! Whoever bears the very name comes before all others, and the most important of them first. After these, what fits
//! well and matters comes before what fits a little better and doesn't matter.

use linernotes_shared::request::Entity;
use strsim::osa_distance;

use super::fold::{Folded, is_light};
use crate::catalogue::IndexedName;

/// The least score of whoever bears the very name.
pub const EXACT: f64 = 75.0;

/// Likeness below which a name isn't meant.
const LEAST: f64 = 0.34;
/// Weight from which on more of it makes no difference to what doesn't fit exactly.
const WEIGHTY: f64 = 0.6;

/// What is looked for, in the index's spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The text in lower case, otherwise as it was asked.
    pub shown: String,
    /// The text.
    pub query: Folded,
    /// The album's artist, if that was asked for.
    pub artist: Option<Folded>,
}

/// How well something fits.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// 0 to 100.
    pub score: f64,
    /// The name of its artist, if the text is the album's title and that name, or both at once.
    pub by_artist: Option<String>,
}

/// How well a name fits.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Match {
    /// It is the name, as precisely as this, 0 to 1.
    Exact(f64),
    /// It is as like as this, 0 to below 1.
    Like(f64),
}

impl Match {
    /// For comparing: the exact ones last.
    fn rank(self) -> f64 {
        match self {
            Self::Exact(precision) => 1.0 + precision,
            Self::Like(likeness) => likeness,
        }
    }

    fn likeness(self) -> f64 {
        match self {
            Self::Exact(_) => 1.0,
            Self::Like(likeness) => likeness,
        }
    }

    /// The score of something of this weight.
    fn score(self, weight: f64) -> f64 {
        match self {
            Self::Exact(precision) => EXACT + 25.0 * (0.85 * weight + 0.15 * precision),
            Self::Like(likeness) => {
                let renown = 0.55 + 0.45 * (weight / WEIGHTY).min(1.0);
                (EXACT - 1.0) * likeness * renown
            }
        }
    }
}

/// How well an indexed name fits; `None` if it isn't meant.
pub fn fit(asked: &Asked, indexed: &IndexedName) -> Option<Fit> {
    let by_name = best_name(&asked.query, &asked.shown, indexed);
    let (matched, by_artist) = match (indexed.entity, &asked.artist) {
        (Entity::Artist, _) => (by_name, None),
        (Entity::Album, Some(artist)) => (with_artist(by_name, artist, indexed)?, None),
        (Entity::Album, None) => match by_title_and_artist(&asked.query, indexed) {
            Some((both, credit)) if both.rank() > by_name.rank() => {
                let is_exact = matches!(both, Match::Exact(_));
                (both, is_exact.then_some(credit))
            }
            _ => (by_name, named_after_artist(by_name, &asked.query, indexed)),
        },
    };
    (matched.likeness() >= LEAST).then(|| Fit {
        score: matched.score(indexed.weight.into()),
        by_artist,
    })
}

/// The best of all names, of which other ones count for a little less than the first.
fn best_name(query: &Folded, shown: &str, indexed: &IndexedName) -> Match {
    /// How much less precise, or like, another name is.
    const OTHER: f64 = 0.05;
    let name = Folded::from_text(&indexed.name);
    let mut best = match one_name(query, &name) {
        Match::Exact(_) if indexed.shown == shown => Match::Exact(1.0),
        matched => matched,
    };
    for other in &indexed.others {
        let matched = match one_name(query, &Folded::from_text(other)) {
            Match::Exact(precision) => Match::Exact(precision - 0.5),
            Match::Like(likeness) => Match::Like(likeness - OTHER),
        };
        if matched.rank() > best.rank() {
            best = matched;
        }
    }
    best
}

fn one_name(query: &Folded, name: &Folded) -> Match {
    if query.words() == name.words() {
        Match::Exact(0.8)
    } else if query.is_as(name) {
        Match::Exact(0.5)
    } else {
        let likeness = likeness(query.words(), name.words()).max(whole_likeness(query, name));
        Match::Like(likeness.min(0.99))
    }
}

/// A title with the artist that was asked for. Somebody else's album isn't meant, however well its title fits.
fn with_artist(title: Match, artist: &Folded, indexed: &IndexedName) -> Option<Match> {
    const LEAST_OF_ARTIST: f64 = 0.45;
    let by_credit = indexed
        .credits
        .iter()
        .map(|credit| one_name(artist, &Folded::from_text(credit)))
        .max_by(|one, other| one.rank().total_cmp(&other.rank()))?;
    let of_artist = by_credit.likeness();
    // The text may name the artist again.
    match (title, by_credit) {
        (Match::Exact(precision), Match::Exact(_)) => Some(Match::Exact(precision)),
        _ if of_artist < LEAST_OF_ARTIST || title.likeness() < LEAST => None,
        _ => Some(Match::Like(
            (0.6 * title.likeness() + 0.4 * of_artist).min(0.99),
        )),
    }
}

/// A text that names title and artist: how well both together fit, and by which of the artist's names.
fn by_title_and_artist(query: &Folded, indexed: &IndexedName) -> Option<(Match, String)> {
    let title = Folded::from_text(&indexed.name);
    let is_of_title = |word: &String| {
        title
            .words()
            .iter()
            .any(|other| similarity(word, other, false) > 0.0)
    };
    let says_title = query
        .words()
        .iter()
        .any(|word| (!is_light(word) || title.words().len() == 1) && is_of_title(word));
    if !says_title || query.words().len() < 2 {
        return None;
    }
    indexed
        .credits
        .iter()
        .map(|credit| {
            let artist = Folded::from_text(credit);
            let both = [title.words(), artist.words()].concat();
            let matched = if same_words(query.words(), &both) {
                Match::Exact(0.8)
            } else {
                Match::Like(likeness(query.words(), &both).min(0.99))
            };
            (matched, credit)
        })
        .max_by(|(one, _), (other, _)| one.rank().total_cmp(&other.rank()))
        .map(|(matched, credit)| (matched, credit.clone()))
}

/// The artist's name, if the album bears it and it is what is looked for: the artist is meant before the album.
fn named_after_artist(title: Match, query: &Folded, indexed: &IndexedName) -> Option<String> {
    let is_exact = matches!(title, Match::Exact(_));
    let named = indexed
        .credits
        .iter()
        .find(|credit| is_exact && Folded::from_text(credit).is_as(query));
    named.cloned()
}

/// Whether they are the same words in any order, but for light ones.
fn same_words(one: &[String], other: &[String]) -> bool {
    let weighty = |words: &[String]| {
        let mut words: Vec<String> = words
            .iter()
            .filter(|word| !is_light(word))
            .cloned()
            .collect();
        words.sort_unstable();
        words
    };
    let one = weighty(one);
    !one.is_empty() && one == weighty(other)
}

/// How like the words are, in any order: how much of the query is in the name, and how much of the name is in the query.
fn likeness(query: &[String], name: &[String]) -> f64 {
    let mut is_taken = vec![false; name.len()];
    let (mut of_query, mut all_of_query, mut of_name) = (0.0, 0.0, 0.0);
    for (place, word) in query.iter().enumerate() {
        let is_last = place + 1 == query.len();
        all_of_query += weight_of(word);
        let best = name
            .iter()
            .enumerate()
            .filter(|(other, _)| !is_taken[*other])
            .map(|(other, name_word)| (other, similarity(word, name_word, is_last)))
            .max_by(|(_, one), (_, other)| one.total_cmp(other))
            .filter(|(_, similarity)| *similarity > 0.0);
        if let Some((other, similarity)) = best {
            is_taken[other] = true;
            of_query += weight_of(word) * similarity;
            of_name += weight_of(&name[other]) * similarity;
        }
    }
    let all_of_name: f64 = name.iter().map(|word| weight_of(word)).sum();
    if all_of_query == 0.0 || all_of_name == 0.0 {
        return 0.0;
    }
    let (of_query, of_name) = (of_query / all_of_query, of_name / all_of_name);
    if of_query + of_name == 0.0 {
        return 0.0;
    }
    2.0 * of_query * of_name / (of_query + of_name)
}

fn weight_of(word: &str) -> f64 {
    if is_light(word) { 0.2 } else { 1.0 }
}

/// How like two words are: 1 for the same, less for one with a typo or only begun, 0 for another.
fn similarity(word: &str, other: &str, may_be_begun: bool) -> f64 {
    if word == other {
        return 1.0;
    }
    let (length, other_length) = (word.chars().count(), other.chars().count());
    let mut best: f64 = 0.0;
    if may_be_begun && length >= 2 && other.starts_with(word) {
        best = 0.6 + 0.4 * length as f64 / other_length as f64;
    }
    let most = typos(length.max(other_length));
    if length.abs_diff(other_length) <= most {
        let distance = osa_distance(word, other);
        if distance <= most {
            best = best.max(1.0 - 0.8 * distance as f64 / length.max(other_length) as f64);
        }
    }
    best
}

/// How many typos a word of so many letters may have.
pub const fn typos(length: usize) -> usize {
    match length {
        0..=3 => 0,
        4..=6 => 1,
        _ => 2,
    }
}

/// How like names are without their spaces: for words that were run together, or apart, with a typo.
fn whole_likeness(query: &Folded, name: &Folded) -> f64 {
    let (query, name) = (query.key(), name.key());
    let (length, other) = (query.chars().count(), name.chars().count());
    let longest = length.max(other);
    let most = typos(longest);
    if longest < 5 || length.abs_diff(other) > most {
        return 0.0;
    }
    match osa_distance(&query, &name) {
        distance if distance <= most => 1.0 - 0.8 * distance as f64 / longest as f64,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests;
