//! Entities that are found at every size under the same MBID.

use super::dice::Dice;
use super::mbid::{Kind, mbid, spelled};

/// MusicBrainz's artist for compilations; has more release groups than anybody else.
pub const VARIOUS_ARTISTS: &str = "89ad4ac3-39f7-470e-963a-56509c546377";
/// The artist with the longest discography of all that answer with theirs.
pub const PROLIFIC_ARTIST: &str = "5ca1e000-0000-4000-8000-000000000001";
/// An artist as people have them in their libraries: a dozen release groups, aliases, genres, links.
pub const WELL_KNOWN_ARTIST: &str = "5ca1e000-0000-4000-8000-000000000002";
/// Its Spotify id.
pub const WELL_KNOWN_ARTIST_ON_SPOTIFY: &str = "0WellKnownArtist000001";
/// An album as people have them: six releases of 12 tracks.
pub const WELL_KNOWN_ALBUM: &str = "5ca1e000-0000-4000-8000-000000000003";
/// The Spotify id of one of its releases.
pub const WELL_KNOWN_ALBUM_ON_SPOTIFY: &str = "0WellKnownAlbum0000001";
/// The artist of the album with the most releases.
pub const PRESSED_ARTIST: &str = "5ca1e000-0000-4000-8000-000000000004";
/// The album with the most releases, of 13 tracks each.
pub const PRESSED_ALBUM: &str = "5ca1e000-0000-4000-8000-000000000005";
/// The artist of the box set.
pub const BOXED_ARTIST: &str = "5ca1e000-0000-4000-8000-000000000006";
/// The release group with the most media.
pub const BOX_SET: &str = "5ca1e000-0000-4000-8000-000000000007";
/// A long series.
pub const LONG_SERIES: &str = "5ca1e000-0000-4000-8000-000000000008";

/// All of them, for whoever looks at the replica by hand.
pub(super) const ALL: [(&str, &str); 9] = [
    (VARIOUS_ARTISTS, "artist with most release groups"),
    (PROLIFIC_ARTIST, "artist with a long discography"),
    (WELL_KNOWN_ARTIST, "well-known artist"),
    (WELL_KNOWN_ALBUM, "well-known album"),
    (PRESSED_ARTIST, "artist of the next"),
    (PRESSED_ALBUM, "album with most releases"),
    (BOXED_ARTIST, "artist of the next"),
    (BOX_SET, "box set"),
    (LONG_SERIES, "long series"),
];

/// How many of them are artists.
pub(super) const ARTISTS: u32 = 5;

/// What identifies a special artist in the generator: beyond all ordinary ones.
pub(super) const fn artist_key(number: u64) -> u64 {
    1 << 31 | number
}

/// Ordinary artists with one to three release groups: their MBIDs, the same and with the same albums at every size that
/// has as many.
pub fn ordinary_artists(count: usize) -> Vec<String> {
    ordinary()
        .take(count)
        .map(|key| spelled(mbid(Kind::Artist, key)))
        .collect()
}

/// The first release group of each of the [`ordinary_artists`].
pub fn ordinary_albums(count: usize) -> Vec<String> {
    ordinary()
        .take(count)
        .map(|key| spelled(mbid(Kind::ReleaseGroup, album_key(key, 0))))
        .collect()
}

fn ordinary() -> impl Iterator<Item = u64> {
    (0..).filter(|&key| (1..=3).contains(&albums_of(&mut Dice::of(key))))
}

/// How many release groups an ordinary artist has; the first thing drawn from an artist's dice. 48 in 100 have none,
/// 32 have one.
pub(super) fn albums_of(dice: &mut Dice) -> u32 {
    dice.heavy_tailed(0.63, 1.4, 200)
}

/// What identifies an artist's `number`th release group.
pub(super) const fn album_key(artist: u64, number: u32) -> u64 {
    artist << 16 | number as u64
}
