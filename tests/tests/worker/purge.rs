//! `POST /purge`.

use std::sync::atomic::Ordering;

use linernotes_tests::{Answer, Behaviour};
use serde_json::json;

use crate::rig::{DAY, HOUR, PATIENT, Rig, for_no_time, path, settle, text, unknown};

/// What Cloudflare's cache in front of the worker goes by.
const CONTROL: &str = "cloudflare-cdn-cache-control";

pub const KEY: (&str, &str) = ("PURGE_KEY", "a-key-of-some-length");

pub fn purge(rig: &Rig, key: &str, order: &serde_json::Value) -> Answer {
    rig.ask("/purge")
        .post(order.to_string())
        .header("authorization", format!("Bearer {key}"))
        .send()
}

/// The tag named after a path.
pub fn tag(path: &str) -> String {
    path.trim_start_matches('/').replacen('/', "-", 1)
}

#[test]
fn a_purged_answer_is_asked_for_again_and_stays_for_trouble() {
    let rig = Rig::with(&[KEY], &[]);
    let (by_tag, by_url, other) = (path(), path(), path());
    for path in [&by_tag, &by_url, &other] {
        rig.keep(path, "old");
    }
    let order = json!({
        "tags": [tag(&by_tag), "unknown"],
        "urls": [format!("https://music.example/api/v0.4{by_url}")],
    });
    let report = json!({"tags": 2, "urls": 1, "copies": 2, "marks": null, "front": "absent"});
    assert_eq!(
        purge(&rig, KEY.1, &order).status_and_json(),
        (200, report.clone())
    );
    assert_eq!(
        purge(&rig, KEY.1, &order).status_and_json(),
        (200, report),
        "the same again does no harm"
    );

    rig.origin.refuse();
    for path in [&by_tag, &by_url] {
        let answer = rig.get(path);
        assert_eq!(text(&answer), "old", "in trouble it is still the best");
        assert!(answer.header("cache-status").contains("detail=origin-"));
    }
    assert_eq!(text(&rig.get(&other)), "old");
    rig.pass(10);
    rig.answer("new");
    for path in [&by_tag, &by_url] {
        assert_eq!(
            text(&rig.get(path)),
            "new",
            "who asks waits for the new one"
        );
    }
    assert_eq!(
        text(&rig.get(&other)),
        "old",
        "what wasn't purged stays fresh"
    );
}

#[test]
fn a_mark_reaches_copies_that_merely_show_what_was_purged() {
    let rig = Rig::with(&[KEY], &["--kv", "COPIES"]);
    // Every answer here is tagged artist-x.
    let showing = path();
    rig.keep(&showing, "old");
    rig.pass(HOUR);
    let report = purge(&rig, KEY.1, &json!({"tags": ["artist-x"]}));
    assert_eq!(
        report.status_and_json(),
        (
            200,
            json!({"tags": 1, "urls": 0, "copies": 0, "marks": 1, "front": "absent"})
        )
    );
    // A copy made in the very second of a purge counts as purged.
    rig.pass(2);
    rig.answer("new");
    assert_eq!(text(&rig.get(&showing)), "old", "nobody waits for the look");
    rig.get_until(&showing, |answer| text(answer) == "new");
    rig.origin.take_seen();
    rig.pass(HOUR);
    rig.get(&showing);
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(
        rig.origin.take_seen().len(),
        0,
        "what is newer than the mark is fresh"
    );
}

#[test]
fn behind_cloudflares_cache_nobody_is_told_what_was_purged() {
    let rig = Rig::with(&[KEY, ("WORKERS_CACHE", "true")], &["--kv", "COPIES"]);
    let showing = path();
    rig.keep(&showing, "old");
    let control = |answer: &Answer| answer.header(CONTROL).to_owned();
    rig.pass(HOUR);
    let hit = rig.get(&showing);
    assert_eq!(
        (control(&hit).as_str(), hit.header("age")),
        ("public, max-age=3600, must-revalidate", ""),
        "for that cache, an answer's age begins at the worker"
    );
    rig.pass(100);
    purge(&rig, KEY.1, &json!({"tags": ["artist-x"]}));
    rig.origin.refuse();
    for _ in 0..2 {
        let in_trouble = rig.get(&showing);
        assert_eq!(
            (text(&in_trouble).as_str(), control(&in_trouble).as_str()),
            ("old", "public, max-age=30, must-revalidate"),
            "whoever comes second isn't told that it is fresh either"
        );
        assert!(in_trouble.header("cache-status").contains("detail=origin-"));
    }
    rig.pass(10);
    rig.answer("new");
    let asked_again = rig.ask(&showing).header("if-none-match", "\"old\"").send();
    assert_eq!(
        text(&asked_again),
        "new",
        "not 304: that would be believed for an hour"
    );
}

