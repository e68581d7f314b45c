use linernotes_shared::http::Forward;

use crate::client::Client;
use crate::config::example;
use crate::copies::kept_example;
use crate::route::Route;

use super::*;

fn text(body: &Body) -> &str {
    match body {
        Body::Bytes(bytes) => std::str::from_utf8(bytes).unwrap(),
        other => panic!("{other:?}"),
    }
}

fn field<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    let field = answer.fields.iter().find(|(key, _)| *key == name);
    field.map(|(_, value)| value.as_str())
}

fn kept(status: u16, config: &Config) -> Answer {
    let kept = Kept {
        status,
        ..kept_example()
    };
    let serving = Serving {
        shared_for: 50,
        cache_status: "linernotes-edge; hit; ttl=50".to_owned(),
        outcome: "hit",
        trouble: None,
    };
    Answer::kept(kept, Body::Empty, serving, 1_010, config)
}

/// A response's header, as the runtime is told it.
fn header(answer: &Answer, client: &Client) -> serde_json::Value {
    let init = answer.init(answer.status_for(client), client);
    let mut init: serde_json::Value = serde_json::from_str(&init).unwrap();
    init["headers"].take()
}

fn client(if_none_match: Option<&str>) -> Client {
    Client {
        method: "GET".to_owned(),
        gzip: true,
        if_none_match: if_none_match.map(str::to_owned),
        request_id: "id".to_owned(),
    }
}

#[test]
fn a_kept_answer_tells_caches_its_age_and_what_is_left_from_there() {
    let expected = [
        ("cache-control", "public, s-maxage=60, max-age=0"),
        ("age", "10"),
        ("cache-status", "linernotes-edge; hit; ttl=50"),
        ("content-type", "application/json; charset=utf-8"),
        ("vary", "accept-encoding"),
        ("etag", r#""a1""#),
        ("cache-tag", "artist-x"),
    ]
    .map(|(name, value)| (name, value.to_owned()));
    assert_eq!(kept(200, &example()).fields, expected);
}

#[test]
fn an_answer_names_all_fields_that_it_depends_on_in_one() {
    let mut answer = kept(200, &example());
    answer.depends_on("accept");
    assert_eq!(field(&answer, "vary"), Some("accept-encoding, accept"));
    let mut answer = Answer::broken();
    answer.depends_on("accept");
    assert_eq!(field(&answer, "vary"), Some("accept"));
}

#[test]
fn the_cache_in_front_is_told_its_own() {
    let config = Config {
        workers_cache: true,
        ..example()
    };
    let answer = kept(200, &config);
    for (name, value) in [
        (
            "cloudflare-cdn-cache-control",
            Some("public, max-age=50, must-revalidate"),
        ),
        ("cache-control", Some("public, s-maxage=50, max-age=0")),
        ("age", None),
    ] {
        assert_eq!(field(&answer, name), value, "{name}");
    }
}

#[test]
fn only_a_200_whose_tag_the_client_names_is_known_to_it() {
    assert!(kept(200, &example()).is_known_to(&client(Some(r#"W/"a1""#))));
    assert!(!kept(200, &example()).is_known_to(&client(Some(r#""a2""#))));
    assert!(!kept(200, &example()).is_known_to(&client(None)));
    assert!(!kept(404, &example()).is_known_to(&client(Some(r#""a1""#))));
}

#[test]
fn a_refusal_is_a_json_object_that_names_the_field_and_rule() {
    let error = Route::parse("GET", "/recent/album", "since=soon").unwrap_err();
    let answer = Answer::refusal(&error);
    assert_eq!(answer.status, 400);
    assert_eq!(
        text(&answer.body),
        r#"{"error":"since: must be a whole number of seconds since 1970"}"#
    );
    assert_eq!(
        answer.fields,
        [
            ("content-type", JSON_TYPE.to_owned()),
            ("cache-control", "no-store".to_owned()),
        ]
    );

    let error = Route::parse("POST", "/", "").unwrap_err();
    let answer = Answer::refusal(&error);
    assert_eq!(answer.status, 405);
    assert_eq!(field(&answer, "allow"), Some("GET, HEAD"));
}

#[test]
fn trouble_is_a_503_that_says_when_to_come_back() {
    let miss = CacheStatus::forwarded("linernotes-edge", Forward::Miss);
    let answer = Answer::unavailable(Trouble::Timeout, &miss);
    assert_eq!(answer.status, 503);
    assert_eq!(field(&answer, "retry-after"), Some("10"));
    assert_eq!(field(&answer, "cache-control"), Some("no-store"));
    assert_eq!(
        text(&answer.body),
        r#"{"error":"the service is unavailable at the moment: the origin didn't answer in time"}"#
    );

    let busy = Trouble::Failed {
        retry_after: Some(30),
    };
    let answer = Answer::unavailable(busy, &miss);
    assert_eq!(field(&answer, "retry-after"), Some("30"));
    assert_eq!(field(&Answer::broken(), "retry-after"), Some("10"));

    let answer = Answer::unavailable(Trouble::TooMany { seconds: 40 }, &miss);
    assert_eq!(answer.status, 429);
    assert_eq!(field(&answer, "retry-after"), Some("40"));
    assert_eq!(
        text(&answer.body),
        r#"{"error":"too many requests from this address"}"#
    );
}

#[test]
fn a_request_id_stands_in_nothing_that_a_cache_in_front_gives_to_others() {
    let id = |answer: &Answer| header(answer, &client(None))["x-request-id"].take();
    let shared = Config {
        workers_cache: true,
        ..example()
    };
    assert_eq!(id(&kept(200, &shared)), serde_json::Value::Null);
    assert_eq!(id(&kept(404, &shared)), serde_json::Value::Null);
    assert_eq!(id(&kept(200, &example())), "id");
    assert_eq!(id(&Answer::broken()), "id");
}

#[test]
fn a_body_that_is_decoded_has_a_weak_tag() {
    let plain = |if_none_match| Client {
        gzip: false,
        ..client(if_none_match)
    };
    let answer = kept(200, &example());
    let etag = |client: &Client| header(&answer, client)["etag"].take();
    assert_eq!(etag(&client(None)), r#""a1""#);
    assert_eq!(etag(&plain(None)), r#"W/"a1""#);
    for tag in [r#""a1""#, r#"W/"a1""#] {
        assert_eq!(answer.status_for(&plain(Some(tag))), 304);
        assert_eq!(etag(&plain(Some(tag))), r#"W/"a1""#);
    }
    let mut weak = kept(200, &example());
    weak.fields.retain(|(name, _)| *name != "etag");
    weak.fields.push(("etag", r#"W/"a1""#.to_owned()));
    assert_eq!(header(&weak, &plain(None))["etag"], r#"W/"a1""#);
}
