use linernotes_tests::providers::Mode;
use serde_json::{Value, json};

use super::*;

const ADELE: (&str, &str) = (
    "4dpARuHxo51G3z768sgnrY",
    "cc2c9c3c-b7bc-4b8b-84d8-4fbd8779e493",
);
const ADELES_30: (&str, &str) = (
    "21jF5jlMtzo94wbxmJ18aa",
    "d8a99910-33c2-481d-9b96-085ece5545f6",
);
const THE_LAS: &str = "ff3e88b3-7354-4f30-967c-1a61ebc8c642";
const THE_LAS_ALBUM: &str = "f57d03ff-b0a5-3b73-a14c-a5ed5f8cd956";

/// Ids that MusicBrainz doesn't link to.
const UNLINKED_ALBUM: &str = "7unlinkedAlbumOfThem00";
const UNLINKED_ARTIST: &str = "7unlinkedArtistLas0000";
const UNMATCHED_ALBUM: &str = "7unmatchedAlbum0000000";
const UNMATCHED_ARTIST: &str = "7unmatchedArtist000000";
/// An id that is nothing at Spotify.
const NOTHING: &str = "7nothingAtAll000000000";

fn lookup(subject: &Subject, ids: &[&str]) -> Vec<(String, Option<String>)> {
    let body = serde_json::to_string_pretty(ids).unwrap();
    let answer = subject.ask("/api/v0.4/spotify/lookup").post(body).send();
    assert_eq!(
        (answer.status, answer.header("cache-control")),
        (200, "no-store")
    );
    let json = answer.json();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    json.as_array()
        .unwrap()
        .iter()
        .map(|item| {
            assert_eq!(item.as_object().unwrap().len(), 2, "{item}");
            (
                text(&item["spotifyid"]).unwrap(),
                text(&item["musicbrainzid"]),
            )
        })
        .collect()
}

