//! Lidarr's metadata profiles: which of an artist's albums they let into a library.
//!
//! Lidarr compares names exactly (`NzbDrone.Core/MetadataSource/SkyHook/SkyHookProxy.cs`, `FilterAlbums`): an album passes
//! if its primary type is ticked; if one of its secondary types is, or "Studio" for an album without any; and if one of
//! its releases' statuses is.

use std::fmt;

use linernotes_shared::request::Profile;

/// Names of primary types, in Lidarr's order (`PrimaryAlbumType.All`).
pub const PRIMARY: [&str; 5] = ["Album", "EP", "Single", "Broadcast", "Other"];
/// Names of secondary types (`SecondaryAlbumType.All`); MusicBrainz has more, for which there is no box.
pub const SECONDARY: [&str; 11] = [
    STUDIO,
    "Compilation",
    "Soundtrack",
    "Spokenword",
    "Interview",
    "Live",
    "Remix",
    "DJ-mix",
    "Mixtape/Street",
    "Demo",
    "Audio drama",
];
/// Names of statuses (`ReleaseStatus.All`).
pub const STATUSES: [&str; 4] = ["Official", "Promotion", "Bootleg", "Pseudo-Release"];

/// What Lidarr calls an album without secondary types.
const STUDIO: &str = "Studio";

/// Formats of media that Lidarr doesn't take for audio (`SkyHookProxy.cs`, `NonAudioMedia`).
pub const SILENT_FORMATS: [&str; 8] = [
    "DVD",
    "DVD-Video",
    "Blu-ray",
    "HD-DVD",
    "VCD",
    "SVCD",
    "UMD",
    "VHS",
];

/// The boxes of a kind: their numbers and names.
pub fn boxes(names: &'static [&'static str]) -> impl Iterator<Item = (u8, &'static str)> {
    let first = match names.len() {
        5 => 0,
        11 => 5,
        _ => 16,
    };
    (first..).zip(names.iter().copied())
}

/// What is ticked of a kind.
fn allows(profile: Profile, names: &'static [&'static str], name: &str) -> bool {
    boxes(names).any(|(number, known)| known == name && profile.allows(number))
}

/// What a profile looks at.
#[derive(Clone, Copy, Debug)]
pub struct Types<'a> {
    /// The primary type.
    pub primary: &'a str,
    /// The secondary types.
    pub secondary: &'a [String],
    /// The releases' statuses.
    pub statuses: &'a [String],
}

/// Why a profile hides an album.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hidden {
    /// The primary type isn't ticked.
    Primary(String),
    /// It has no secondary type, and "Studio" isn't ticked.
    Studio,
    /// None of its secondary types is ticked.
    Secondary(Vec<String>),
    /// There is no box for any of its secondary types.
    NoBox(Vec<String>),
    /// None of its releases' statuses is ticked.
    Status(Vec<String>),
    /// It has no release, hence no status.
    NoRelease,
}

/// Every reason for which a profile hides an album; none if it lets it through.
pub fn hidden(profile: Profile, types: Types<'_>) -> Vec<Hidden> {
    let Types {
        primary,
        secondary,
        statuses,
    } = types;
    let mut reasons = Vec::new();
    if !allows(profile, &PRIMARY, primary) {
        reasons.push(Hidden::Primary(primary.to_owned()));
    }
    let has_box = |name: &String| SECONDARY.contains(&name.as_str());
    if secondary.is_empty() {
        if !allows(profile, &SECONDARY, STUDIO) {
            reasons.push(Hidden::Studio);
        }
    } else if !secondary.iter().any(has_box) {
        reasons.push(Hidden::NoBox(secondary.to_vec()));
    } else if !secondary
        .iter()
        .any(|name| allows(profile, &SECONDARY, name))
    {
        reasons.push(Hidden::Secondary(secondary.to_vec()));
    }
    if statuses.is_empty() {
        reasons.push(Hidden::NoRelease);
    } else if !statuses.iter().any(|name| allows(profile, &STATUSES, name)) {
        reasons.push(Hidden::Status(statuses.to_vec()));
    }
    reasons
}

