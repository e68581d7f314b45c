//! The routes that ask for renewal, and those that tell of it.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use linernotes_origin::cache::{Entry, Kind, now};
use linernotes_origin::config::{RefreshBy, Secret};
use linernotes_shared::Mbid;
use linernotes_shared::cache::{CacheKey, Collection, Freshness};
use linernotes_shared::request::Entity::{Album, Artist};
use linernotes_tests::{Answer, Crawled, ask, next_second};
use serde_json::json;

use crate::sample::*;
use crate::{hold_albums, pretend};

const RENAME: &str = "UPDATE artist SET name = 'The Las', last_updated = $t WHERE id = 1001";

pub fn with_key(refresh: RefreshBy) -> Crawled {
    Crawled::with(|config| {
        config.operator_key = Some(serde_json::from_value::<Secret>(json!("k3y")).unwrap());
        config.refresh = refresh;
    })
}

pub fn asked(subject: &Crawled, method: &'static str, path: &str, key: Option<&str>) -> Answer {
    let asking = ask(format!("{}{path}", subject.url)).method(method);
    match key {
        Some(key) => asking.header("authorization", key).send(),
        None => asking.send(),
    }
}

#[test]
fn invalidation_is_the_operators_alone_and_tells_its_report() {
    let subject = with_key(RefreshBy::Key);
    subject.artist(THE_LAS);
    subject.packet(RENAME);
    for key in [None, Some("wrong"), Some("Bearer wrong"), Some("")] {
        let answer = asked(&subject, "GET", "/invalidate", key);
        assert_eq!(answer.status, 401, "{key:?}");
        assert_eq!(
            answer.json(),
            json!({ "error": "authorization: must be the operator's key" })
        );
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }
    assert_eq!(subject.artist(THE_LAS)["artistname"], "The La’s");

    let answer = asked(&subject, "GET", "/api/v0.4/invalidate", Some("Bearer k3y"));
    let mut report = answer.json();
    for time in ["began", "ended"] {
        assert!(
            report[time].as_u64().is_some_and(|time| time <= now()),
            "{report}"
        );
        report[time] = json!(0);
    }
    assert_eq!(
        (answer.status, report),
        (
            200,
            json!({
                "task": "invalidate", "began": 0, "ended": 0, "looked_at": 2, "refreshed": 1, "unchanged": 0,
                "missing": 0, "failed": 0, "remaining": null, "complete": true, "error": null
            })
        )
    );
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(subject.artist(THE_LAS)["artistname"], "The Las");
}

#[test]
fn without_a_key_in_the_settings_nobody_invalidates() {
    let subject = Crawled::with(|_| {});
    for key in [None, Some("k3y"), Some("")] {
        assert_eq!(
            asked(&subject, "GET", "/invalidate", key).status,
            401,
            "{key:?}"
        );
    }
}

#[test]
fn since_must_be_a_moment_that_has_been() {
    let subject = with_key(RefreshBy::Key);
    for since in ["-1", "yesterday", "1.5", "99999999999999999999"] {
        let answer = asked(
            &subject,
            "GET",
            &format!("/invalidate?since={since}"),
            Some("k3y"),
        );
        let rule = "since: must be a whole number of seconds since 1970";
        assert_eq!(
            answer.status_and_json(),
            (400, json!({ "error": rule })),
            "{since}"
        );
    }
    for since in [now() + 1_000, u64::try_from(i64::MAX).unwrap()] {
        let answer = asked(
            &subject,
            "GET",
            &format!("/invalidate?since={since}"),
            Some("k3y"),
        );
        let rule = "since: must not lie in the future";
        assert_eq!(
            answer.status_and_json(),
            (400, json!({ "error": rule })),
            "{since}"
        );
    }
    let answer = asked(
        &subject,
        "GET",
        &format!("/invalidate?since={}", now()),
        Some("k3y"),
    );
    assert_eq!(answer.status, 200);
}