/// What ids are, without repeating them.
fn looked_up(subject: &Subject, ids: &[&str]) -> Vec<Option<String>> {
    let found = lookup(subject, ids);
    let asked: Vec<&str> = found.iter().map(|(id, _)| &**id).collect();
    assert_eq!(asked, ids);
    found.into_iter().map(|(_, mbid)| mbid).collect()
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn what_musicbrainz_links_to_is_a_redirect_within_the_clients_own_prefix() {
    // Spotify is off: nothing else is asked.
    let subject = Subject::with(&[]);
    for (entity, (id, mbid)) in [("artist", ADELE), ("album", ADELES_30)] {
        for prefix in ["", "/api/v0.4"] {
            let path = format!("{prefix}/spotify/{entity}/{id}");
            let answer = subject.get(&path);
            assert_eq!(answer.status_and_json(), (301, json!({"id": mbid})));
            let base = url::Url::parse(&format!("http://proxy.example/lidarr{path}")).unwrap();
            let target = base.join(answer.header("location")).unwrap();
            assert_eq!(target.path(), format!("/lidarr{prefix}/{entity}/{mbid}"));
        }
        let path = format!("/spotify/{entity}/{id}");
        let answer = subject.get(&path);
        let conditional = subject
            .ask(&path)
            .header("if-none-match", answer.header("etag"));
        assert_eq!(
            conditional.send().status,
            301,
            "conditions are for 200 alone"
        );
        let head = subject.ask(&path).method("HEAD").send();
        assert_eq!((head.status, head.body.len()), (301, 0));
        assert_eq!(head.header("location"), answer.header("location"));
        let target = format!("/{entity}/{mbid}");
        assert_eq!(subject.get(&target).json()["id"], mbid);
    }
}

#[test]
fn without_spotify_what_isnt_linked_cant_be_told() {
    let subject = Subject::with(&[]);
    let answer = subject.get(&format!("/spotify/album/{UNLINKED_ALBUM}"));
    assert_eq!(
        answer.status_and_json(),
        (
            503,
            json!({"error": "Spotify isn't set up on this server, so only what MusicBrainz links to can be told"})
        )
    );
    assert_eq!(answer.header("retry-after"), "3600");
    assert_eq!(
        looked_up(&subject, &[UNLINKED_ALBUM, ADELE.0]),
        [None, some(ADELE.1)]
    );
}

#[test]
fn an_album_that_isnt_linked_is_found_by_its_names_and_remembered_with_its_artist() {
    let (subject, stub) = Subject::asking(Provider::Spotify, &[]);
    let path = format!("/spotify/album/{UNLINKED_ALBUM}");
    let answer = subject.get(&path);
    assert_eq!(
        answer.status_and_json(),
        (301, json!({"id": THE_LAS_ALBUM}))
    );
    assert!((27 * DAY - 5..=30 * DAY).contains(&subject.fresh_seconds(&path)));
    assert_eq!(
        stub.take_targets(),
        [
            "/accounts/api/token",
            "/api/v1/albums/7unlinkedAlbumOfThem00"
        ]
    );
    assert_eq!(subject.get(&path).status, 301, "not remembered as unknown");
    let artist = subject.get(&format!("/spotify/artist/{UNLINKED_ARTIST}"));
    assert_eq!(artist.status_and_json(), (301, json!({"id": THE_LAS})));
    assert_eq!(
        looked_up(&subject, &[UNLINKED_ALBUM, UNLINKED_ARTIST]),
        [some(THE_LAS_ALBUM), some(THE_LAS)]
    );
    assert_eq!(
        stub.take_targets(),
        Vec::<String>::new(),
        "nobody is asked again"
    );
}

#[test]
fn an_artist_is_found_by_an_album_of_its_own() {
    let (subject, stub) = Subject::asking(Provider::Spotify, &[]);
    let answer = subject.get(&format!("/spotify/artist/{UNLINKED_ARTIST}"));
    assert_eq!(answer.status_and_json(), (301, json!({"id": THE_LAS})));
    assert_eq!(
        stub.take_targets(),
        [
            "/accounts/api/token",
            "/api/v1/artists/7unlinkedArtistLas0000/top-tracks?market=US"
        ]
    );
    assert_eq!(
        looked_up(&subject, &[UNLINKED_ALBUM]),
        [some(THE_LAS_ALBUM)]
    );
}

#[test]
fn an_application_without_top_tracks_goes_by_the_artists_albums() {
    let (subject, stub) = Subject::asking(Provider::Spotify, &[]);
    stub.set(
        "top-tracks",
        403,
        json!({"error": {"status": 403, "message": "Forbidden"}}),
    );
    let answer = subject.get(&format!("/spotify/artist/{UNLINKED_ARTIST}"));
    assert_eq!(answer.status_and_json(), (301, json!({"id": THE_LAS})));
}

#[test]
fn what_spotify_has_and_musicbrainz_doesnt_is_a_known_miss() {
    let (subject, stub) = Subject::asking(Provider::Spotify, &[]);
    let path = format!("/spotify/album/{UNMATCHED_ALBUM}");
    let answer = subject.get(&path);
    assert_eq!(
        answer.status_and_json(),
        (
            404,
            json!({
                "id": "0",
                "error": format!("id: MusicBrainz has no album that is like Spotify's {UNMATCHED_ALBUM}"),
            })
        )
    );
    assert!((DAY - 5..=DAY).contains(&subject.fresh_seconds(&path)));
    assert_eq!(
        subject
            .get(&format!("/spotify/artist/{UNMATCHED_ARTIST}"))
            .status,
        404
    );
    // Asked for as what it isn't, it stays unknown as what it may be.
    assert_eq!(
        subject.get(&format!("/spotify/artist/{NOTHING}")).status,
        404
    );
    assert_eq!(
        looked_up(&subject, &[UNMATCHED_ALBUM, UNMATCHED_ARTIST, NOTHING]),
        [some("0"), some("0"), None]
    );
    let asked = stub.take_targets();
    assert_eq!(
        subject
            .get(&format!("/spotify/album/{UNMATCHED_ALBUM}"))
            .status,
        404
    );
    assert_eq!(stub.take_targets(), Vec::<String>::new(), "{asked:?}");
}

#[test]
fn a_link_that_comes_later_goes_before_a_remembered_miss() {
    let (subject, _stub) = Subject::asking(Provider::Spotify, &[]);
    assert_eq!(
        subject
            .get(&format!("/spotify/album/{UNMATCHED_ALBUM}"))
            .status,
        404
    );
    subject.execute(&format!(
        "INSERT INTO musicbrainz.url (id, gid, url)
         VALUES (77002, '0dd7a7b1-4b7c-4c0f-9f8e-0a5b6f2d7702', 'https://open.spotify.com/album/{UNMATCHED_ALBUM}');
         INSERT INTO musicbrainz.l_release_group_url (id, link, entity0, entity1) VALUES (77002, 96, 1001, 77002);"
    ));
    assert_eq!(
        looked_up(&subject, &[UNMATCHED_ALBUM]),
        [some(THE_LAS_ALBUM)]
    );
}

#[test]
fn a_batch_names_each_id_once_and_takes_a_bad_one_for_a_miss() {
    let subject = Subject::with(&[]);
    let answer = subject
        .ask("/spotify/lookup")
        .post(format!(
            r#"["{}", null, "", "no id", "{}", "{}", "{NOTHING}", "'; --", "no id"]"#,
            ADELE.0, ADELES_30.0, ADELE.0
        ))
        .send();
    assert_eq!(
        answer.status_and_json(),
        (
            200,
            json!([
                {"spotifyid": ADELE.0, "musicbrainzid": ADELE.1},
                {"spotifyid": "no id", "musicbrainzid": "0"},
                {"spotifyid": ADELES_30.0, "musicbrainzid": ADELES_30.1},
                {"spotifyid": NOTHING, "musicbrainzid": null},
                {"spotifyid": "'; --", "musicbrainzid": "0"},
            ])
        )
    );
}

#[test]
fn without_the_catalogue_a_batch_is_answered_from_what_is_remembered() {
    let (mut subject, _stub) = Subject::asking(Provider::Spotify, &[]);
    assert_eq!(
        subject
            .get(&format!("/spotify/album/{UNLINKED_ALBUM}"))
            .status,
        301
    );
    assert_eq!(
        subject.get(&format!("/spotify/artist/{}", ADELE.0)).status,
        301
    );
    subject.cluster.stop();
    assert_eq!(
        looked_up(&subject, &[UNLINKED_ALBUM, ADELE.0, ADELES_30.0]),
        [some(THE_LAS_ALBUM), some(ADELE.1), None]
    );
    assert_eq!(
        subject.get(&format!("/spotify/artist/{}", ADELE.0)).status,
        301
    );
    assert_eq!(
        subject
            .get(&format!("/spotify/album/{}", ADELES_30.0))
            .status,
        503
    );
}

#[test]
fn only_a_healthy_spotify_and_a_current_catalogue_say_not_found() {
    let timeouts = [
        ("LINERNOTES_PROVIDERS__SPOTIFY__TIMEOUT_MS", "2000"),
        ("LINERNOTES_PROVIDERS__SPOTIFY_ACCOUNTS__TIMEOUT_MS", "2000"),
    ];
    let (mut subject, stub) = Subject::asking(Provider::Spotify, &timeouts);
    for mode in Mode::ALL {
        subject.start_anew();
        stub.behave(mode);
        let expected = match mode {
            Mode::Ok | Mode::WrongCharset | Mode::Empty => 404,
            _ => 503,
        };
        for path in [
            format!("/spotify/album/{UNMATCHED_ALBUM}"),
            format!("/spotify/artist/{UNMATCHED_ARTIST}"),
        ] {
            let answer = subject.get(&path);
            assert_eq!(answer.status, expected, "{mode:?} {path} {}", answer.text());
            assert!(answer.json()["error"].is_string());
        }
        // What is linked doesn't depend on it.
        assert_eq!(
            subject.get(&format!("/spotify/artist/{}", ADELE.0)).status,
            301,
            "{mode:?}"
        );
    }
    subject.start_anew();
    stub.behave(Mode::Ok);
    subject.execute("UPDATE musicbrainz.replication_control SET last_replication_date = now() - interval '80 hours'");
    assert_eq!(
        subject
            .get(&format!("/spotify/album/{UNMATCHED_ALBUM}"))
            .status,
        503
    );
}

#[test]
fn a_token_is_fetched_once_and_anew_when_it_isnt_taken() {
    let (subject, stub) = Subject::asking(Provider::Spotify, &[]);
    std::thread::scope(|scope| {
        for path in [
            format!("/spotify/album/{UNMATCHED_ALBUM}"),
            format!("/spotify/album/{UNLINKED_ALBUM}"),
            format!("/spotify/album/{NOTHING}"),
            format!("/spotify/artist/{UNMATCHED_ARTIST}"),
        ] {
            let subject = &subject;
            scope.spawn(move || assert_ne!(subject.get(&path).status, 503, "{path}"));
        }
    });
    let tokens = |targets: Vec<String>| {
        targets
            .iter()
            .filter(|target| target.contains("token"))
            .count()
    };
    assert_eq!(tokens(stub.take_targets()), 1);
    stub.set(
        "/api/v1/albums",
        401,
        json!({"error": {"status": 401, "message": "The access token expired"}}),
    );
    assert_eq!(
        subject.get("/spotify/album/7anotherAlbum000000000").status,
        503
    );
    assert_eq!(
        stub.take_targets(),
        [
            "/api/v1/albums/7anotherAlbum000000000",
            "/accounts/api/token",
            "/api/v1/albums/7anotherAlbum000000000"
        ]
    );
}
