//! Last.fm's `2.0/?method=…&format=json`.

use axum::http::Uri;
use serde_json::{Value, json};

use super::Proper;

/// A user who has listened to one album.
const SOMEBODY: &str = "somebody";
/// One who has listened to nothing.
const SILENT: &str = "silent";

fn album(name: &str, artist: &str, mbid: &str) -> Value {
    json!({
        "artist": {"url": "https://www.last.fm/music/x", "name": artist, "mbid": ""},
        "image": [{"size": "small", "#text": "https://lastfm.freetls.fastly.net/i/u/34s/x.png"}],
        "mbid": mbid,
        "url": "https://www.last.fm/music/x/y",
        "playcount": "3",
        "@attr": {"rank": "1"},
        "name": name,
    })
}

fn artist(name: &str, mbid: &str) -> Value {
    json!({
        "name": name,
        "playcount": "1057131411",
        "listeners": "6213911",
        "mbid": mbid,
        "url": "https://www.last.fm/music/x",
        "streamable": "0",
    })
}

pub(super) fn answer(uri: &Uri) -> Proper {
    let query = uri.query().unwrap_or_default();
    let parameter = |name: &str| -> String {
        url::form_urlencoded::parse(query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    if parameter("api_key").is_empty() {
        return (403, json!({"error": 10, "message": "Invalid API key"}));
    }
    let user = parameter("user");
    if !user.is_empty() && user != SOMEBODY && user != SILENT {
        return (404, json!({"error": 6, "message": "User not found"}));
    }
    let attributes =
        json!({"user": user, "totalPages": "1", "page": "1", "perPage": "200", "total": "1"});
    match &*parameter("method") {
        "tag.gettopalbums" => {
            let albums = json!([
                // The MBID is of a release of the album.
                album(
                    "There She Goes",
                    "The La’s",
                    "8aadce19-bc19-4262-9788-e07cefc95fab"
                ),
                album("30", "Adele", ""),
                // The MBID is another album's: the names go before it.
                album(
                    "The La’s",
                    "The La’s",
                    "d8a99910-33c2-481d-9b96-085ece5545f6"
                ),
                album("Nothing Known", "Nobody Anybody Knows", ""),
            ]);
            (
                200,
                json!({"albums": {"album": albums, "@attr": {"tag": "all"}}}),
            )
        }
        // A list of one is that one.
        "user.gettopalbums" if user == SOMEBODY => (
            200,
            json!({"topalbums": {"album": album("30", "Adele", ""), "@attr": attributes}}),
        ),
        "user.gettopalbums" => (
            200,
            json!({"topalbums": {"album": [], "@attr": attributes}}),
        ),
        "user.gettopartists" => (
            200,
            json!({"topartists": {"artist": [artist("Prince", "")], "@attr": attributes}}),
        ),
        "chart.gettopartists" => {
            let artists = json!([
                artist("Adele", "cc2c9c3c-b7bc-4b8b-84d8-4fbd8779e493"),
                artist(
                    "Nobody Anybody Knows",
                    "11111111-2222-4333-8444-555555555555"
                ),
                // The MBID is somebody else's: the name goes before it.
                artist("Prince", "cc2c9c3c-b7bc-4b8b-84d8-4fbd8779e493"),
            ]);
            (
                200,
                json!({"artists": {"artist": artists, "@attr": {"page": "1"}}}),
            )
        }
        _ => (
            400,
            json!({"error": 3, "message": "Invalid Method - No method with that name in this package"}),
        ),
    }
}

/// Everybody listens to nothing.
pub(super) fn empty() -> Proper {
    (
        200,
        json!({
            "albums": {"album": []},
            "artists": {"artist": []},
        }),
    )
}
