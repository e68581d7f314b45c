//! The same through the edge: what it keeps, and what it only passes on.

use linernotes_dev::run::Edge;
use linernotes_tests::providers::{Mode, Provider};
use serde_json::json;
use tempfile::TempDir;

use super::*;

struct ThroughTheEdge {
    subject: Subject,
    edge: Edge,
    _folder: TempDir,
}

impl ThroughTheEdge {
    fn of(subject: Subject) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let variables = [("ORIGIN_URL", subject.origin.url().to_owned())];
        let edge = Edge::start(&prepared().worker, 0, folder.path(), &variables).unwrap();
        Self {
            subject,
            edge,
            _folder: folder,
        }
    }

    fn ask(&self, path: &str) -> Ask {
        ask(format!("{}{path}", self.edge.url()))
    }

    fn get(&self, path: &str) -> Answer {
        self.ask(path).send()
    }

    /// Asks until the edge has stored the answer.
    fn hit(&self, path: &str) -> Answer {
        self.ask(path).until(Answer::is_hit_at_the_edge)
    }
}

#[test]
fn what_an_id_of_spotifys_is_and_that_it_is_nothing_is_kept() {
    let (subject, _stub) = Subject::asking(Provider::Spotify, &[]);
    let through = ThroughTheEdge::of(subject);
    let (id, mbid) = (
        "4dpARuHxo51G3z768sgnrY",
        "cc2c9c3c-b7bc-4b8b-84d8-4fbd8779e493",
    );
    for answer in [
        through.get(&format!("/spotify/artist/{id}")),
        through.hit(&format!("/api/v0.4/spotify/artist/{id}")),
    ] {
        assert_eq!(
            (answer.status, answer.header("location")),
            (301, &*format!("../../artist/{mbid}"))
        );
    }
    let nothing = "/spotify/album/7nothingAtAll000000000";
    let unknown = through.get(nothing);
    assert_eq!(unknown.status, 404, "{}", unknown.text());
    assert!(unknown.json()["error"].is_string());
    assert_eq!(through.hit(nothing).body, unknown.body);
    // A file of the user's own has no id.
    let batch = through
        .ask("/spotify/lookup")
        .post(json!([null, id, ""]).to_string())
        .send();
    assert_eq!(
        batch.status_and_json(),
        (200, json!([{"spotifyid": id, "musicbrainzid": mbid}]))
    );
}

#[test]
fn in_spotifys_trouble_nothing_is_said_not_to_be_there() {
    let timeout = ("LINERNOTES_PROVIDERS__SPOTIFY__TIMEOUT_MS", "500");
    let (subject, stub) = Subject::asking(Provider::Spotify, &[timeout]);
    let through = ThroughTheEdge::of(subject);
    stub.behave(Mode::ServerError);
    let answer = through.get("/spotify/album/7nothingAtAll000000000");
    assert_eq!(answer.status, 503);
    assert_ne!(answer.header("retry-after"), "");
}

#[test]
fn a_user_is_sent_back_with_the_tokens_and_nobody_keeps_or_logs_them() {
    let (subject, _stub) = Subject::asking(
        Provider::Spotify,
        &[
            (
                "LINERNOTES_SPOTIFY__CALLBACKS",
                "[http://192.168.1.5:8686,https://lidarr.example.org]",
            ),
            (
                "LINERNOTES_SPOTIFY__REDIRECT_URI",
                "https://linernotes.example/spotify/auth",
            ),
        ],
    );
    let through = ThroughTheEdge::of(subject);
    let sign_in = |code: &str| {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("code", code)
            .append_pair("state", "http://192.168.1.5:8686/oauth.html")
            .finish();
        through.get(&format!("/spotify/auth?{query}"))
    };
    for _ in 0..2 {
        let answer = sign_in("g00d-c0de");
        assert_eq!(
            (
                answer.status,
                answer.header("location"),
                answer.header("referrer-policy"),
                answer.header("cache-control"),
                answer.header("cache-status"),
            ),
            (
                302,
                "http://192.168.1.5:8686/oauth.html?access_token=a-users-token&expires_in=3600&refresh_token=r3fr3sh%26more%3D",
                "no-referrer",
                "no-store",
                "linernotes-edge; fwd=bypass",
            )
        );
        let renewal = through.get("/spotify/renew?refresh_token=g00d-t0ken");
        assert_eq!(renewal.json()["access_token"], "a-users-token");
        assert_eq!(
            renewal.header("cache-status"),
            "linernotes-edge; fwd=bypass"
        );
    }
    assert_eq!(sign_in("b4d-c0de").status, 400);
    let log = through.edge.log();
    for secret in SECRETS {
        assert!(!log.contains(secret), "{secret} is logged: {log}");
    }
}

#[test]
fn series_and_charts_are_kept() {
    let (subject, stub) = Subject::asking(Provider::Apple, &[]);
    let through = ThroughTheEdge::of(subject);
    for path in [
        "/series/1e0f9904-ccee-480b-84b7-60f80916ae5b",
        "/chart/apple-music/album/top?count=2",
    ] {
        let origins = through.subject.get(path);
        assert_eq!(origins.status, 200, "{}", origins.text());
        assert_eq!(through.get(path).json(), origins.json());
        assert_eq!(through.hit(path).json(), origins.json());
    }
    assert_eq!(stub.take_targets().len(), 1, "a chart is asked for once");
    let unknown = through.get("/series/66c66aaa-6e2f-4930-8610-912e24c63ed1");
    assert_eq!(unknown.status, 404);
    let off = through.get("/chart/lastfm/album/top");
    assert_eq!(
        (off.status, off.header("retry-after")),
        (503, "3600"),
        "{}",
        off.text()
    );
}
