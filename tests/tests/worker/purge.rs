//! `POST /purge`.

use linernotes_tests::{Answer, Behaviour};
use serde_json::json;

use crate::rig::{DAY, HOUR, Rig, path, text};

const KEY: (&str, &str) = ("PURGE_KEY", "a-key-of-some-length");

fn purge(rig: &Rig, key: &str, order: &serde_json::Value) -> Answer {
    rig.ask("/purge")
        .post(order.to_string())
        .header("authorization", format!("Bearer {key}"))
        .send()
}

/// The tag named after a path.
fn tag(path: &str) -> String {
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
    let control = |answer: &Answer| answer.header("cloudflare-cdn-cache-control").to_owned();
    rig.pass(HOUR);
    let hit = rig.get(&showing);
    let age: u64 = hit.header("age").parse().unwrap();
    assert_eq!(
        control(&hit),
        format!(
            "public, max-age={}, stale-while-revalidate={DAY}",
            age + HOUR
        )
    );
    rig.pass(100);
    purge(&rig, KEY.1, &json!({"tags": ["artist-x"]}));
    rig.answer("new");
    let asked_again = rig.ask(&showing).header("if-none-match", "\"old\"").send();
    assert_eq!(
        text(&asked_again),
        "new",
        "not 304: that would be believed for an hour"
    );
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
        (json!({"tags": vec!["x"; 101]}), 413),
        (json!({"tags": ["x".repeat(70_000)]}), 413),
    ] {
        let refused = purge(&rig, KEY.1, &order);
        assert_eq!(refused.status, status, "{}", refused.text());
        assert!(refused.json()["error"].is_string());
    }
    rig.origin.behave(Behaviour::Hang);
}
