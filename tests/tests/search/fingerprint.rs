//! Recordings find their albums.

use linernotes_tests::ask;
use serde_json::{Value, json};

use super::{NOBODY, Searched, THE_LAS_ALBUM};

fn post(searched: &Searched, body: impl Into<Vec<u8>>) -> (u16, Value) {
    ask(format!("{}/search/fingerprint", searched.origin.url()))
        .posting(body)
        .send()
        .status_and_json()
}

/// The recordings of an album's first release.
fn recordings(album: &Value) -> Vec<Value> {
    let tracks = album["Releases"][0]["Tracks"].as_array().unwrap();
    tracks
        .iter()
        .map(|track| track["RecordingId"].clone())
        .collect()
}

#[test]
fn the_recordings_of_an_album_find_it_whole() {
    let searched = Searched::start();
    let album = searched.album(THE_LAS_ALBUM);
    let mut asked = recordings(&album);
    asked.push(asked[0].clone());
    asked.push(json!(NOBODY));
    // Lidarr indents.
    let body = serde_json::to_vec_pretty(&asked).unwrap();
    let (status, found) = post(&searched, body);
    assert_eq!((status, &found[0]), (200, &album));
}

#[test]
fn unknown_recordings_and_none_find_nothing() {
    let searched = Searched::start();
    for body in ["[]".to_owned(), format!("[\"{NOBODY}\"]")] {
        assert_eq!(post(&searched, body), (200, json!([])));
    }
}

#[test]
fn a_body_that_breaks_a_rule_is_told_which() {
    let searched = Searched::start();
    let many = serde_json::to_vec(&vec![NOBODY; 1_001]).unwrap();
    for (body, status, error) in [
        (
            b"{}".to_vec(),
            400,
            "body: must be a JSON array of recordings' MBIDs; it isn't at line 1, column 0",
        ),
        (
            b"[\"x\"]".to_vec(),
            400,
            "body: element 0 must be a MusicBrainz identifier (a UUID such as 070d193a-845c-479f-980e-bef15710653e)",
        ),
        (
            many,
            413,
            "body: must hold at most 1000 recordings' MBIDs",
        ),
        (
            vec![b' '; 100_000],
            413,
            "body: must be at most 64000 bytes",
        ),
    ] {
        assert_eq!(
            post(&searched, body),
            (status, json!({ "error": error })),
            "{error}"
        );
    }
}
