//! Which rule keeps an album out of a library.

use std::fmt;

use linernotes_shared::request::Profile;

use super::profile::{Hidden, Types, hidden};
use super::reading::{Album, Artist};

/// What a verdict without reasons needs beside it where the artist's list couldn't be looked at.
pub const UNREAD: &str = "▲ Whether it is in the artist’s list can’t be told at the moment.";

/// What is known of an album.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// What a profile looks at.
    pub types: Types<'a>,
    /// How many releases it has.
    pub releases: usize,
    /// How many of them Lidarr keeps: those with an audio track.
    pub kept_releases: usize,
    /// Whether the list of the artist credited first has it.
    pub listing: Listing,
    /// Whether it was asked for by its current MBID.
    pub asked: Asked,
}

/// Whether an artist's list has an album.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// It does.
    Listed,
    /// The artist is a special-purpose one, whose list is empty on purpose.
    Special,
    /// It doesn't: our list is older than the album.
    Behind,
    /// The list can't be had at the moment.
    Unread,
}

/// By what an album was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Its MBID.
    Current,
    /// The MBID of a release group that was merged into it.
    Merged,
    /// The MBID of a release of it.
    Release,
}

/// Why an album isn't in a library, or what to know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A profile's rule.
    Hidden(Hidden),
    /// Lidarr keeps none of its releases.
    NoAudio,
    /// Nobody's library has the albums of a special-purpose artist.
    Special,
    /// Our list of the artist's albums is older than the album.
    Behind,
}

/// Every reason for which Lidarr would leave an album out, the most fundamental first; none if it wouldn't.
pub fn reasons(profile: Profile, facts: Facts<'_>) -> Vec<Reason> {
    let mut reasons = Vec::new();
    match facts.listing {
        Listing::Special => reasons.push(Reason::Special),
        Listing::Behind => reasons.push(Reason::Behind),
        Listing::Listed | Listing::Unread => {}
    }
    if facts.releases > 0 && facts.kept_releases == 0 {
        reasons.push(Reason::NoAudio);
    }
    reasons.extend(hidden(profile, facts.types).into_iter().map(Reason::Hidden));
    reasons
}

impl<'a> Facts<'a> {
    /// Of an album as it is kept, and the list of the artist credited first.
    pub fn of(album: &'a Album, artist: Option<&Artist>, is_special: bool, asked: Asked) -> Self {
        Self {
            types: album.types(),
            releases: album.releases.len(),
            kept_releases: album
                .releases
                .iter()
                .filter(|release| release.audio_tracks() > 0)
                .count(),
            listing: match artist {
                _ if is_special => Listing::Special,
                None => Listing::Unread,
                Some(artist) if artist.albums.iter().any(|listed| listed.id == album.id) => {
                    Listing::Listed
                }
                Some(_) => Listing::Behind,
            },
            asked,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hidden(hidden) => hidden.fmt(f),
            Self::NoAudio => f.write_str(
                "none of its releases has an audio track: Lidarr leaves out videos, data tracks and media such as DVDs, \
                 and keeps no release without tracks",
            ),
            Self::Special => f.write_str(
                "it is credited to a special-purpose artist such as Various Artists, whose albums are listed in no library",
            ),
            Self::Behind => f.write_str(
                "the list of its artist’s albums that is served at the moment was made before the album was in it; \
                 the next crawl renews the list",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts<'a>(secondary: &'a [String], statuses: &'a [String]) -> Facts<'a> {
        Facts {
            types: Types {
                primary: "Album",
                secondary,
                statuses,
            },
            releases: 2,
            kept_releases: 1,
            listing: Listing::Listed,
            asked: Asked::Current,
        }
    }

    #[test]
    fn every_rule_that_hides_an_album_is_told_the_most_fundamental_first() {
        use Reason::{Behind, NoAudio, Special};
        let (live, official) = (["Live".to_owned()], ["Official".to_owned()]);
        let by_profile = || Reason::Hidden(Hidden::Secondary(live.to_vec()));
        let plain = facts(&[], &official);
        for (facts, expected) in [
            (plain, vec![]),
            (facts(&live, &official), vec![by_profile()]),
            (
                Facts {
                    kept_releases: 0,
                    ..plain
                },
                vec![NoAudio],
            ),
            // Without any release, the profile's rule says it.
            (
                Facts {
                    releases: 0,
                    kept_releases: 0,
                    ..facts(&[], &[])
                },
                vec![Reason::Hidden(Hidden::NoRelease)],
            ),
            (
                Facts {
                    listing: Listing::Special,
                    ..plain
                },
                vec![Special],
            ),
            (
                Facts {
                    listing: Listing::Behind,
                    ..plain
                },
                vec![Behind],
            ),
            // What can't be told is no reason.
            (
                Facts {
                    listing: Listing::Unread,
                    ..plain
                },
                vec![],
            ),
            // Neither is the name it was asked by: Lidarr follows it.
            (
                Facts {
                    asked: Asked::Merged,
                    ..plain
                },
                vec![],
            ),
            (
                Facts {
                    listing: Listing::Behind,
                    kept_releases: 0,
                    ..facts(&live, &official)
                },
                vec![Behind, NoAudio, by_profile()],
            ),
        ] {
            assert_eq!(reasons(Profile::STANDARD, facts), expected, "{facts:?}");
        }
    }
}
