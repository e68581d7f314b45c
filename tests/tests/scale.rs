//! The scale replica, in its smallest shape: it fits MusicBrainz's own schema, and the catalogue answers from it.

use std::collections::BTreeMap;

use linernotes_dev::run::Replica;
use linernotes_dev::scale::{self, REPLICATED_AT, Shape};
use linernotes_origin::catalogue::AlbumRecord;
use linernotes_shared::Mbid;
use linernotes_shared::request::Entity;
use linernotes_tests::{AskedCatalogue, replica};
use serde_json::{Value, json};

const TINY: Shape = Shape::TINY;

fn mbid(text: &str) -> Mbid {
    text.parse().unwrap()
}

/// The media of each release, as `[position, tracks]`.
fn media(album: &AlbumRecord) -> Vec<BTreeMap<i64, usize>> {
    let releases: Value = serde_json::from_str(album.releases.get()).unwrap();
    releases
        .as_array()
        .unwrap()
        .iter()
        .map(|release| {
            let mut media = BTreeMap::new();
            for track in release["Tracks"].as_array().unwrap() {
                *media
                    .entry(track["MediumNumber"].as_i64().unwrap())
                    .or_default() += 1;
            }
            media
        })
        .collect()
}

#[test]
fn the_extremes_answer_with_all_that_belongs_to_them() {
    let asked = AskedCatalogue::on(Replica::Scale(TINY));
    let catalogue = &asked.catalogue;
    asked.wait(async {
        let prolific = catalogue
            .artist(mbid(scale::PROLIFIC_ARTIST))
            .await
            .unwrap()
            .unwrap();
        let albums: Value = serde_json::from_str(prolific.albums.get()).unwrap();
        assert_eq!(
            albums.as_array().unwrap().len(),
            TINY.prolific_albums as usize
        );

        let various = catalogue
            .artist(mbid(scale::VARIOUS_ARTISTS))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (various.artist.name.as_str(), various.albums.get()),
            ("Various Artists", "[]")
        );

        let pressed = catalogue
            .album(mbid(scale::PRESSED_ALBUM))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(pressed.artist, mbid(scale::PRESSED_ARTIST));
        let editions = media(&pressed);
        assert_eq!(editions.len(), TINY.pressings as usize);
        // Videos and data tracks aren't listed.
        assert!(
            editions.iter().all(|media| matches!(media[&1], 11..=13)),
            "{editions:?}"
        );

        let boxed = catalogue
            .album(mbid(scale::BOX_SET))
            .await
            .unwrap()
            .unwrap();
        let numbers: Vec<i64> = media(&boxed)[0].keys().copied().collect();
        assert_eq!(numbers, (1..=i64::from(TINY.box_media)).collect::<Vec<_>>());

        let series = catalogue
            .series(mbid(scale::LONG_SERIES))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(series.len(), TINY.series_parts as usize);

        let by_spotify = (
            catalogue
                .by_spotify_id(Entity::Artist, scale::WELL_KNOWN_ARTIST_ON_SPOTIFY)
                .await
                .unwrap(),
            catalogue
                .by_spotify_id(Entity::Album, scale::WELL_KNOWN_ALBUM_ON_SPOTIFY)
                .await
                .unwrap(),
        );
        assert_eq!(
            by_spotify,
            (
                vec![mbid(scale::WELL_KNOWN_ARTIST)],
                vec![mbid(scale::WELL_KNOWN_ALBUM)]
            )
        );

        let artists: Vec<Mbid> = scale::ordinary_artists(50)
            .iter()
            .map(|text| mbid(text))
            .collect();
        let albums: Vec<Mbid> = scale::ordinary_albums(50)
            .iter()
            .map(|text| mbid(text))
            .collect();
        assert_eq!(catalogue.artists(&artists).await.unwrap().len(), 50);
        let albums = catalogue.albums(&albums).await.unwrap();
        assert_eq!(albums.len(), 50);
        assert!(albums.values().all(|album| artists.contains(&album.artist)));
    });
}

#[test]
fn what_changed_lately_is_as_much_as_the_shape_says() {
    let (cluster, _folder) = replica(Replica::Scale(TINY));
    let mut client = cluster.connect().unwrap();
    let mut lately = |table: &str, column: &str| -> Value {
        let row = client
            .query_one(
                &format!(
                    "SELECT count(*) FILTER (WHERE age < interval '1 hour'),
                            count(*) FILTER (WHERE age < interval '1 day'),
                            count(*) FILTER (WHERE age < interval '30 days')
                     FROM (SELECT to_timestamp({REPLICATED_AT}) - {column} AS age FROM {table}) AS aged"
                ),
                &[],
            )
            .unwrap();
        json!([
            row.get::<_, i64>(0),
            row.get::<_, i64>(1),
            row.get::<_, i64>(2)
        ])
    };
    // A 200th of what a full replica has.
    assert_eq!(
        json!({
            "artist": lately("musicbrainz.artist", "last_updated"),
            "release_group": lately("musicbrainz.release_group", "last_updated"),
            "release": lately("musicbrainz.release", "last_updated"),
            "track": lately("musicbrainz.track", "last_updated"),
            "recording": lately("musicbrainz.recording", "last_updated"),
            "artist_gid_redirect": lately("musicbrainz.artist_gid_redirect", "created"),
            "cover_art": lately("cover_art_archive.cover_art", "date_uploaded"),
            "label": lately("musicbrainz.label", "last_updated"),
        }),
        json!({
            "artist": [1, 15, 30],
            "release_group": [1, 12, 45],
            "release": [1, 25, 75],
            "track": [10, 200, 600],
            "recording": [7, 150, 400],
            "artist_gid_redirect": [1, 1, 3],
            "cover_art": [1, 10, 45],
            "label": [0, 0, 0],
        })
    );
}
