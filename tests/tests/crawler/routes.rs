//! The routes that ask for renewal, and those that tell of it.

use linernotes_origin::cache::{Entry, Kind, now};
use linernotes_origin::config::{RefreshBy, Secret};
use linernotes_shared::Mbid;
use linernotes_shared::cache::{CacheKey, Collection, Freshness};
use linernotes_shared::request::Entity::{Album, Artist};
use linernotes_tests::{Answer, Crawled, ask, next_second};
use serde_json::json;

use crate::sample::*;

const RENAME: &str = "UPDATE artist SET name = 'The Las', last_updated = $t WHERE id = 1001";

fn with_key(refresh: RefreshBy) -> Crawled {
    Crawled::with(|config| {
        config.operator_key = Some(serde_json::from_value::<Secret>(json!("k3y")).unwrap());
        config.refresh = refresh;
    })
}

fn asked(subject: &Crawled, method: &'static str, path: &str, key: Option<&str>) -> Answer {
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

#[test]
fn a_single_answer_is_refreshed_for_the_operator() {
    let subject = with_key(RefreshBy::Key);
    let path = format!("/artist/{THE_LAS}/refresh");
    assert_eq!(asked(&subject, "POST", &path, None).status, 401);
    let refresh = |path: &str| asked(&subject, "POST", path, Some("k3y")).status_and_json();
    assert_eq!(refresh(&path), (200, json!({ "refreshed": "new" })));
    assert_eq!(refresh(&path), (200, json!({ "refreshed": "unchanged" })));
    subject.execute("UPDATE musicbrainz.artist SET name = 'The Las' WHERE id = 1001");
    assert_eq!(refresh(&path), (200, json!({ "refreshed": "changed" })));
    assert_eq!(subject.artist(THE_LAS)["artistname"], "The Las");
    let nobody = format!("album {NOBODY} isn't in MusicBrainz");
    assert_eq!(
        refresh(&format!("/album/{NOBODY}/refresh")),
        (404, json!({ "error": nobody }))
    );
    subject.album(LOUDEN_UP_NOW);
    subject.execute("DELETE FROM musicbrainz.release_group WHERE id = 7008");
    assert_eq!(
        refresh(&format!("/album/{LOUDEN_UP_NOW}/refresh")),
        (200, json!({ "refreshed": "doubted" }))
    );
    assert_eq!(subject.answer(Album, LOUDEN_UP_NOW).0, 200);
}

#[test]
fn a_refreshed_album_is_listed_with_its_artist() {
    let subject = with_key(RefreshBy::Key);
    subject.artist(AC_DC);
    subject.album(HIGH_VOLTAGE);
    let since = next_second();
    subject.execute(
        "UPDATE musicbrainz.release_group_meta SET rating = 11, rating_count = 99 WHERE id = 7006",
    );
    asked(
        &subject,
        "POST",
        &format!("/album/{HIGH_VOLTAGE}/refresh"),
        Some("k3y"),
    );
    assert_eq!(
        subject.recent_set(Album, since),
        [HIGH_VOLTAGE.to_owned()].into()
    );
    assert_eq!(subject.recent_set(Artist, since), [AC_DC.to_owned()].into());
}

#[test]
fn anybody_may_refresh_if_the_operator_says_so_but_not_often() {
    let subject = with_key(RefreshBy::Anybody);
    let path = format!("/artist/{THE_LAS}/refresh");
    assert_eq!(asked(&subject, "POST", &path, None).status, 200);
    let again = asked(&subject, "POST", &path, None);
    assert_eq!(
        again.status_and_json(),
        (429, json!({ "error": "asked too often; try again later" }))
    );
    assert_eq!(again.header("retry-after"), "600");
    assert_eq!(
        asked(&subject, "POST", &path, Some("k3y")).status,
        200,
        "the operator may"
    );
    assert_eq!(
        asked(&subject, "POST", &format!("/artist/{AC_DC}/refresh"), None).status,
        200
    );
    // Of all answers together, no more than so many a minute; the minute may end meanwhile.
    let statuses: Vec<u16> = (0..70)
        .map(|number| {
            let path = format!("/artist/{}/refresh", made_up(number));
            asked(&subject, "POST", &path, None).status
        })
        .collect();
    assert!(
        statuses.contains(&429) && statuses.contains(&404),
        "{statuses:?}"
    );
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

/// Writes into the note of what invalidation has done.
fn pretend(subject: &Crawled, change: impl Fn(&mut serde_json::Value)) {
    let store = subject.service.cache.store();
    subject.wait(async {
        let note = store.note("task/invalidate").await.unwrap().unwrap();
        let mut state: serde_json::Value = serde_json::from_slice(&note.value).unwrap();
        change(&mut state["progress"]);
        let value = serde_json::to_vec(&state).unwrap();
        let written = store
            .write_note("task/invalidate", &value, Some(note.version))
            .await;
        assert!(written.unwrap());
    });
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
fn more_than_ten_thousand_are_too_many_to_list() {
    let subject = Crawled::with(|_| {});
    let since = next_second();
    subject.wait(async {
        let store = subject.service.cache.store();
        let putting = (0..10_000).map(|number| {
            let mbid: Mbid = made_up(number).parse().unwrap();
            let freshness = Freshness::starting(now(), 1_000, 1_000);
            let entry = Entry::new(Kind::Found, b"{}", Vec::new(), freshness, since);
            async move {
                let key = CacheKey::new(Collection::Album, mbid);
                store.put(&key, std::sync::Arc::new(entry)).await.unwrap();
            }
        });
        futures_util::future::join_all(putting).await;
    });
    assert_eq!(subject.recent(Album, since).unwrap().len(), 10_000);
    keep(&subject, Collection::Album, &made_up(10_000), since);
    assert_eq!(subject.recent(Album, since), None);
}
