//! FanArt.tv's `v3/music`, after its documentation.

use serde_json::{Value, json};

use super::Proper;

/// Whatever it is asked about, it knows pictures of.
pub(super) fn answer(path: &str) -> Proper {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    match parts[..] {
        ["v3", "music", "latest"] => (200, json!([])),
        ["v3", "music", "albums", mbid] => (
            200,
            json!({
                "name": "The La’s",
                "mbid_id": "ff3e88b3-7354-4f30-967c-1a61ebc8c642",
                "albums": { mbid: album(mbid) },
            }),
        ),
        ["v3", "music", mbid] => (200, artist(mbid)),
        _ => not_found(),
    }
}

pub(super) fn not_found() -> Proper {
    (
        404,
        json!({ "status": "error", "error message": "Not found" }),
    )
}

fn artist(mbid: &str) -> Value {
    json!({
        "name": "The La’s",
        "mbid_id": mbid,
        "artistbackground": [
            picture("11", &format!("music/{mbid}/artistbackground/first.jpg"), "7"),
            picture("12", &format!("music/{mbid}/artistbackground/second.jpg"), "3"),
        ],
        "hdmusiclogo": [picture("13", &format!("music/{mbid}/hdmusiclogo/logo.png"), "2")],
        "musicbanner": [picture("14", &format!("music/{mbid}/musicbanner/banner.jpg"), "1")],
        "artistthumb": [picture("15", &format!("music/{mbid}/artistthumb/thumb.jpg"), "0")],
        "albums": {
            "f57d03ff-b0a5-3b73-a14c-a5ed5f8cd956":
                album("f57d03ff-b0a5-3b73-a14c-a5ed5f8cd956"),
        },
    })
}

fn album(mbid: &str) -> Value {
    json!({
        "albumcover": [picture("21", &format!("music/{mbid}/albumcover/cover.jpg"), "4")],
        "cdart": [{
            "id": "22",
            "url": format!("https://assets.fanart.tv/fanart/music/{mbid}/cdart/disc.png"),
            "likes": "1",
            "disc": "1",
            "size": "1000",
        }],
    })
}

fn picture(id: &str, path: &str, likes: &str) -> Value {
    let url = format!("https://assets.fanart.tv/fanart/{path}");
    json!({ "id": id, "url": url, "likes": likes })
}
