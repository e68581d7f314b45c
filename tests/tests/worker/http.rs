//! HTTP as RFC 9110, 9111 and 9211 have it, as far as a client of the edge can tell.

use std::sync::atomic::Ordering;

use linernotes_tests::{Answer, Behaviour, Reply};

use crate::rig::{DAY, HOUR, PATIENT, Rig, json, kept, path, text};

#[test]
fn age_and_freshness_are_counted_from_when_the_origin_knew() {
    let rig = Rig::start();
    let path = path();
    rig.keep(&path, "old");
    rig.pass(HOUR);
    let hit = rig.get(&path);
    let number = |text: &str| text.parse::<u64>().unwrap();
    let age = number(hit.header("age"));
    assert!((HOUR..HOUR + 60).contains(&age), "{age}");
    let shared_until = hit.shared_for().map(|seconds| u64::from(seconds) + age);
    assert!(
        shared_until.is_some_and(|seconds| (DAY - 60..=DAY).contains(&seconds)),
        "counted from the age on, it ends with the freshness: {:?}",
        hit.headers
    );
    assert_eq!(hit.header("vary"), "accept-encoding");
    assert_eq!(hit.header("cache-tag"), "artist-x");
    assert!(hit.is_hit_at_the_edge());
}

#[test]
fn a_stale_copy_says_so_and_is_for_half_a_minute() {
    let rig = Rig::start();
    let path = path();
    rig.keep(&path, "old");
    rig.pass(DAY + 100);
    rig.origin.behave(Behaviour::Hang);
    let stale = rig.get(&path);
    let status = stale.header("cache-status");
    assert!(
        status.starts_with("linernotes-edge; hit; ttl=-1"),
        "{status}"
    );
    let age: u64 = stale.header("age").parse().unwrap();
    assert_eq!(
        stale.header("cache-control"),
        format!("public, s-maxage={}, max-age=0", age + 30)
    );
}

#[test]
fn one_refresh_is_made_however_many_ask() {
    let rig = Rig::with(&[PATIENT], &[]);
    let path = path();
    rig.keep(&path, "old");
    rig.pass(DAY + HOUR);
    rig.origin.take_seen();
    let is_released = rig.hold_answer("new");
    for _ in 0..20 {
        assert_eq!(text(&rig.get(&path)), "old", "nobody waits");
    }
    is_released.store(true, Ordering::SeqCst);
    rig.get_until(&path, |answer| text(answer) == "new");
    let seen = rig.origin.take_seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].field("if-none-match"), "\"old\"");
}

#[test]
fn after_a_failed_refresh_the_origin_is_spared() {
    let rig = Rig::start();
    let path = path();
    rig.keep(&path, "old");
    rig.pass(DAY + HOUR);
    rig.origin.take_seen();
    rig.origin
        .behave(Behaviour::Answer(Reply::new(500, &[], "")));
    for _ in 0..20 {
        assert_eq!(text(&rig.get(&path)), "old");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(rig.origin.take_seen().len(), 1);
}

#[test]
fn head_and_conditions_are_answered_from_the_copy() {
    let rig = Rig::start();
    let path = path();
    rig.keep(&path, "old");
    rig.origin.refuse();
    let head = rig.ask(&path).method("HEAD").send();
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("etag"), "\"old\"");
    assert_eq!(
        head.header("content-type"),
        "application/json; charset=utf-8"
    );
    for (if_none_match, status) in [
        ("\"old\"", 304),
        ("W/\"old\"", 304),
        ("\"x\", \"old\"", 304),
        ("*", 304),
        ("\"new\"", 200),
        ("old", 200),
    ] {
        let answer = rig.ask(&path).header("if-none-match", if_none_match).send();
        assert_eq!(answer.status, status, "{if_none_match}");
        assert_eq!(answer.header("etag"), "\"old\"");
        assert!(answer.is_hit_at_the_edge());
    }
}

#[test]
fn the_cache_answers_no_range_and_no_date_of_its_own() {
    let rig = Rig::start();
    let path = path();
    rig.keep(&path, "old");
    for (name, value) in [
        ("range", "bytes=0-9"),
        ("if-modified-since", "Fri, 01 Jan 2100 00:00:00 GMT"),
        ("if-match", "\"x\""),
        (
            "cache-control",
            "no-cache, no-store, max-age=0, only-if-cached",
        ),
        ("pragma", "no-cache"),
    ] {
        let answer = rig.ask(&path).header(name, value).send();
        assert_eq!(
            (answer.status, text(&answer).as_str()),
            (200, "old"),
            "{name}"
        );
    }
}

#[test]
fn a_hit_has_the_origins_bytes() {
    let rig = Rig::start();
    let path = path();
    let reply = rig.answer("old");
    rig.get(&path);
    let hit = rig.get_until(&path, Answer::is_hit_at_the_edge);
    assert_eq!(hit.body, reply.body);
    let plain = rig.ask(&path).header("accept-encoding", "identity").send();
    assert_eq!(plain.text(), json("old"));
    assert_eq!(plain.header("content-encoding"), "");
}

