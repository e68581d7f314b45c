//! Trouble behind a page: it says so, and says it soon.

use std::time::{Duration, Instant};

use linernotes_tests::{System, end};

use super::{NOBODY, THE_LAS, asking, html, page, system};

#[test]
fn without_the_replica_the_front_page_says_so_soon_and_kept_pages_stay() {
    let mut system = system();
    let artist = format!("/browse/artist/{THE_LAS}");
    assert_eq!(page(&system, &artist).status, 200);
    system.postgres.stop();

    let asked = Instant::now();
    let front = page(&system, "/");
    let took = asked.elapsed();
    assert_eq!(front.status, 200);
    assert!(took < Duration::from_secs(5), "{took:?}");
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