#[test]
fn behind_cloudflares_cache_an_unknown_is_believed_no_longer_than_the_origin_says() {
    let rig = Rig::with(&[("WORKERS_CACHE", "true")], &[]);
    let (path, fresh) = (path(), 300);
    let unknown = unknown(rig.now(), rig.now() + fresh);
    rig.origin.behave(Behaviour::Answer(unknown));
    let answer = rig.get(&path);
    assert_eq!(answer.status, 404);
    let control = answer.header(CONTROL);
    let keep = control.strip_prefix("public, max-age=").unwrap();
    let keep = keep.strip_suffix(", must-revalidate").unwrap();
    assert!(keep.parse::<u64>().unwrap() <= fresh, "{control}");
}

#[test]
fn behind_cloudflares_cache_whoever_comes_during_the_look_isnt_told_either() {
    let settings = [KEY, PATIENT, ("WORKERS_CACHE", "true")];
    let rig = Rig::with(&settings, &["--kv", "COPIES"]);
    let showing = path();
    rig.keep(&showing, "old");
    rig.pass(HOUR);
    purge(&rig, KEY.1, &json!({"tags": ["artist-x"]}));
    rig.pass(2);
    rig.answer("new");
    rig.hold("purged/");
    std::thread::scope(|scope| {
        let asked = [(); 3].map(|()| scope.spawn(|| rig.get(&showing)));
        settle();
        rig.release();
        for asked in asked {
            assert_eq!(text(&asked.join().unwrap()), "new");
        }
    });
}

#[test]
fn behind_cloudflares_cache_a_store_that_doesnt_answer_holds_nobody_up() {
    let settings = [KEY, PATIENT, ("WORKERS_CACHE", "true")];
    let rig = Rig::with(&settings, &["--kv", "COPIES"]);
    let showing = path();
    rig.keep(&showing, "old");
    rig.pass(HOUR);
    purge(&rig, KEY.1, &json!({"tags": ["artist-x"]}));
    rig.pass(2);
    rig.answer("new");
    rig.hold("purged/");
    for _ in 0..2 {
        let started = std::time::Instant::now();
        let unsure = rig.get(&showing);
        assert!(started.elapsed() < std::time::Duration::from_secs(5));
        assert_eq!(
            (text(&unsure).as_str(), unsure.header(CONTROL)),
            ("old", "public, max-age=30, must-revalidate"),
            "it may have been purged"
        );
    }
    rig.logged("the marks of purges can't be read");
    rig.release();
    assert_eq!(
        text(&rig.get(&showing)),
        "new",
        "who comes next looks again"
    );
}

#[test]
fn what_is_purged_while_the_origin_is_asked_isnt_fresh() {
    for (workers_cache, control) in [
        ("false", ""),
        ("true", "public, max-age=0, must-revalidate"),
    ] {
        let settings = [KEY, PATIENT, ("WORKERS_CACHE", workers_cache)];
        let rig = Rig::with(&settings, &[]);
        let path = path();
        // It was read before what was purged had changed.
        let is_released = rig.hold_answer("old");
        let old = std::thread::scope(|scope| {
            let asked = scope.spawn(|| rig.get(&path));
            rig.wait_until_asked();
            let order = json!({"tags": [tag(&path)]});
            assert_eq!(purge(&rig, KEY.1, &order).status, 200);
            is_released.store(true, Ordering::SeqCst);
            asked.join().unwrap()
        });
        assert_eq!(
            (text(&old).as_str(), old.header("cache-control")),
            ("old", &*for_no_time(&old))
        );
        assert_eq!(old.header(CONTROL), control);
        settle();
        rig.answer("new");
        assert_eq!(text(&rig.get(&path)), "new");
    }
}

