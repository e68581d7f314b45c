//! Trouble behind a page: it says so, and waits for nothing that doesn't answer.

use linernotes_tests::{System, end};

use super::{NOBODY, THE_LAS, asking, html, page, system};

#[test]
fn without_the_replica_the_front_page_says_so_and_kept_pages_stay() {
    let mut system = system();
    let artist = format!("/browse/artist/{THE_LAS}");
    assert_eq!(page(&system, &artist).status, 200);
    system.postgres.stop();

    let front = page(&system, "/");
    assert_eq!(front.status, 200);
    let text = html(&front);
    for words in [
        "replica can’t be read: only kept answers are served",
        "Search index",
        "Last crawls",
    ] {
        assert!(text.contains(words), "{words} isn't in {text}");
    }
    let kept = page(&system, &artist);
    assert_eq!(kept.status, 200);
    assert!(html(&kept).contains("What isn’t listed can’t be told at the moment"));

    for path in [
        format!("/browse/album/{NOBODY}"),
        format!("/browse/missing?id={NOBODY}"),
        "/browse?query=never%20asked".to_owned(),
    ] {
        let answer = page(&system, &path);
        assert_eq!(
            (answer.status, answer.header("retry-after")),
            (503, "30"),
            "{path}"
        );
        assert!(html(&answer).contains("This says nothing about what there is in MusicBrainz"));
    }
}

#[test]
fn the_front_page_comes_while_the_replica_still_holds_back_its_answer() {
    let system = system();
    let mut client = system.postgres.connect().unwrap();
    // The lock outlives the page: whoever waited for this answer would have no page at all, for the edge gives up sooner
    // than the origin's question does.
    let mut lock = client.transaction().unwrap();
    lock.batch_execute("LOCK TABLE musicbrainz.replication_control IN ACCESS EXCLUSIVE MODE")
        .unwrap();
    let front = page(&system, "/");
    assert_eq!(front.status, 200);
    let text = html(&front);
    for words in [
        "replica can’t be read: only kept answers are served",
        "✕ doesn’t answer in time",
    ] {
        assert!(text.contains(words), "{words} isn't in {text}");
    }
    lock.rollback().unwrap();
    asking(&system, "/").until(|front| html(front).contains("<p class=\"lead\">The data is "));
}

#[test]
fn without_the_origin_a_browser_gets_a_small_page_that_says_so() {
    let system = System::start();
    assert!(end(system.origin.pid()));
    asking(&system, "/").until(|answer| answer.status != 200);
    for path in ["/", "/browse", "/browse/missing"] {
        let answer = page(&system, path);
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (503, "text/html; charset=utf-8"),
            "{path}"
        );
        assert_eq!(
            answer.header("content-security-policy"),
            "default-src 'none'"
        );
        assert!(!answer.header("retry-after").is_empty());
        let text = answer.text();
        assert!(
            text.contains("<p>the service is unavailable at the moment: "),
            "{text}"
        );
        assert!(
            text.starts_with("<!doctype html><html lang=en>") && text.len() < 500,
            "{text}"
        );
    }
    let json = system.get("/");
    assert_eq!((json.status, json.json()["error"].is_string()), (503, true));
}

#[test]
fn without_a_search_index_the_front_page_doesnt_say_that_all_is_well() {
    let system = system();
    super::run(&system, "DROP SCHEMA linernotes_search CASCADE");
    let text = html(&page(&system, "/"));
    assert!(
        text.contains("✕ The search index can’t be read, or there is none"),
        "{text}"
    );
    assert!(!text.contains("<p class=\"lead\">"), "{text}");
}
