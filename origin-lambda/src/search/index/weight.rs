//! How much an artist or album matters: of two with one name, which is meant.

use crate::catalogue::{SearchableAlbum, SearchableArtist};

/// From this weight on, an artist or album is looked for before all others: about one in thirty of MusicBrainz.
pub const IMPORTANT: f32 = 0.25;

/// A number of things, on a scale on which `most` is 1: the difference between 1 and 10 says as much as that between 10
/// and 100.
fn scaled(number: i64, most: f32) -> f32 {
    let number = number.max(0) as f32;
    (number.ln_1p() / most.ln_1p()).min(1.0)
}

/// The weight of an artist, 0 to 1.
pub(super) fn of_artist(artist: &SearchableArtist) -> f32 {
    0.30 * scaled(artist.albums, 300.0)
        + 0.30 * scaled(artist.ratings, 500.0)
        + 0.20 * scaled(artist.tags, 200.0)
        + 0.12 * scaled(artist.links, 60.0)
        + 0.08
            * scaled(
                i64::try_from(artist.aliases.len()).unwrap_or(i64::MAX),
                60.0,
            )
}

/// The weight of an album, 0 to 1, by its own renown and that of its most important artist.
pub(super) fn of_album(album: &SearchableAlbum, artist: f32) -> f32 {
    let own = 0.25 * scaled(album.releases, 60.0)
        + 0.30 * scaled(album.ratings, 200.0)
        + 0.12 * scaled(album.tags, 60.0)
        + 0.08 * scaled(album.links, 20.0);
    let of_kind = match album.kind.as_str() {
        "Album" => 1.0,
        "EP" => 0.9,
        "Single" => 0.85,
        _ => 0.75,
    };
    let of_secondary = if album.has_secondary_type { 0.85 } else { 1.0 };
    (own + 0.25 * artist) * of_kind * of_secondary
}

#[cfg(test)]
mod tests {
    use linernotes_shared::Mbid;
    use uuid::Uuid;

    use super::*;

    fn artist(albums: i64, ratings: i64) -> SearchableArtist {
        SearchableArtist {
            mbid: Mbid::from(Uuid::nil()),
            name: String::new(),
            sort_name: String::new(),
            aliases: Vec::new(),
            albums,
            ratings,
            tags: ratings,
            links: ratings / 10,
        }
    }

    fn album(releases: i64, kind: &str, has_secondary_type: bool) -> SearchableAlbum {
        SearchableAlbum {
            mbid: Mbid::from(Uuid::nil()),
            title: String::new(),
            aliases: Vec::new(),
            credit: String::new(),
            credited_as: Vec::new(),
            artists: Vec::new(),
            kind: kind.to_owned(),
            has_secondary_type,
            releases,
            ratings: releases,
            tags: 0,
            links: 0,
        }
    }

    #[test]
    fn weights_lie_between_0_and_1() {
        assert_eq!(of_artist(&artist(0, 0)), 0.0);
        assert!((of_artist(&artist(i64::MAX, i64::MAX)) - 0.92).abs() < 1e-6);
        assert_eq!(of_album(&album(0, "Album", false), 0.0), 0.0);
        assert!(of_album(&album(i64::MAX, "Album", false), 1.0) <= 1.0);
    }

    #[test]
    fn the_better_known_weighs_more() {
        assert!(of_artist(&artist(12, 80)) > of_artist(&artist(3, 0)) + 0.2);
        assert!(of_artist(&artist(1, 0)) > of_artist(&artist(0, 0)));
        let of = |kind, secondary| of_album(&album(20, kind, secondary), 0.5);
        assert!(of("Album", false) > of("EP", false));
        assert!(of("EP", false) > of("Single", false));
        assert!(of("Album", false) > of("Album", true));
        assert!(
            of_album(&album(1, "Album", false), 0.8) > of_album(&album(1, "Album", false), 0.0)
        );
    }
}
