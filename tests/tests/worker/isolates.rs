//! Other isolates of a data centre, which keep what they fetch in the same cache. The edge here has one; but what it has
//! given up for lost goes on as it would in another.

use std::sync::atomic::Ordering;

use serde_json::json;

use crate::purge::{KEY, purge, tag};
use crate::rig::{DAY, LOST, PATIENT, Rig, for_no_time, path, settle, text};

#[test]
fn an_answer_that_comes_late_leaves_a_newer_one_in_place() {
    let rig = Rig::with(&[PATIENT], &[]);
    let path = path();
    let is_released = rig.hold_answer("older");
    let late = rig.late(&path, &is_released);
    assert_eq!(
        (text(&late).as_str(), late.header("cache-control")),
        ("older", &*for_no_time(&late)),
        "there may have been a purge in between"
    );
    settle();
    rig.origin.refuse();
    let kept = rig.get(&path);
    assert_eq!(text(&kept), "newer");
    assert!(kept.is_hit_at_the_edge());
}

#[test]
fn an_answer_from_before_a_purge_isnt_fresh_when_it_comes() {
    let rig = Rig::with(&[KEY, PATIENT], &[]);
    let (purged, other) = (path(), path());
    rig.keep(&purged, "old");
    // So old that it was stale long before the purge, and a client waits.
    rig.pass(3 * DAY);
    rig.origin.take_seen();
    let is_released = rig.hold_answer("before");
    let late = std::thread::scope(|scope| {
        let late = scope.spawn(|| rig.get(&purged));
        rig.wait_until_asked();
        rig.pass(LOST);
        // The next flight is what has the lost one noticed.
        rig.answer("other");
        assert_eq!(text(&rig.get(&other)), "other");
        let report = purge(&rig, KEY.1, &json!({"tags": [tag(&purged)]}));
        assert_eq!(
            report.status_and_json(),
            (
                200,
                json!({"tags": 1, "urls": 0, "copies": 1, "marks": null, "front": "absent"})
            )
        );
        is_released.store(true, Ordering::SeqCst);
        late.join().unwrap()
    });
    assert_eq!(
        (text(&late).as_str(), late.header("cache-control")),
        ("before", &*for_no_time(&late))
    );
    settle();
    rig.answer("new");
    assert_eq!(text(&rig.get(&purged)), "new");
}
