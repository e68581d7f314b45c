//! A query that is an MBID is that entity.

use serde_json::json;

use super::{NOBODY, Searched, THE_LAS, THE_LAS_ALBUM};

#[test]
fn an_mbid_is_looked_up_not_searched() {
    let searched = Searched::start();
    let (artist, album) = (searched.artist(THE_LAS), searched.album(THE_LAS_ALBUM));
    for query in [
        format!("lidarr:{THE_LAS}"),
        format!("lidarrid:%20{THE_LAS}"),
        format!("mbid:{}", THE_LAS.to_uppercase()),
        THE_LAS.to_owned(),
    ] {
        for (scope, expected) in [
            ("artist", json!([artist])),
            ("album", json!([])),
            ("all", json!([{ "score": 100, "artist": artist }])),
        ] {
            let path = format!("/search?type={scope}&query={query}");
            assert_eq!(searched.json(&path), expected, "{path}");
        }
    }
    let path = format!("/search?type=all&query=lidarr:{THE_LAS_ALBUM}");
    assert_eq!(
        searched.json(&path),
        json!([{ "score": 100, "album": album }])
    );
    assert_eq!(searched.solr.take_targets(), Vec::<String>::new());
}

#[test]
fn a_malformed_or_unknown_name_finds_nothing() {
    let searched = Searched::start();
    for query in ["lidarrid:f59c5520-5f46", "lidarr:", "mbid:%20x%20y", NOBODY] {
        let path = format!("/search?type=all&query={query}");
        assert_eq!(searched.json(&path), json!([]), "{path}");
    }
}
