//! Apple's feed `api/v2/{country}/music/most-played/{n}/albums.json`.

use axum::http::Uri;
use serde_json::{Value, json};

use super::Proper;

fn album(id: &str, artist: &str, name: &str, date: &str) -> Value {
    json!({
        "artistName": artist,
        "id": id,
        "name": name,
        "releaseDate": date,
        "kind": "albums",
        "artistId": "262836961",
        "artistUrl": "https://music.apple.com/us/artist/262836961",
        "contentAdvisoryRating": "Explict",
        "artworkUrl100": "https://is1-ssl.mzstatic.com/image/thumb/Music/v4/100x100bb.jpg",
        "genres": [{"genreId": "14", "name": "Pop", "url": "https://itunes.apple.com/us/genre/id14"}],
        "url": format!("https://music.apple.com/us/album/some-title/{id}"),
    })
}

/// A chart of the sample's albums, in its own spelling, and of one that nobody has.
pub(super) fn answer(uri: &Uri) -> Proper {
    if uri.path() != "/api/v2/us/music/most-played/100/albums.json" {
        return (404, json!({}));
    }
    let results = json!([
        album("1", "Adele", "30 (Deluxe Edition)", "2021-11-19"),
        album(
            "2",
            "Nobody Anybody Knows",
            "An Album of Theirs",
            "2026-06-01"
        ),
        album("3", "THE LA'S", "The La's", "1990-10-01"),
        // Known by a link that the test makes: its names tell nothing.
        album("1440881047", "オリヴィア", "別の題名", "2026-05-15"),
        album("4", "Adele", "30", "2021-11-19"),
    ]);
    (200, feed(results))
}

pub(super) fn empty() -> Proper {
    (200, feed(json!([])))
}

fn feed(results: Value) -> Value {
    json!({"feed": {
        "title": "Top Albums",
        "id": "https://rss.applemarketingtools.com/api/v2/us/music/most-played/100/albums.json",
        "author": {"name": "Apple", "url": "https://www.apple.com/"},
        "copyright": "Copyright © 2026 Apple Inc. All rights reserved.",
        "country": "us",
        "icon": "https://www.apple.com/favicon.ico",
        "updated": "Tue, 24 Nov 2026 09:04:45 +0000",
        "results": results,
    }})
}
