use linernotes_tests::providers::Mode;
use serde_json::json;

use super::*;

const CALLBACKS: (&str, &str) = (
    "LINERNOTES_SPOTIFY__CALLBACKS",
    "[http://192.168.1.5:8686,https://lidarr.example.org]",
);
const REDIRECT_URI: (&str, &str) = (
    "LINERNOTES_SPOTIFY__REDIRECT_URI",
    "https://linernotes.example/spotify/auth",
);

fn subject() -> (Subject, ProviderStub) {
    Subject::asking(
        Provider::Spotify,
        &[
            CALLBACKS,
            REDIRECT_URI,
            ("LINERNOTES_PROVIDERS__SPOTIFY_ACCOUNTS__TIMEOUT_MS", "2000"),
        ],
    )
}

fn authorize(subject: &Subject, code: &str, state: &str) -> Answer {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("code", code)
        .append_pair("state", state)
        .finish();
    subject.get(&format!("/spotify/auth?{query}"))
}

#[test]
fn a_user_is_sent_back_to_the_own_lidarr_with_the_tokens() {
    let (subject, _stub) = subject();
    for state in [
        "http://192.168.1.5:8686/oauth.html",
        "https://lidarr.example.org/lidarr/oauth.html",
    ] {
        let answer = authorize(&subject, "g00d-c0de", state);
        assert_eq!(answer.status_and_json(), (302, json!({})));
        assert_eq!(
            answer.header("location"),
            format!(
                "{state}?access_token=a-users-token&expires_in=3600&refresh_token=r3fr3sh%26more%3D"
            )
        );
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
    }
}

#[test]
fn nobody_else_is_told_them_and_the_code_isnt_used_up() {
    let (subject, stub) = subject();
    for state in [
        "https://evil.example/oauth.html",
        "https://lidarr.example.org.evil.example/oauth.html",
        "https://evil.example/?x=https://lidarr.example.org/oauth.html",
        "http://lidarr.example.org/oauth.html",
        "https://lidarr.example.org/other.html",
        "/oauth.html",
    ] {
        let answer = authorize(&subject, "g00d-c0de", state);
        assert_eq!(
            answer.status_and_json(),
            (
                400,
                json!({"error": "state: must be the address of oauth.html on a Lidarr that LINERNOTES_SPOTIFY__CALLBACKS allows"})
            ),
            "{state}"
        );
        assert_eq!(answer.header("location"), "");
    }
    assert_eq!(stub.take_targets(), Vec::<String>::new());
}

#[test]
fn a_code_or_token_that_spotify_doesnt_take_is_the_clients_mistake() {
    let (subject, stub) = subject();
    let refused = |field: &str| {
        let told = format!("{field}: Spotify doesn't take it; it may have been used or withdrawn");
        (400, json!({"error": told}))
    };
    let state = "http://192.168.1.5:8686/oauth.html";
    assert_eq!(
        authorize(&subject, "b4d-c0de", state).status_and_json(),
        refused("code")
    );
    let renewal = subject.get("/spotify/renew?refresh_token=b4d-c0de");
    assert_eq!(renewal.status_and_json(), refused("refresh_token"));
    for (path, told) in [
        ("/spotify/auth", "code: must be the code that Spotify gives"),
        (
            "/spotify/auth?error=access_denied&state=x",
            "code: Spotify gave none: access_denied",
        ),
        (
            "/spotify/renew",
            "refresh_token: must be 1 to 2048 visible ASCII characters",
        ),
    ] {
        assert_eq!(
            subject.get(path).status_and_json(),
            (400, json!({"error": told}))
        );
    }

    // Whatever else it says is trouble, ours or its own.
    let unavailable = (
        503,
        json!({"error": "Spotify can't be asked at the moment; try again later"}),
    );
    for mode in [
        Mode::ServerError,
        Mode::Hung,
        Mode::Html,
        Mode::Huge,
        Mode::Elsewhere,
    ] {
        stub.behave(mode);
        assert_eq!(
            authorize(&subject, "g00d-c0de", state).status_and_json(),
            unavailable,
            "{mode:?}"
        );
    }
}

#[test]
fn a_token_is_renewed() {
    let (subject, _stub) = subject();
    let answer = subject.get("/api/v0.4/spotify/renew?refresh_token=g00d-t0ken");
    assert_eq!(
        answer.status_and_json(),
        (
            200,
            json!({
                "access_token": "a-users-token",
                "token_type": "Bearer",
                "scope": "user-library-read",
                "expires_in": 3600,
            })
        )
    );
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[test]
fn without_its_settings_there_is_no_sign_in() {
    let off = (
        503,
        json!({"error": "the sign-in at Spotify isn't set up on this server"}),
    );
    let without_spotify = Subject::with(&[]);
    let state = "http://192.168.1.5:8686/oauth.html";
    assert_eq!(
        authorize(&without_spotify, "g00d-c0de", state).status_and_json(),
        off
    );
    let renewal = without_spotify.get("/spotify/renew?refresh_token=g00d-t0ken");
    assert_eq!(renewal.status_and_json(), off);
    let (without_address, _stub) = Subject::asking(Provider::Spotify, &[CALLBACKS]);
    assert_eq!(
        authorize(&without_address, "g00d-c0de", state).status_and_json(),
        off
    );
    assert_eq!(
        without_address
            .get("/spotify/renew?refresh_token=g00d-t0ken")
            .status,
        200
    );
    let log = without_spotify.origin.log();
    assert_eq!(
        log.matches("LINERNOTES_SPOTIFY__CLIENT_ID isn't set")
            .count(),
        1,
        "{log}"
    );
}

#[test]
fn settings_that_cant_be_used_are_all_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let settings = [
        (
            "LINERNOTES_SPOTIFY__CLIENT_SECRET",
            "s3cr3t-of-the-application",
        ),
        (
            "LINERNOTES_SPOTIFY__CALLBACKS",
            "[http://lidarr.example.org]",
        ),
        ("LINERNOTES_SPOTIFY__REDIRECT_URI", "linernotes.example"),
        ("LINERNOTES_SPOTIFY__MARKET", "usa"),
        ("LINERNOTES_LISTS__MATCH_RATIO", "80"),
        ("LINERNOTES_LISTS__STOREFRONT", "USA"),
        ("LINERNOTES_LISTS__CHART_SECONDS", "0"),
    ];
    let output = std::process::Command::new(prepared().origin)
        .arg("serve")
        .current_dir(folder.path())
        .envs(settings)
        .output()
        .unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    for part in [
        "LINERNOTES_SPOTIFY__CLIENT_ID: needed along with",
        "LINERNOTES_SPOTIFY__CALLBACKS: must be a list",
        "LINERNOTES_SPOTIFY__REDIRECT_URI: must be",
        "LINERNOTES_SPOTIFY__MARKET: must be",
        "LINERNOTES_LISTS__MATCH_RATIO: must be from 0.5 to 1",
        "LINERNOTES_LISTS__STOREFRONT: must be",
        "LINERNOTES_LISTS__CHART_SECONDS: must be at least 1",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
    assert!(!told.contains("s3cr3t"), "{told}");
}
