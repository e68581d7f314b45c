//! MBIDs that follow from what they identify.

use fastrand::Rng;

/// What an MBID identifies: numbers count anew for each kind.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Artist = 1,
    ArtistCredit,
    ReleaseGroup,
    Release,
    Medium,
    Track,
    Recording,
    Url,
    Series,
    Label,
    Genre,
    /// No entity, but a page that one links to.
    Page,
    /// An MBID that was merged into an artist's.
    OldArtist,
    OldReleaseGroup,
    OldRelease,
    OldTrack,
    OldRecording,
}

/// The MBID of a number's bearer, as random as a version 4 UUID.
pub(super) fn mbid(kind: Kind, number: u64) -> u128 {
    const VERSION_4: u128 = 4 << 76;
    const VARIANT: u128 = 0b10 << 62;
    let random = Rng::with_seed((kind as u64) << 56 ^ number).u128(..);
    random & !(0xf << 76) & !(0b11 << 62) | VERSION_4 | VARIANT
}

/// The canonical spelling.
pub(super) fn spelled(mbid: u128) -> String {
    let hex = format!("{mbid:032x}");
    let parts = [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ];
    parts.join("-")
}

/// The number of a canonical spelling.
pub(super) const fn parsed(spelling: &str) -> u128 {
    let bytes = spelling.as_bytes();
    let (mut number, mut index) = (0, 0);
    while index < bytes.len() {
        let digit = match bytes[index] {
            digit @ b'0'..=b'9' => digit - b'0',
            digit @ b'a'..=b'f' => digit - b'a' + 10,
            _ => {
                index += 1;
                continue;
            }
        };
        number = number << 4 | digit as u128;
        index += 1;
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_mbid_is_spelled_as_a_version_4_uuid() {
        let spelling = spelled(mbid(Kind::Artist, 7));
        assert_eq!(spelling.len(), 36);
        assert_eq!(&spelling[14..15], "4");
        assert!("89ab".contains(&spelling[19..20]));
        assert_eq!(parsed(&spelling), mbid(Kind::Artist, 7));
    }
}
