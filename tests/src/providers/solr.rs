//! MusicBrainz's Solr, as its `mbjson` writer answers.

use serde_json::{Value, json};

use super::Proper;

/// MBIDs with their scores, from the core in the path.
pub(super) fn found(path: &str, found: &[(&str, u8)]) -> Proper {
    let is_artist = path.contains("/artist/");
    let items: Vec<Value> = found
        .iter()
        .map(|(mbid, score)| {
            if is_artist {
                json!({
                    "id": mbid,
                    "type": "Group",
                    "score": score,
                    "name": "A name",
                    "sort-name": "Name, A",
                    "life-span": { "ended": null },
                })
            } else {
                json!({
                    "id": mbid,
                    "score": score,
                    "count": 1,
                    "title": "A title",
                    "primary-type": "Album",
                    "artist-credit": [{ "name": "A name", "artist": { "id": mbid } }],
                })
            }
        })
        .collect();
    let list = if is_artist {
        "artists"
    } else {
        "release-groups"
    };
    let answer = json!({
        "created": "2026-07-01T00:00:00.000Z",
        "count": items.len(),
        "offset": 0,
        list: items,
    });
    (200, answer)
}
