//! Spotify: `accounts.spotify.com` at `/accounts`, `api.spotify.com` at `/api`.

use axum::http::{HeaderMap, Uri};
use serde_json::{Value, json};

use super::Proper;

/// The application's token.
const TOKEN: &str = "t0k3n-of-the-application";

fn album(id: &str, name: &str, artist_id: &str, artist: &str) -> Value {
    json!({
        "album_type": "album",
        "artists": [{
            "external_urls": {"spotify": format!("https://open.spotify.com/artist/{artist_id}")},
            "href": format!("https://api.spotify.com/v1/artists/{artist_id}"),
            "id": artist_id,
            "name": artist,
            "type": "artist",
            "uri": format!("spotify:artist:{artist_id}"),
        }],
        "id": id,
        "images": [],
        "name": name,
        "release_date": "2021-11-19",
        "release_date_precision": "day",
        "total_tracks": 12,
        "type": "album",
        "uri": format!("spotify:album:{id}"),
    })
}

/// Ids that MusicBrainz doesn't link to, and what Spotify calls them.
fn known() -> [Value; 3] {
    [
        album(
            "7unlinkedAlbumOfThem00",
            "THE LA'S (Remastered)",
            "7unlinkedArtistLas0000",
            "The La's",
        ),
        album(
            "7unmatchedAlbum0000000",
            "An Album of Theirs",
            "7unmatchedArtist000000",
            "Nobody Anybody Knows",
        ),
        // What others made with the artist.
        album(
            "7compilation0000000000",
            "Hits",
            "7variousArtists0000000",
            "Various Artists",
        ),
    ]
}

pub(super) fn answer(uri: &Uri, headers: &HeaderMap, body: &str) -> Proper {
    match uri.path() {
        "/accounts/api/token" => token(headers, body),
        path => match path.strip_prefix("/api/v1/") {
            Some(path) => api(path, headers),
            None => (404, json!({})),
        },
    }
}

fn token(headers: &HeaderMap, body: &str) -> Proper {
    // `test-id:s3cr3t-of-the-application`
    const BASIC: &str = "Basic dGVzdC1pZDpzM2NyM3Qtb2YtdGhlLWFwcGxpY2F0aW9u";
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let is_form = header("content-type") == Some("application/x-www-form-urlencoded");
    if header("authorization") != Some(BASIC) || !is_form {
        return (
            401,
            json!({"error": "invalid_client", "error_description": "Invalid client"}),
        );
    }
    let field = |name: &str| -> Option<String> {
        url::form_urlencoded::parse(body.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    let user = json!({
        "access_token": "a-users-token",
        "token_type": "Bearer",
        "scope": "user-library-read",
        "expires_in": 3600,
        "refresh_token": "r3fr3sh&more=",
    });
    match field("grant_type").as_deref() {
        Some("client_credentials") => (
            200,
            json!({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600}),
        ),
        Some("authorization_code")
            if field("code").as_deref() == Some("g00d-c0de")
                && field("redirect_uri").as_deref()
                    == Some("https://linernotes.example/spotify/auth") =>
        {
            (200, user)
        }
        Some("refresh_token") if field("refresh_token").as_deref() == Some("g00d-t0ken") => {
            let mut renewed = user;
            renewed
                .as_object_mut()
                .expect("an object")
                .remove("refresh_token");
            (200, renewed)
        }
        Some("authorization_code" | "refresh_token") => (
            400,
            json!({"error": "invalid_grant", "error_description": "Invalid authorization code"}),
        ),
        _ => (400, json!({"error": "unsupported_grant_type"})),
    }
}

fn api(path: &str, headers: &HeaderMap) -> Proper {
    let bearer = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok());
    if bearer != Some(&format!("Bearer {TOKEN}")) {
        return (
            401,
            json!({"error": {"status": 401, "message": "The access token expired"}}),
        );
    }
    let albums = known();
    let of = |artist: &str| -> Vec<Value> {
        let is_of = |album: &&Value| album["artists"][0]["id"] == artist;
        albums.iter().filter(is_of).cloned().collect()
    };
    let segments: Vec<&str> = path.split('/').collect();
    let found = match segments[..] {
        ["albums", id] => albums.iter().find(|album| album["id"] == id).cloned(),
        ["artists", id, "top-tracks"] if !of(id).is_empty() => {
            let track =
                |album: &Value| json!({"name": "A Track", "popularity": 60, "album": album});
            let mut tracks = vec![track(&albums[2])];
            tracks.extend(of(id).iter().map(track));
            Some(json!({"tracks": tracks}))
        }
        ["artists", id, "albums"] if !of(id).is_empty() => {
            Some(json!({"items": of(id), "total": 1}))
        }
        _ => None,
    };
    found.map_or_else(not_found, |found| (200, found))
}

pub(super) fn not_found() -> Proper {
    (
        404,
        json!({"error": {"status": 404, "message": "Resource not found"}}),
    )
}
