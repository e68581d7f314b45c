//! What a client sees through the edge: hits, misses, 304, redirects, errors, and trouble behind it.

use insta::assert_json_snapshot;
use linernotes_tests::{Answer, System, ask};
use serde_json::json;

const THE_LAS: &str = "/artist/ff3e88b3-7354-4f30-967c-1a61ebc8c642";
const THE_LAS_OLD: &str = "/artist/d6807b68-c457-45d6-8047-cb9414c3c0c4";
const ALBUM: &str = "/album/4c4eee61-da1e-4115-8eb9-07e5b671fefe";
const ALBUM_OLD: &str = "/album/1a887836-fbc3-4794-a175-2b89cbedd41a";
const NOBODY: &str = "66c66aaa-6e2f-4930-8610-912e24c63ed1";

/// Fresh for a second only, so that a test can wait for staleness.
const SHORT_LIVED: [(&str, &str); 2] = [
    ("LINERNOTES_CACHE__FRESH_SECONDS", "1"),
    ("LINERNOTES_CACHE__NOT_FOUND_SECONDS", "1"),
];

#[test]
fn the_second_request_is_a_hit_with_the_origins_bytes() {
    let system = System::start();
    for path in [THE_LAS, ALBUM] {
        let from_origin = ask(format!("{}{path}", system.origin.url())).send();
        let miss = system.get(path);
        assert_eq!(
            (miss.status, miss.header("content-encoding")),
            (200, "gzip"),
            "{path}"
        );
        assert_eq!(miss.body, from_origin.body, "gzip passes through untouched");
        assert!(
            miss.header("cache-status")
                .ends_with(", linernotes-edge; fwd=miss; stored"),
            "{:?}",
            miss.headers
        );

        let hit = system.get_until(path, Answer::is_hit_at_the_edge);
        assert_eq!(hit.body, miss.body);
        assert_eq!(hit.header("etag"), miss.header("etag"));
    }
}

#[test]
fn a_client_sees_only_the_headers_it_needs() {
    let system = System::start();
    let answer = ask(system.url(THE_LAS))
        .header("x-request-id", "a-test")
        .send();
    let mut headers = answer.headers.clone();
    // However long it stays fresh, a copy may be kept for an hour; for a minute if the origin hasn't stored it yet.
    assert!(
        matches!(answer.shared_for(), Some(3_590..=3_600 | 50..=60)),
        "{headers:?}"
    );
    for changing in ["age", "cache-control", "content-length", "date", "etag"] {
        assert!(
            headers.remove(changing).is_some() || changing == "date",
            "{changing}"
        );
    }
    assert_json_snapshot!(headers);
}

#[test]
fn without_gzip_the_same_answer_comes_plain() {
    let system = System::start();
    let gzip = system.get(THE_LAS);
    for accept in ["identity", "gzip;q=0"] {
        let plain = ask(system.url(THE_LAS))
            .header("accept-encoding", accept)
            .send();
        assert_eq!(plain.header("content-encoding"), "", "{accept}");
        assert_eq!(plain.text(), gzip.text(), "{accept}");
    }
}

#[test]
fn an_unchanged_answer_is_304_without_a_body() {
    let system = System::start();
    let etag = system.get(THE_LAS).header("etag").to_owned();
    system.get_until(THE_LAS, Answer::is_hit_at_the_edge);
    for if_none_match in [
        etag.clone(),
        format!("W/{etag}"),
        format!("\"x\", {etag}"),
        "*".to_owned(),
    ] {
        let answer = ask(system.url(THE_LAS))
            .header("if-none-match", if_none_match.clone())
            .send();
        assert_eq!(
            (answer.status, answer.body.len()),
            (304, 0),
            "{if_none_match}"
        );
        assert_eq!(answer.header("etag"), etag);
    }
    let changed = ask(system.url(THE_LAS))
        .header("if-none-match", "\"other\"")
        .send();
    assert_eq!(changed.status, 200);
}

#[test]
fn head_answers_as_get_without_the_body() {
    let system = System::start();
    for path in [THE_LAS, "/artist/not-an-mbid", "/"] {
        let get = system.get(path);
        let head = ask(system.url(path)).method("HEAD").send();
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
        assert_eq!(
            head.header("content-type"),
            get.header("content-type"),
            "{path}"
        );
        assert_eq!(head.header("etag"), get.header("etag"), "{path}");
    }
}