#[test]
fn while_one_invalidates_another_is_told_so() {
    let subject = with_key(RefreshBy::Key);
    subject.artist(THE_LAS);
    subject.packet(RENAME);
    let mut statuses: Vec<u16> = std::thread::scope(|scope| {
        let asking = || asked(&subject, "GET", "/invalidate", Some("k3y")).status;
        let all = [(); 3].map(|()| scope.spawn(asking));
        all.map(|one| one.join().unwrap()).to_vec()
    });
    statuses.sort_unstable();
    assert!(
        statuses.contains(&200) && statuses.contains(&409),
        "{statuses:?}"
    );
}

fn wait_until_one_runs(subject: &Crawled, runs: bool) {
    let store = subject.service.cache.store();
    for _ in 0..600 {
        let note = subject.wait(store.note("task/invalidate")).unwrap();
        let state: serde_json::Value = serde_json::from_slice(&note.unwrap().value).unwrap();
        if state["holder"].is_string() == runs {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("no run has {}", if runs { "begun" } else { "ended" });
}

#[test]
fn invalidation_goes_on_when_whoever_asked_hangs_up() {
    let subject = with_key(RefreshBy::Key);
    subject.artist(AC_DC);
    subject.album(HIGH_VOLTAGE);
    subject
        .packet("UPDATE release_group SET name = 'Low Voltage', last_updated = $t WHERE id = 7006");
    let mut held = hold_albums(&subject);
    let mut asking = TcpStream::connect(subject.url.trim_start_matches("http://")).unwrap();
    write!(
        asking,
        "GET /invalidate HTTP/1.1\r\nhost: test\r\nauthorization: k3y\r\n\r\n"
    )
    .unwrap();
    wait_until_one_runs(&subject, true);
    drop(asking);
    // Time for the server to notice.
    std::thread::sleep(Duration::from_secs(1));
    held.batch_execute("ROLLBACK").unwrap();
    wait_until_one_runs(&subject, false);
    assert_eq!(subject.album(HIGH_VOLTAGE)["title"], "Low Voltage");
}

/// A profile that says nothing, kept as of `updated`: only that it is listed counts.
fn keep(subject: &Crawled, collection: Collection, mbid: &str, updated: u64) {
    let mbid: Mbid = mbid.parse().unwrap();
    let key = CacheKey::new(collection, mbid);
    let freshness = Freshness::starting(now(), 1_000, 1_000);
    let entry = Entry::new(Kind::Found, b"{}", Vec::new(), freshness, updated);
    subject
        .wait(
            subject
                .service
                .cache
                .store()
                .put(&key, std::sync::Arc::new(entry)),
        )
        .unwrap();
}

#[test]
fn changes_are_told_newest_first_in_one_order() {
    let subject = Crawled::with(|_| {});
    pretend(&subject, |progress| {
        progress["recorded_since"] = json!(now() - 1_000)
    });
    let since = now() - 100;
    for (number, age) in [(1, 0), (2, 5), (3, 5), (4, 5), (5, 9)] {
        keep(
            &subject,
            Collection::Album,
            &made_up(number),
            since + 10 - age,
        );
    }
    let expected = [1, 4, 3, 2, 5].map(made_up);
    assert_eq!(subject.recent(Album, since).unwrap(), expected);
    assert_eq!(subject.recent(Album, since + 6).unwrap(), expected[..1]);

    let answer = subject.get(&format!("/api/v0.4/recent/album?since={}", since + 6));
    assert_eq!(
        answer.json(),
        json!({
            "count": 1,
            "since": jiff::Timestamp::from_second(i64::try_from(since + 6).unwrap()).unwrap().to_string(),
            "limited": false,
            "items": [made_up(1)],
        })
    );
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[test]
fn an_artist_is_listed_once_whether_its_answer_or_its_profile_changed() {
    let subject = Crawled::with(|_| {});
    let since = next_second();
    keep(&subject, Collection::Artist, &made_up(1), since + 1);
    keep(&subject, Collection::Profile, &made_up(1), since + 9);
    keep(&subject, Collection::Profile, &made_up(2), since + 5);
    assert_eq!(
        subject.recent(Artist, since).unwrap(),
        [made_up(1), made_up(2)]
    );
}

#[test]
fn what_the_record_does_not_reach_is_limited() {
    let subject = Crawled::with(|_| {});
    let began = now();
    for since in [
        "-62135596800".to_owned(),
        "-1".to_owned(),
        i64::MIN.to_string(),
        i64::MAX.to_string(),
        (began + 1_000).to_string(),
        // Two days ago.
        "0".to_owned(),
        String::new(),
        (began - 1_000).to_string(),
        "1".to_owned(),
    ] {
        let recent = subject.get(&format!("/recent/artist?since={since}"));
        let recent = recent.status_and_json();
        assert_eq!(
            (
                recent.0,
                &recent.1["limited"],
                &recent.1["items"],
                &recent.1["count"]
            ),
            (200, &json!(true), &json!([]), &json!(0)),
            "{since}"
        );
    }
    for (since, told) in [
        (i64::MIN, "0001-01-01T00:00:00Z"),
        (-62_135_596_801, "0001-01-01T00:00:00Z"),
        (-62_135_596_800, "0001-01-01T00:00:00Z"),
        (-1, "1969-12-31T23:59:59Z"),
        (i64::MAX, "9999-12-30T22:00:00Z"),
    ] {
        let recent = subject.get(&format!("/recent/artist?since={since}"));
        assert_eq!(
            recent.json()["since"],
            told,
            "Lidarr's dates begin in the year 1"
        );
    }
    assert_eq!(subject.get("/recent/artist?since=word").status, 400);
    assert_eq!(subject.recent(Artist, next_second()), Some(Vec::new()));
}

#[test]
fn what_is_listed_again_before_since_is_a_setting() {
    let subject = Crawled::with(|config| config.crawler.recent_overlap_seconds = 100);
    let since = next_second();
    keep(&subject, Collection::Album, &made_up(1), since - 50);
    keep(&subject, Collection::Album, &made_up(2), since - 150);
    assert_eq!(subject.recent(Album, since).unwrap(), [made_up(1)]);
}

#[test]
fn an_old_record_reaches_two_days_back_and_an_abandoned_one_none() {
    const DAY: u64 = 86_400;
    let subject = Crawled::with(|_| {});
    pretend(&subject, |progress| {
        progress["recorded_since"] = json!(now() - 3 * DAY)
    });
    keep(&subject, Collection::Album, &made_up(1), now() - DAY);
    for since in ["", "?since=", "?since=0"] {
        let recent = subject.get(&format!("/recent/album{since}")).json();
        assert_eq!(recent["items"], json!([made_up(1)]), "{since}");
    }
    pretend(&subject, |progress| {
        progress["current"] = json!(now() - DAY - 100)
    });
    assert_eq!(
        subject.recent(Album, now() - 10),
        None,
        "nobody looks for changes any more"
    );
}

#[test]
fn without_a_look_for_changes_there_is_no_record() {
    let subject = Crawled::with(|_| {});
    pretend(&subject, |progress| progress["current"] = json!(0));
    assert_eq!(subject.recent(Album, now()), None);
}

#[test]
fn of_more_than_ten_thousand_the_newest_are_listed_as_some() {
    let subject = Crawled::with(|_| {});
    let since = next_second();
    let entries: Vec<_> = (0..10_000)
        .map(|number| {
            let mbid: Mbid = made_up(number).parse().unwrap();
            let freshness = Freshness::starting(now(), 1_000, 1_000);
            let entry = Entry::new(Kind::Found, b"{}", Vec::new(), freshness, since);
            let key = CacheKey::new(Collection::Album, mbid);
            (key, std::sync::Arc::new(entry))
        })
        .collect();
    for some in entries.chunks(1_000) {
        let store = subject.service.cache.store();
        subject.wait(store.put_all(some)).unwrap();
    }
    assert_eq!(subject.recent(Album, since).unwrap().len(), 10_000);
    keep(&subject, Collection::Album, &made_up(10_000), since + 1);
    let recent = subject.get(&format!("/recent/album?since={since}")).json();
    assert_eq!(
        (&recent["limited"], &recent["count"]),
        (&json!(true), &json!(10_000))
    );
    let listed: Vec<String> = serde_json::from_value(recent["items"].clone()).unwrap();
    let newest = [10_000].into_iter().chain((1..10_000).rev()).map(made_up);
    assert!(listed.into_iter().eq(newest), "the oldest is left out");
}