#[test]
fn who_comes_after_a_purge_has_the_origin_asked_anew() {
    for (workers_cache, control) in [
        ("false", ""),
        ("true", "public, max-age=3600, must-revalidate"),
    ] {
        let settings = [KEY, PATIENT, ("WORKERS_CACHE", workers_cache)];
        let rig = Rig::with(&settings, &[]);
        let path = path();
        let is_released = rig.hold_answer("old");
        std::thread::scope(|scope| {
            let before = scope.spawn(|| rig.get(&path));
            rig.wait_until_asked();
            let order = json!({"tags": [tag(&path)]});
            assert_eq!(purge(&rig, KEY.1, &order).status, 200);
            rig.answer("new");
            let after = rig.get(&path);
            assert_eq!(
                (text(&after).as_str(), after.header(CONTROL)),
                ("new", control)
            );
            rig.get_until(&path, Answer::is_hit_at_the_edge);
            is_released.store(true, Ordering::SeqCst);
            assert_eq!(text(&before.join().unwrap()), "old");
        });
        settle();
        rig.origin.refuse();
        let kept = rig.get(&path);
        assert_eq!(text(&kept), "new", "what comes late is put over nothing");
        assert!(kept.is_hit_at_the_edge());
    }
}

#[test]
fn what_is_purged_while_it_is_stored_durably_isnt_fresh() {
    let rig = Rig::with(&[KEY, PATIENT], &["--kv", "COPIES"]);
    let path = path();
    rig.keep(&path, "old");
    rig.pass(DAY + 100);
    rig.hold("copy/");
    rig.answer("new");
    rig.get_until(&path, |answer| text(answer) == "new");
    let order = json!({"tags": [tag(&path)]});
    assert_eq!(purge(&rig, KEY.1, &order).status, 200);
    rig.release();
    rig.logged("the durable store failed to store");
    settle();
    rig.answer("newest");
    assert_eq!(text(&rig.get(&path)), "newest");
}

#[test]
fn a_mark_reaches_searches_whose_paths_are_longer_than_a_key() {
    let rig = Rig::with(&[KEY], &["--kv", "COPIES"]);
    let search = |letter: &str| format!("/search?type=artist&query={}", letter.repeat(150));
    let (ordered, showing) = (search("%C3%A9"), search("%C3%A8"));
    rig.keep(&ordered, "old");
    rig.keep(&showing, "old");
    rig.pass(HOUR);
    let order = json!({"tags": ["artist-x"], "urls": [ordered]});
    assert_eq!(
        purge(&rig, KEY.1, &order).status_and_json(),
        (
            200,
            json!({"tags": 1, "urls": 1, "copies": 1, "marks": 2, "front": "absent"})
        )
    );
    rig.pass(2);
    rig.answer("new");
    rig.get_until(&showing, |answer| text(answer) == "new");
}

#[test]
fn a_tag_reaches_the_answer_that_it_is_named_after_however_it_is_spelled() {
    let rig = Rig::with(&[KEY], &["--kv", "COPIES"]);
    let series = path().replace("artist", "series");
    rig.keep(&series, "old");
    let order = json!({"tags": [tag(&series).to_uppercase(), "overflow"]});
    assert_eq!(
        purge(&rig, KEY.1, &order).status_and_json(),
        (
            200,
            json!({"tags": 2, "urls": 0, "copies": 1, "marks": 2, "front": "absent"})
        )
    );
    rig.pass(2);
    rig.answer("new");
    assert_eq!(text(&rig.get(&series)), "new");
}

#[test]
fn only_who_knows_the_key_may_purge() {
    let rig = Rig::with(&[KEY], &[]);
    let order = json!({"tags": ["x"]});
    for key in ["", "a-key-of-some-lengtH", "a-key-of-some-length-and-more"] {
        let refused = purge(&rig, key, &order);
        assert_eq!(
            refused.status_and_json(),
            (
                401,
                json!({"error": "authorization: must be Bearer and the purge key"})
            )
        );
        assert_eq!(refused.header("www-authenticate"), "Bearer");
    }
    let unsigned = rig.ask("/purge").method("POST").body("{}").send();
    assert_eq!(unsigned.status, 401);
    assert_eq!(rig.get("/purge").status, 405);

    let without = Rig::start();
    assert_eq!(purge(&without, "", &order).status, 501);
}

#[test]
fn an_order_that_cant_be_read_names_its_field() {
    let rig = Rig::with(&[KEY], &[]);
    for (order, status) in [
        (json!({"tags": ["a b"]}), 400),
        (json!({"urls": ["/nothing"]}), 400),
        (json!({"everything": true}), 400),
        (json!({"tags": vec!["x"; 100]}), 413),
        (json!({"urls": vec![path(); 50]}), 413),
        (json!({"tags": ["x".repeat(70_000)]}), 413),
    ] {
        let refused = purge(&rig, KEY.1, &order);
        assert_eq!(refused.status, status, "{}", refused.text());
        assert!(refused.json()["error"].is_string());
    }
    rig.origin.behave(Behaviour::Hang);
}
