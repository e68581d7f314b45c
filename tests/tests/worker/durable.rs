//! Copies that outlive the data centre's cache.

use linernotes_tests::{Answer, Behaviour};

use crate::rig::{DAY, Rig, kept, path, text};

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
