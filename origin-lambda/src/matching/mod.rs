//! Which album or artist of the catalogue is meant by names from elsewhere: charts and Spotify know no MBIDs.
//!
//! An [index](TextMatch) names candidates; how alike the names are decides. What isn't alike enough stays unmatched: a
//! list that lacks an album is better than one with somebody else's.

mod likeness;
mod spelling;

use async_trait::async_trait;

use linernotes_shared::Mbid;

use crate::catalogue::{CatalogueError, ListedArtist};
pub use likeness::Likeness;
use spelling::{artist_spellings, title_spellings};

/// An album by its names elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AlbumName {
    /// Its artist, or all of them in one text.
    pub artist: String,
    /// Its title.
    pub title: String,
}

/// A release group that may be meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlbumCandidate {
    /// The release group.
    pub album: Mbid,
    /// Its title.
    pub title: String,
    /// The artist credited first.
    pub artist: Mbid,
    /// Its name.
    pub artist_name: String,
    /// All artists credited, as the release group names them.
    pub credit: String,
    /// Whether the artist was found by an alias, rather than by its name.
    pub by_alias: bool,
}

/// An artist that may be meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtistCandidate {
    /// The artist.
    pub artist: ListedArtist,
    /// Whether it was found by an alias, rather than by its name.
    pub by_alias: bool,
}

/// Finds candidates. Its answers have as many elements as there are names, each with the likeliest candidates first; an
/// element without any says nothing about whether the thing exists.
#[async_trait]
pub trait TextMatch: Send + Sync {
    /// Albums by artist and title.
    async fn albums(&self, names: &[AlbumName])
    -> Result<Vec<Vec<AlbumCandidate>>, CatalogueError>;

    /// Artists by name.
    async fn artists(&self, names: &[String]) -> Result<Vec<Vec<ArtistCandidate>>, CatalogueError>;
}

/// The release group that each name means, if one is alike enough.
pub async fn albums(
    index: &dyn TextMatch,
    names: &[AlbumName],
    least: Likeness,
) -> Result<Vec<Option<AlbumCandidate>>, CatalogueError> {
    let mut asked = Vec::new();
    let mut spellings = Vec::new();
    for (number, name) in names.iter().enumerate() {
        for artist in artist_spellings(&name.artist) {
            for title in title_spellings(&name.title) {
                spellings.push(Spelling {
                    number,
                    is_whole_artist: artist == name.artist,
                });
                asked.push(AlbumName {
                    artist: artist.to_owned(),
                    title: title.to_owned(),
                });
            }
        }
    }
    if asked.is_empty() {
        return Ok(vec![None; names.len()]);
    }
    let mut best: Vec<Option<(f64, AlbumCandidate)>> = vec![None; names.len()];
    for (spelling, candidates) in spellings.iter().zip(index.albums(&asked).await?) {
        let best = &mut best[spelling.number];
        for candidate in candidates {
            let Some(likeness) = spelling.likeness(&names[spelling.number], &candidate, least)
            else {
                continue;
            };
            // Of those that are as alike, the first is the likeliest.
            if best.as_ref().is_none_or(|(other, _)| likeness > *other) {
                *best = Some((likeness, candidate));
            }
        }
    }
    Ok(best
        .into_iter()
        .map(|best| best.map(|(_, candidate)| candidate))
        .collect())
}

/// One way to look for a name.
struct Spelling {
    /// The name's place among those asked.
    number: usize,
    /// Whether it is that of the artist as given, rather than of the first of several.
    is_whole_artist: bool,
}

impl Spelling {
    /// How alike a candidate is to what was asked for; `None` if not enough. An artist is as alike as the candidate's
    /// artist, or as all that it credits.
    fn likeness(
        &self,
        name: &AlbumName,
        candidate: &AlbumCandidate,
        least: Likeness,
    ) -> Option<f64> {
        let title = title_likeness(&name.title, &candidate.title);
        let artist = if self.is_whole_artist && candidate.by_alias {
            1.0
        } else {
            likeness::ratio(&name.artist, &candidate.credit)
                .max(likeness::ratio(&name.artist, &candidate.artist_name))
        };
        (least.is_met_by(title) && least.is_met_by(artist)).then_some(title + artist)
    }
}

/// A title with its addition, such as `(Deluxe Edition)`, is more alike to one that has it too.
fn title_likeness(wanted: &str, found: &str) -> f64 {
    const WITHOUT_ADDITION: f64 = 0.01;
    title_spellings(wanted)
        .map(|title| {
            let lost = if title == wanted {
                0.0
            } else {
                WITHOUT_ADDITION
            };
            likeness::ratio(title, found) - lost
        })
        .fold(0.0, f64::max)
}

/// The artist that each name means, if one is alike enough.
pub async fn artists(
    index: &dyn TextMatch,
    names: &[String],
    least: Likeness,
) -> Result<Vec<Option<ListedArtist>>, CatalogueError> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let found = index.artists(names).await?;
    Ok(names
        .iter()
        .zip(found)
        .map(|(name, candidates)| {
            candidates
                .into_iter()
                .find(|candidate| {
                    candidate.by_alias
                        || least.is_met_by(likeness::ratio(name, &candidate.artist.artist_name))
                })
                .map(|candidate| candidate.artist)
        })
        .collect())
}

/// Whether two names are alike enough.
pub fn is_alike(one: &str, other: &str, least: Likeness) -> bool {
    least.is_met_by(likeness::ratio(one, other))
}

#[cfg(test)]
mod tests;
