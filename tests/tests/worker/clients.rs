//! How much one client may ask.

use linernotes_tests::wait_for_a_minute_with;

use crate::rig::{DAY, Rig, for_no_time, path, text};

fn is_refused(rig: &Rig, address: &str) -> bool {
    let answer = rig.ask(&path()).header("cf-connecting-ip", address).send();
    if answer.status == 429 {
        let retry_after: u64 = answer.header("retry-after").parse().unwrap();
        assert!((1..=60).contains(&retry_after));
        assert_eq!(
            answer.json()["error"],
            "too many requests from this address"
        );
    } else {
        assert_eq!(answer.status, 200);
    }
    answer.status == 429
}

fn is_limited(rig: &Rig) {
    rig.answer("new");
    for _ in 0..3 {
        assert!(!is_refused(rig, "192.0.2.1"));
    }
    assert!(is_refused(rig, "192.0.2.1"));
    assert!(!is_refused(rig, "192.0.2.2"), "others aren't concerned");
    for host in 1..=3 {
        assert!(!is_refused(rig, &format!("2001:db8:1:2::{host}")));
    }
    assert!(
        is_refused(rig, "2001:db8:1:2:3:4:5:6"),
        "one customer's network"
    );
}

#[test]
fn each_isolate_counts_where_cloudflare_doesnt() {
    let rig = Rig::with(&[("CLIENT_LIMIT", "3")], &[]);
    is_limited(&rig);
    rig.pass(61);
    assert!(!is_refused(&rig, "192.0.2.1"), "the next minute");
}

#[test]
fn cloudflares_own_count_is_used_where_it_is_bound() {
    wait_for_a_minute_with(20);
    is_limited(&Rig::with(&[], &["--rate-limit", "CLIENTS=3"]));
}

#[test]
fn whoever_tries_keys_is_told_when_to_come_again() {
    let rig = Rig::with(
        &[("CLIENT_LIMIT", "1"), ("PURGE_KEY", "a-key-of-some-length")],
        &[],
    );
    let purge = || {
        rig.ask("/purge")
            .post("{}")
            .header("authorization", "Bearer another-key")
            .header("cf-connecting-ip", "192.0.2.1")
            .send()
    };
    assert_eq!(purge().status, 401);
    let refused = purge();
    assert_eq!(
        refused.status_and_json(),
        (
            429,
            serde_json::json!({"error": "too many requests from this address"})
        )
    );
    let retry_after: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&retry_after));
}

#[test]
fn copies_are_for_everybody() {
    let rig = Rig::with(&[("CLIENT_LIMIT", "1")], &[]);
    let (fresh, old) = (path(), path());
    rig.answer("old");
    let ask = |path: &str| rig.ask(path).header("cf-connecting-ip", "192.0.2.1").send();
    let from_elsewhere = |path: &str, address: &str| {
        let answer = rig.ask(path).header("cf-connecting-ip", address).send();
        assert_eq!(answer.status, 200);
    };
    from_elsewhere(&old, "192.0.2.7");
    rig.pass(3 * DAY);
    rig.answer("new");
    from_elsewhere(&fresh, "192.0.2.8");
    assert!(!is_refused(&rig, "192.0.2.1"));
    assert!(is_refused(&rig, "192.0.2.1"));
    assert_eq!(text(&ask(&fresh)), "new", "a hit isn't counted");
    let stale = ask(&old);
    assert_eq!(text(&stale), "old", "better than a refusal");
    assert!(
        stale
            .header("cache-status")
            .ends_with("detail=client-limit")
    );
    assert_eq!(
        stale.header("cache-control"),
        for_no_time(&stale),
        "others may have the origin asked"
    );
}
