//! 404s, for which Lidarr deletes what it has: none is given that the edge knows may be out of date.

use std::sync::atomic::Ordering;

use linernotes_tests::{Answer, Behaviour};
use serde_json::json;

use crate::purge::{KEY, purge, tag};
use crate::rig::{DAY, HOUR, PATIENT, Rig, for_no_time, path, settle, text, unknown};

#[test]
fn an_unknown_that_a_mark_says_is_purged_isnt_served_to_anybody() {
    let settings = [KEY, ("WORKERS_CACHE", "true"), ("CLIENT_LIMIT", "1")];
    let rig = Rig::with(&settings, &["--kv", "COPIES"]);
    let (counted, gone) = (path(), path());
    rig.origin
        .behave(Behaviour::Answer(unknown(rig.now(), rig.now() + DAY)));
    let ask = |path: &str, address: &str| rig.ask(path).header("cf-connecting-ip", address).send();
    for (path, address) in [(&counted, "192.0.2.7"), (&gone, "192.0.2.8")] {
        assert_eq!(ask(path, address).status, 404);
        rig.get_until(path, Answer::is_hit_at_the_edge);
    }
    rig.pass(HOUR);
    let order = json!({"tags": ["artist-x"]});
    assert_eq!(purge(&rig, KEY.1, &order).status, 200);
    rig.pass(61);
    rig.origin.refuse();
    let refused = "192.0.2.1";
    assert_eq!(ask(&path(), refused).status, 503, "all that it may ask for");
    assert_eq!(ask(&counted, refused).status, 429);
    assert_eq!(ask(&gone, "192.0.2.2").status, 503);
}

#[test]
fn an_unknown_that_is_purged_while_the_origin_is_asked_isnt_believed() {
    let rig = Rig::with(&[KEY, PATIENT], &[]);
    let (new, old) = (path(), path());
    rig.keep(&old, "old");
    // So old that a client waits.
    rig.pass(3 * DAY);
    rig.origin.take_seen();
    for (path, status, given) in [(&new, 503, "503"), (&old, 200, "old")] {
        let is_released = rig.hold_reply(unknown(rig.now(), rig.now() + 300));
        let answer = std::thread::scope(|scope| {
            let asked = scope.spawn(|| rig.get(path));
            rig.wait_until_asked();
            assert_eq!(
                purge(&rig, KEY.1, &json!({"tags": [tag(path)]})).status,
                200
            );
            is_released.store(true, Ordering::SeqCst);
            asked.join().unwrap()
        });
        assert_eq!((answer.status, text(&answer).as_str()), (status, given));
        let cache_status = answer.header("cache-status");
        assert!(
            cache_status.ends_with("detail=origin-outdated"),
            "{cache_status}"
        );
        match status {
            503 => assert_eq!(answer.header("retry-after"), "10"),
            _ => assert_eq!(answer.header("cache-control"), for_no_time(&answer)),
        }
        settle();
        rig.origin.refuse();
        assert_eq!(text(&rig.get(path)), given, "it is put over nothing");
        rig.pass(10);
        rig.answer("mended");
        assert_eq!(text(&rig.get(path)), "mended");
        rig.origin.take_seen();
    }
}

#[test]
fn an_unknown_that_comes_late_gives_way_to_a_newer_answer() {
    let rig = Rig::with(&[PATIENT], &[]);
    let path = path();
    let is_released = rig.hold_reply(unknown(rig.now(), rig.now() + DAY));
    let late = rig.late(&path, &is_released);
    assert_eq!(
        (text(&late).as_str(), late.header("cache-control")),
        ("newer", &*for_no_time(&late))
    );
    settle();
    rig.origin.refuse();
    let kept = rig.get(&path);
    assert_eq!(text(&kept), "newer");
    assert!(kept.is_hit_at_the_edge());
}
