//! MusicBrainz identifiers.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// A MusicBrainz identifier: a UUID with one canonical spelling.
///
/// Lidarr compares MBIDs as strings, case-sensitively, so an answer must never carry any other spelling than the
/// lower-case hyphenated one that [`Display`](fmt::Display) gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mbid(Uuid);

/// The text is not an MBID in any of the accepted forms.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a MusicBrainz identifier (a UUID such as 070d193a-845c-479f-980e-bef15710653e)")]
pub struct InvalidMbid;

impl Mbid {
    /// The identifier as a UUID, for database parameters.
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl From<Uuid> for Mbid {
    fn from(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl fmt::Display for Mbid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(f)
    }
}

impl FromStr for Mbid {
    type Err = InvalidMbid;

    /// Accepts the hyphenated, undashed, braced and `urn:uuid:` forms, in any case.
    fn from_str(text: &str) -> Result<Self, InvalidMbid> {
        // The longest form is the URN's 45 characters: anything longer isn't worth a copy.
        if text.len() > 45 {
            return Err(InvalidMbid);
        }
        Uuid::parse_str(&text.to_ascii_lowercase())
            .map(Self)
            .map_err(|_| InvalidMbid)
    }
}

impl serde::Serialize for Mbid {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Mbid {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CANONICAL: &str = "070d193a-845c-479f-980e-bef15710653e";

    #[test]
    fn every_spelling_of_an_mbid_is_the_same_mbid() {
        for spelling in [
            CANONICAL,
            "070D193A-845C-479F-980E-BEF15710653E",
            "070d193a845c479f980ebef15710653e",
            "{070d193a-845c-479f-980e-bef15710653e}",
            "urn:uuid:070d193a-845c-479f-980e-bef15710653e",
            "URN:UUID:070D193A-845C-479F-980E-BEF15710653E",
        ] {
            let mbid: Mbid = spelling.parse().unwrap();
            assert_eq!(mbid.to_string(), CANONICAL, "from {spelling}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "prince",
            "66c66aaa-6e2f-4930-aaaaaa",
            "070d193a-845c-479f-980e-bef15710653e ",
            "070d193a-845c-479f-980e-bef15710653g",
            "070d193a/845c/479f/980e/bef15710653e",
        ] {
            assert_eq!(text.parse::<Mbid>(), Err(InvalidMbid), "from {text:?}");
        }
        assert_eq!("0".repeat(10_000).parse::<Mbid>(), Err(InvalidMbid));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,64}") {
            let _ = text.parse::<Mbid>();
        }

        #[test]
        fn the_canonical_spelling_parses_to_itself(bytes: [u8; 16]) {
            let mbid = Mbid::from(Uuid::from_bytes(bytes));
            proptest::prop_assert_eq!(mbid.to_string().parse(), Ok(mbid));
        }
    }
}
