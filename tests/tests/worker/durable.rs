//! Copies that outlive the data centre's cache.

use std::sync::atomic::Ordering;

use linernotes_tests::{Answer, Behaviour, Reply};

use crate::rig::{DAY, LOST, PATIENT, Rig, for_no_time, kept, path, settle, text};

/// Has an edge with these options store a path's answer durably; the edge's time then.
fn store(options: &[&str], path: &str) -> u64 {
    let rig = Rig::with(&[], options);
    rig.keep(path, "old");
    rig.pass(DAY + 100);
    rig.answer("stored");
    rig.get_until(path, |answer| text(answer) == "stored");
    // It is stored durably after the data centre has it.
    std::thread::sleep(std::time::Duration::from_millis(1_500));
    rig.now()
}

/// Another isolate may have an answer where this one had none when it asked the origin.
#[test]
fn in_trouble_what_the_data_centre_has_by_then_goes_before_a_durable_copy() {
    let folder = tempfile::TempDir::new().unwrap();
    let persistent = folder.path().display().to_string();
    let options = ["--kv", "COPIES", "--persist", &persistent];
    let path = path();
    let then = store(&options, &path);

    let rig = Rig::with(&[PATIENT], &options);
    rig.pass(then.saturating_sub(rig.now()) + 100);
    let is_released = rig.hold_reply(Reply::new(500, &[], ""));
    let in_trouble = std::thread::scope(|scope| {
        let asked = scope.spawn(|| rig.get(&path));
        rig.wait_until_asked();
        rig.pass(LOST);
        rig.answer("new");
        rig.get_until(&path, Answer::is_hit_at_the_edge);
        is_released.store(true, Ordering::SeqCst);
        asked.join().unwrap()
    });
    assert_eq!(text(&in_trouble), "new");
    let cache_status = in_trouble.header("cache-status");
    assert!(
        cache_status.ends_with("detail=origin-error"),
        "{cache_status}"
    );
    settle();
    rig.origin.refuse();
    let kept = rig.get(&path);
    assert_eq!(text(&kept), "new");
    assert!(kept.is_hit_at_the_edge());
}

#[test]
fn a_durable_copy_goes_before_a_refusal() {
    let folder = tempfile::TempDir::new().unwrap();
    let persistent = folder.path().display().to_string();
    let options = ["--kv", "COPIES", "--persist", &persistent];
    let popular = path();
    let then = store(&options, &popular);

    let rig = Rig::with(&[("CLIENT_LIMIT", "1")], &options);
    rig.pass(then.saturating_sub(rig.now()) + 100);
    rig.answer("new");
    let ask = |path: &str| rig.ask(path).header("cf-connecting-ip", "192.0.2.1").send();
    assert_eq!(ask(&path()).status, 200, "all that it may ask for");
    rig.origin.take_seen();
    let instead = ask(&popular);
    assert_eq!(text(&instead), "stored");
    assert_eq!(instead.header("cache-control"), for_no_time(&instead));
    let cache_status = instead.header("cache-status");
    assert!(
        cache_status.ends_with("detail=client-limit"),
        "{cache_status}"
    );
    assert_eq!(ask(&path()).status, 429, "of which there is none");
    assert_eq!(rig.origin.take_seen().len(), 0);
    assert_eq!(
        text(&rig.get(&popular)),
        "new",
        "for others nothing is kept"
    );
}

#[test]
fn a_search_whose_path_is_longer_than_a_key_is_stored_too() {
    let folder = tempfile::TempDir::new().unwrap();
    let persistent = folder.path().display().to_string();
    let options = ["--kv", "COPIES", "--persist", &persistent];
    let search = format!("/search?type=artist&query={}", "%C3%A9".repeat(150));
    let then = store(&options, &search);

    let rig = Rig::with(&[], &options);
    rig.pass(then.saturating_sub(rig.now()) + 100);
    rig.origin.refuse();
    assert_eq!(text(&rig.get(&search)), "stored");
}

/// Asks for what isn't in the data centre's cache: a worker with another cache host has keys of its own there, and the
/// same durable store.
#[test]
fn what_was_asked_for_again_is_there_when_cache_and_origin_are_gone() {
    let folder = tempfile::TempDir::new().unwrap();
    let store = folder.path().display().to_string();
    let options = ["--kv", "COPIES", "--persist", &store];
    let (popular, once) = (path(), path());
    let now;
    {
        let rig = Rig::with(&[], &options);
        rig.keep(&popular, "old");
        rig.keep(&once, "old");
        rig.pass(DAY + 100);
        now = rig.now();
        rig.answer("new");
        assert_eq!(text(&rig.get(&popular)), "old");
        rig.get_until(&popular, |answer| text(answer) == "new");
        // It is stored durably after the data centre has it.
        std::thread::sleep(std::time::Duration::from_millis(500));
    }
    let rig = Rig::with(&[], &options);
    rig.pass(now.saturating_sub(rig.now()) + 2 * DAY);
    rig.origin.refuse();
    let answer = rig.get(&popular);
    assert_eq!(text(&answer), "new");
    assert!(
        answer
            .header("cache-status")
            .contains("detail=origin-unreachable"),
        "{:?}",
        answer.headers
    );
    rig.get_until(&popular, Answer::is_hit_at_the_edge);
    assert_eq!(
        rig.get(&once).status,
        503,
        "what nobody asked for twice isn't stored"
    );

    rig.pass(10);
    let newest = kept(rig.now(), "newest");
    rig.origin.behave(Behaviour::Answer(newest));
    rig.get_until(&popular, |answer| text(answer) == "newest");
}