#[test]
fn a_tag_of_what_isnt_the_origins_bytes_is_weak() {
    let rig = Rig::start();
    let path = path();
    rig.keep(&path, "old");
    rig.origin.refuse();
    assert_eq!(rig.get(&path).header("etag"), "\"old\"");
    for method in ["GET", "HEAD"] {
        let plain = rig
            .ask(&path)
            .method(method)
            .header("accept-encoding", "identity")
            .send();
        assert_eq!(
            (plain.status, plain.header("etag")),
            (200, "W/\"old\""),
            "{method}"
        );
    }
    for coding in ["identity", "gzip"] {
        let known = rig
            .ask(&path)
            .header("accept-encoding", coding)
            .header("if-none-match", "W/\"old\"")
            .send();
        assert_eq!((known.status, known.body.len()), (304, 0), "{coding}");
    }
}

#[test]
fn a_404_of_the_origins_is_kept_for_its_time_and_no_longer() {
    let rig = Rig::start();
    let path = path();
    let unknown = Reply {
        status: 404,
        body: br#"{"error":"unknown"}"#.to_vec(),
        ..kept(rig.now(), "x")
    };
    let unknown = unknown
        .with("content-encoding", "identity")
        .with("linernotes-fresh-until", (rig.now() + 300).to_string());
    rig.origin.behave(Behaviour::Answer(unknown));
    assert_eq!(rig.get(&path).status, 404);
    let hit = rig.get_until(&path, Answer::is_hit_at_the_edge);
    assert_eq!((hit.status, text(&hit).as_str()), (404, "404"));
    rig.pass(301);
    rig.origin.refuse();
    assert_eq!(rig.get(&path).status, 503, "nothing to fall back on");
}

#[test]
fn nothing_of_a_request_but_the_question_makes_a_difference() {
    let rig = Rig::start();
    let path = path();
    let other = crate::rig::path();
    rig.answer("old");
    let poisoned = rig
        .ask(&format!(
            "/api/v0.4{}?x=1&artist={other}",
            path.to_uppercase().replace("/ARTIST", "/artist")
        ))
        .header("host", "evil.example")
        .header("x-forwarded-host", "evil.example")
        .header("x-original-url", "/evil")
        .header("x-http-method-override", "DELETE")
        .header("cookie", "a=b")
        .header("authorization", "Bearer x")
        .header("accept-language", "de")
        .header("user-agent", "Lidarr/2")
        .header("accept", "text/html")
        .header("linernotes-key", "guess")
        .send();
    assert_eq!(text(&poisoned), "old");
    let seen = rig.origin.take_seen();
    assert_eq!(seen.len(), 1);
    assert_eq!((seen[0].method.as_str(), &seen[0].target), ("GET", &path));
    let mut names: Vec<&str> = seen[0]
        .fields
        .iter()
        .map(|(name, _)| name.as_str())
        // The runtime's own.
        .filter(|name| *name != "cf-worker")
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "accept",
            "accept-encoding",
            "host",
            "user-agent",
            "x-request-id"
        ]
    );
    rig.get_until(&path, Answer::is_hit_at_the_edge);
    assert_eq!(rig.origin.take_seen().len(), 0, "it is the one copy");
}

#[test]
fn the_request_id_goes_through_and_is_logged() {
    let rig = Rig::start();
    let path = path();
    rig.answer("old");
    let answer = rig.ask(&path).header("x-request-id", "from-a-test").send();
    assert_eq!(answer.header("x-request-id"), "from-a-test");
    assert_eq!(
        rig.origin.take_seen()[0].field("x-request-id"),
        "from-a-test"
    );
    rig.logged(r#""request_id":"from-a-test""#);
}

#[test]
fn a_request_id_is_given_to_nobody_else() {
    let rig = Rig::with(&[("WORKERS_CACHE", "true")], &[]);
    let path = path();
    let ask = |path: &str| {
        rig.ask(path)
            .header("x-request-id", "from-a-test")
            .send()
            .header("x-request-id")
            .to_owned()
    };
    rig.answer("old");
    assert_eq!(ask(&path), "", "a cache in front keeps it");
    rig.get_until(&path, Answer::is_hit_at_the_edge);
    assert_eq!(ask(&path), "");
    rig.origin.refuse();
    for own in [
        crate::rig::path(),
        "/recent/artist".to_owned(),
        "/x".to_owned(),
    ] {
        assert_eq!(ask(&own), "from-a-test", "{own}");
    }
    rig.logged(r#""request_id":"from-a-test""#);
}

#[test]
fn an_origin_that_has_only_a_stale_answer_isnt_asked_for_it_by_everybody() {
    let rig = Rig::start();
    let path = path();
    rig.keep(&path, "old");
    rig.pass(DAY + HOUR);
    rig.origin.take_seen();
    let stale = kept(rig.now() - DAY - HOUR, "stale");
    rig.origin.behave(Behaviour::Answer(stale));
    rig.get(&path);
    rig.get_until(&path, |answer| text(answer) == "stale");
    for _ in 0..20 {
        assert_eq!(text(&rig.get(&path)), "stale");
    }
    std::thread::sleep(std::time::Duration::from_millis(200));
    assert_eq!(rig.origin.take_seen().len(), 1);
}