#[test]
fn a_merged_mbid_answers_as_what_it_was_merged_into() {
    let system = System::start();
    for (old, current) in [(THE_LAS_OLD, THE_LAS), (ALBUM_OLD, ALBUM)] {
        assert_eq!(
            system.get(old).status_and_json(),
            system.get(current).status_and_json(),
            "{old}"
        );
    }
    let albums = &system.get(THE_LAS_OLD).json()["Albums"];
    assert_eq!(
        albums.as_array().map(Vec::len),
        Some(20),
        "an old MBID answers with albums"
    );
}

#[test]
fn every_spelling_of_an_mbid_is_one_question() {
    let system = System::start();
    let canonical = system.get(THE_LAS);
    system.get_until(THE_LAS, Answer::is_hit_at_the_edge);
    for spelling in [
        "/api/v0.4/artist/ff3e88b3-7354-4f30-967c-1a61ebc8c642",
        "/artist/FF3E88B3-7354-4F30-967C-1A61EBC8C642/",
        "/artist/ff3e88b373544f30967c1a61ebc8c642?unknown=parameter",
        "/artist/%7Bff3e88b3-7354-4f30-967c-1a61ebc8c642%7D",
        "/artist/urn:uuid:ff3e88b3-7354-4f30-967c-1a61ebc8c642",
    ] {
        let answer = system.get(spelling);
        assert!(
            answer.is_hit_at_the_edge(),
            "{spelling}: {:?}",
            answer.headers
        );
        assert_eq!(answer.body, canonical.body, "{spelling}");
    }
}

#[test]
fn an_unknown_mbid_is_404_for_minutes() {
    let system = System::start();
    for entity in ["artist", "album"] {
        let answer = system.get(&format!("/{entity}/{NOBODY}"));
        assert_eq!(
            answer.status_and_json(),
            (
                404,
                json!({"error": format!("{entity} {NOBODY} isn't in MusicBrainz")})
            )
        );
        assert_eq!(
            answer.header("content-type"),
            "application/json; charset=utf-8"
        );
        // Less the time that the answer took.
        assert!(
            answer
                .shared_for()
                .is_some_and(|seconds| (290..=300).contains(&seconds)),
            "{:?}",
            answer.headers
        );
    }
}

