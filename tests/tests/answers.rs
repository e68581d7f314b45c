//! The full answers of the sample's entities, byte for byte as a client reads them.

use insta::assert_json_snapshot;
use linernotes_tests::System;
use serde_json::Value;

/// Prince's singles and bootlegs are there for their number; their answers show nothing that others don't.
const LISTED_ONLY: &str = "070d193a-845c-479f-980e-bef15710653e";

#[test]
fn every_sample_entity_answers_in_full() {
    let system = System::start();
    let mut client = system.postgres.connect().unwrap();
    let artists = client
        .query(
            "SELECT gid::text, name FROM musicbrainz.artist ORDER BY name COLLATE \"C\", gid",
            &[],
        )
        .unwrap();
    let albums = client
        .query(
            "SELECT release_group.gid::text, release_group.name
             FROM musicbrainz.release_group
             JOIN musicbrainz.artist_credit_name AS credited
                 ON credited.artist_credit = release_group.artist_credit AND credited.position = 0
             JOIN musicbrainz.artist ON artist.id = credited.artist
             WHERE artist.gid::text <> $1
             ORDER BY release_group.name COLLATE \"C\", release_group.gid",
            &[&LISTED_ONLY],
        )
        .unwrap();
    assert!(
        artists.len() > 30 && albums.len() > 50,
        "the sample is there"
    );
    for (entity, rows) in [("artist", artists), ("album", albums)] {
        for row in rows {
            let (mbid, name): (String, String) = (row.get(0), row.get(1));
            let answer = system.get(&format!("/{entity}/{mbid}"));
            assert_eq!(answer.status, 200, "{entity} {mbid} {name}");
            let json = answer.json();
            assert_sound(entity, &json);
            assert_json_snapshot!(format!("{entity}-{mbid}"), json, &name);
        }
    }
}

/// What Lidarr relies on in every answer: it throws, or deletes, where one of these fails.
fn assert_sound(entity: &str, answer: &Value) {
    if entity == "artist" {
        assert_ne!(answer["type"], "Unknown");
        return;
    }
    let mut artists: Vec<&Value> = answer["artists"]
        .as_array()
        .unwrap()
        .iter()
        .map(|artist| &artist["id"])
        .collect();
    let count = artists.len();
    artists.sort_by_key(|id| id.as_str());
    artists.dedup();
    assert_eq!(artists.len(), count, "each artist once");
    assert!(artists.contains(&&answer["artistid"]));
    for release in answer["Releases"].as_array().unwrap() {
        let mut positions: Vec<i64> = release["Media"]
            .as_array()
            .unwrap()
            .iter()
            .map(|medium| medium["Position"].as_i64().unwrap())
            .collect();
        let media = positions.len();
        positions.sort_unstable();
        positions.dedup();
        assert_eq!(positions.len(), media, "each medium has its position");
        for track in release["Tracks"].as_array().unwrap() {
            assert!(artists.contains(&&track["ArtistId"]));
            assert!(positions.contains(&track["MediumNumber"].as_i64().unwrap()));
        }
    }
}
