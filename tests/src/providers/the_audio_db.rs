//! TheAudioDB's `api/v1/json`, after its documentation.

use axum::http::Uri;
use serde_json::json;

use super::Proper;

/// Whatever it is asked about, it knows.
pub(super) fn answer(uri: &Uri) -> Proper {
    let mbid = uri.query().unwrap_or_default().trim_start_matches("i=");
    let media = |path: &str| format!("https://r2.theaudiodb.com/images/media/{path}");
    if uri.path().ends_with("/artist-mb.php") {
        let artist = json!({
            "idArtist": "111234",
            "strArtist": "The La’s",
            "strArtistAlternate": "",
            "intFormedYear": "1983",
            "strBiographyEN": "The La’s, said in English.\r\n\r\nA second paragraph, naïve.",
            "strBiographyDE": "The La’s, auf Deutsch.",
            "strBiographyFR": null,
            "strArtistThumb": media("artist/thumb/las.jpg"),
            "strArtistLogo": media("artist/logo/las.png"),
            "strArtistClearart": null,
            "strArtistFanart": media("artist/fanart/las.jpg"),
            "strArtistBanner": media("artist/banner/las.jpg"),
            "strMusicBrainzID": mbid,
            "strLocked": "unlocked",
        });
        (200, json!({ "artists": [artist] }))
    } else if uri.path().ends_with("/album-mb.php") {
        let album = json!({
            "idAlbum": "2118222",
            "idArtist": "111234",
            "strAlbum": "The La’s",
            "intYearReleased": "1990",
            "strAlbumThumb": media("album/thumb/las.jpg"),
            "strAlbumCDart": media("album/cdart/las.png"),
            "strDescriptionEN": "The album, described.",
            "strMusicBrainzID": mbid,
        });
        (200, json!({ "album": [album] }))
    } else {
        (404, json!({}))
    }
}

pub(super) fn not_found(path: &str) -> Proper {
    let list = if path.ends_with("/artist-mb.php") {
        "artists"
    } else {
        "album"
    };
    (200, json!({ list: null }))
}