impl fmt::Display for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Primary(name) => write!(f, "the profile doesn’t allow the primary type {name}"),
            Self::Studio => {
                f.write_str("the profile doesn’t allow studio albums, which have no secondary type")
            }
            Self::Secondary(names) => {
                write!(f, "the profile allows no secondary type {}", or(names))
            }
            Self::NoBox(names) => write!(
                f,
                "Lidarr’s profiles have no box for the secondary type {}",
                or(names)
            ),
            Self::Status(names) => write!(f, "the profile allows no release status {}", or(names)),
            Self::NoRelease => f.write_str(
                "MusicBrainz has no release of it, so it has no status that a profile could allow",
            ),
        }
    }
}

fn or(names: &[String]) -> String {
    names.join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A profile with these boxes ticked.
    fn ticked(names: &[&str]) -> Profile {
        let all = boxes(&PRIMARY)
            .chain(boxes(&SECONDARY))
            .chain(boxes(&STATUSES));
        all.filter(|(_, name)| names.contains(name))
            .fold(Profile::EMPTY, |profile, (number, _)| profile.with(number))
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn lidarrs_own_profile_has_studio_albums_that_are_official() {
        assert_eq!(ticked(&["Album", "Studio", "Official"]), Profile::STANDARD);
        assert_eq!(
            usize::from(Profile::CHOICES),
            PRIMARY.len() + SECONDARY.len() + STATUSES.len()
        );
    }

    #[test]
    fn a_profile_hides_what_lidarr_would_leave_out() {
        use Hidden::{NoBox, NoRelease, Primary, Secondary, Status, Studio};
        let standard: &[&str] = &["Album", "Studio", "Official"];
        for (profile, primary, secondary, statuses, expected) in [
            (standard, "Album", &[][..], &["Official"][..], vec![]),
            (standard, "Album", &[], &["Bootleg", "Official"], vec![]),
            (
                standard,
                "EP",
                &[],
                &["Official"],
                vec![Primary("EP".to_owned())],
            ),
            // Names are compared as they stand.
            (
                standard,
                "album",
                &[],
                &["Official"],
                vec![Primary("album".to_owned())],
            ),
            (
                standard,
                "Album",
                &["Live"],
                &["Official"],
                vec![Secondary(names(&["Live"]))],
            ),
            (
                standard,
                "Album",
                &["Compilation", "Live"],
                &["Official"],
                vec![Secondary(names(&["Compilation", "Live"]))],
            ),
            (
                standard,
                "Album",
                &[],
                &["Bootleg"],
                vec![Status(names(&["Bootleg"]))],
            ),
            (standard, "Album", &[], &[], vec![NoRelease]),
            (
                standard,
                "Single",
                &["Remix"],
                &["Promotion"],
                vec![
                    Primary("Single".to_owned()),
                    Secondary(names(&["Remix"])),
                    Status(names(&["Promotion"])),
                ],
            ),
            // One type that is allowed is enough, whatever the others.
            (
                &["Album", "Live", "Official"],
                "Album",
                &["Compilation", "Live"],
                &["Official"],
                vec![],
            ),
            (
                &["Album", "Live", "Official"],
                "Album",
                &[],
                &["Official"],
                vec![Studio],
            ),
            // Even with everything ticked.
            (
                &[&PRIMARY[..], &SECONDARY, &STATUSES].concat(),
                "Album",
                &["Audiobook"],
                &["Official"],
                vec![NoBox(names(&["Audiobook"]))],
            ),
            (
                &[&PRIMARY[..], &SECONDARY, &STATUSES].concat(),
                "Album",
                &["Audiobook", "Spokenword"],
                &["Official"],
                vec![],
            ),
            (
                &[],
                "Other",
                &[],
                &[],
                vec![Primary("Other".to_owned()), Studio, NoRelease],
            ),
        ] {
            let (secondary, statuses) = (names(secondary), names(statuses));
            let types = Types {
                primary,
                secondary: &secondary,
                statuses: &statuses,
            };
            assert_eq!(
                hidden(ticked(profile), types),
                expected,
                "{profile:?} {types:?}"
            );
        }
    }
}