#[test]
fn a_bad_request_names_the_field_and_the_rule() {
    let system = System::start();
    let rule =
        "must be a MusicBrainz identifier (a UUID such as 070d193a-845c-479f-980e-bef15710653e)";
    for (path, status, error) in [
        (
            "/artist/66c66aaa-6e2f-4930-aaaaaa",
            400,
            format!("mbid: {rule}"),
        ),
        ("/album/prince", 400, format!("mbid: {rule}")),
        (
            "/recent/artist?since=yesterday",
            400,
            "since: must be a whole number of seconds since 1970".to_owned(),
        ),
        ("/nothing/here", 404, "path: no such route".to_owned()),
        (
            "/api/v0.3/artist/070d193a-845c-479f-980e-bef15710653e",
            400,
            "path: no such route; routes start at /api/v0.4/".to_owned(),
        ),
    ] {
        let answer = system.get(path);
        assert_eq!(
            answer.status_and_json(),
            (status, json!({"error": error})),
            "{path}"
        );
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
    let refused = ask(system.url(THE_LAS)).method("DELETE").send();
    assert_eq!(
        refused.status_and_json(),
        (405, json!({"error": "method: must be GET, HEAD"}))
    );
    assert_eq!(refused.header("allow"), "GET, HEAD");
}

#[test]
fn the_root_tells_version_and_state_of_the_replica() {
    let system = System::start();
    let (status, mut root) = system.get("/api/v0.4/").status_and_json();
    assert_eq!(status, 200);
    for changing in ["replication_date", "commit", "branch", "version"] {
        let value = root[changing].take();
        assert!(
            value.as_str().is_some_and(|text| !text.is_empty()),
            "{changing}: {value}"
        );
    }
    assert_eq!(
        root,
        json!({"version": null, "branch": null, "commit": null, "replication_date": null, "schema_sequence": 31})
    );
}

#[test]
fn recent_changes_are_honestly_unknown() {
    let system = System::start();
    assert_eq!(
        system
            .get("/recent/artist?since=1752000000")
            .status_and_json(),
        (
            200,
            json!({"since": "2025-07-08T18:40:00Z", "count": 0, "limited": true, "items": []})
        )
    );
}

#[test]
fn without_database_or_copy_the_answer_is_503() {
    let mut system = System::start();
    system.postgres.stop();
    for path in [
        THE_LAS.to_owned(),
        ALBUM.to_owned(),
        format!("/artist/{NOBODY}"),
    ] {
        let answer = system.get(&path);
        let error = answer.json()["error"].take();
        assert_eq!(answer.status, 503, "{path}");
        assert!(
            error.as_str().is_some_and(|text| !text.is_empty()),
            "{error}"
        );
        assert_eq!(answer.header("retry-after"), "30", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
    system.postgres.restart().unwrap();
    assert_eq!(system.get(THE_LAS).status, 200, "it mends itself");
}

#[test]
fn without_database_stale_copies_are_served() {
    let mut system = System::with(&SHORT_LIVED);
    let before = [THE_LAS, ALBUM].map(|path| (path, system.get(path)));
    let unknown = format!("/artist/{NOBODY}");
    assert_eq!(system.get(&unknown).status, 404);
    system.postgres.stop();
    std::thread::sleep(std::time::Duration::from_millis(2100));
    for (path, before) in before {
        let after = system.get(path);
        assert_eq!(after.status_and_json(), before.status_and_json(), "{path}");
        // The first to find it stale has it looked after, and those who come later learn what became of that. The edge
        // answers from its own copy; the origin tells why it can't do better.
        let later = system.get_until(path, |answer| {
            answer
                .header("cache-status")
                .starts_with("linernotes-edge; hit; ttl=-")
        });
        ask(format!("{}{path}", system.origin.url())).until(|answer| {
            answer
                .header("cache-status")
                .contains("detail=catalogue-unavailable")
        });
        assert_eq!(later.status_and_json(), before.status_and_json(), "{path}");
    }
    assert_eq!(
        system.get(&unknown).status,
        503,
        "that something didn't exist is nothing to fall back on"
    );
}

#[test]
fn without_origin_the_edge_answers_from_its_copies() {
    let system = System::with(&SHORT_LIVED);
    let before = system.get(THE_LAS);
    system.get_until(THE_LAS, |answer| {
        // Stored, whether still fresh or not.
        answer.is_hit_at_the_edge() || answer.header("cache-status").contains("fwd=stale")
    });
    let System { edge, origin, .. } = &system;
    let edge_url = edge.url().to_owned();
    assert!(linernotes_tests::end(origin.pid()), "the origin ends");
    std::thread::sleep(std::time::Duration::from_millis(2100));
    let after = ask(format!("{edge_url}{THE_LAS}")).send();
    assert_eq!(after.status_and_json(), before.status_and_json());
    assert!(
        after
            .header("cache-status")
            .starts_with("linernotes-edge; hit; ttl=-"),
        "{:?}",
        after.headers
    );
    let missing = ask(format!("{edge_url}{ALBUM}")).send();
    assert_eq!(missing.status, 503);
}

#[test]
fn a_replica_that_is_not_current_gives_answers_but_no_404() {
    let system = System::start();
    let mut client = system.postgres.connect().unwrap();
    client
        .batch_execute(
            "UPDATE musicbrainz.replication_control SET last_replication_date = now() - interval '4 days'",
        )
        .unwrap();
    assert_eq!(system.get(THE_LAS).status, 200);
    assert_eq!(system.get(&format!("/artist/{NOBODY}")).status, 503);
}

#[test]
fn a_replica_that_is_being_loaded_gives_no_answers() {
    let system = System::start();
    let mut client = system.postgres.connect().unwrap();
    client
        .batch_execute("SET session_replication_role = replica; DELETE FROM musicbrainz.release")
        .unwrap();
    assert_eq!(
        system.get(THE_LAS).status,
        503,
        "its album list would be short of statuses"
    );
    assert_eq!(
        system.get(ALBUM).status,
        503,
        "its release list would be empty"
    );
}
