//! Sweeps that go through much, or again through what an earlier one has passed.

use std::sync::Arc;
use std::time::Duration;

use linernotes_origin::cache::{Note, now};
use linernotes_origin::config::Config;
use linernotes_origin::crawler::{self, Deadline, Outcome, Report, Task};
use linernotes_origin::lookup;
use linernotes_origin::service::Service;
use linernotes_shared::cache::CacheKey;
use linernotes_shared::request::Entity::{self, Album, Artist};
use linernotes_tests::{Crawled, Keeper, next_second};
use serde_json::json;
use tokio::runtime::Runtime;

use crate::refresh::wait_until_one_is_held_up;
use crate::sample::*;
use crate::{hold_albums, pretend};

const DAY: i64 = 24 * 60 * 60;
const INVALIDATE: Task = Task::Invalidate { since: None };

/// What is kept of these says what would be built anew.
fn assert_current(subject: &Crawled, kept: &[(Entity, &str)]) {
    for (entity, mbid) in kept {
        let (_, says) = subject.answer(*entity, mbid);
        assert_eq!(Some(says), subject.unkept(*entity, mbid), "{entity} {mbid}");
    }
}

#[test]
fn days_of_changes_are_gone_through_over_as_many_runs_as_it_takes() {
    const KEPT: [(Entity, &str); 5] = [
        (Artist, THE_LAS),
        (Artist, AC_DC),
        (Album, ALBUM),
        (Album, HIGH_VOLTAGE),
        (Album, BACK_IN_BLACK),
    ];
    // Each page is of one.
    let subject = Crawled::since(24 * 8, |config| {
        config.crawler.batch = 1;
        config.database.max_lag_hours = 0;
    });
    for (entity, mbid) in KEPT {
        assert_eq!(subject.answer(entity, mbid).0, 200);
    }
    let since = next_second();
    for edit in [
        "UPDATE artist SET name = 'The Las', last_updated = $t WHERE id = 1001",
        "",
        "UPDATE release_group SET name = 'Higher Voltage', last_updated = $t WHERE id = 7006",
        "UPDATE release_group SET name = 'Back in Blue', last_updated = $t WHERE id = 7005;
         UPDATE artist SET name = 'AC-DC', last_updated = $t WHERE id = 7004",
    ] {
        subject.packet_after(DAY + 3_600, edit);
    }
    let mut reports: Vec<Report> = Vec::new();
    while reports.last().is_none_or(|report| !report.complete) {
        // Each has a little more time than the one before.
        let time = Duration::from_millis(20) * u32::try_from(reports.len() + 1).unwrap();
        let deadline = Deadline::within(time);
        let run = crawler::run(&subject.service, &INVALIDATE, deadline);
        let Outcome::Ran(report) = subject.wait(run).unwrap() else {
            panic!("nobody else runs");
        };
        reports.push(report);
        assert!(reports.len() < 1_000);
    }
    assert!(reports.len() > 1, "more than one run");
    // What a page kept when its time was over is in no report, and is found current by the next run.
    let refreshed: u64 = reports.iter().map(|report| report.refreshed).sum();
    assert!(refreshed <= 4, "none twice: {reports:?}");
    assert_current(&subject, &KEPT);
    assert_eq!(
        subject.recent_set(Artist, since),
        [THE_LAS.to_owned(), AC_DC.to_owned()].into()
    );
    assert_eq!(
        subject.recent_set(Album, since),
        [HIGH_VOLTAGE.to_owned(), BACK_IN_BLACK.to_owned()].into()
    );
    assert_eq!(subject.invalidate().looked_at, 0);
}

const LATE: [(Entity, &str); 2] = [(Artist, AC_DC), (Album, HIGH_VOLTAGE)];

/// A service with its own settings, and another one on the same replica.
fn with_another(adjust: impl FnOnce(&mut Config)) -> (Crawled, Arc<Service>) {
    let subject = Crawled::with(adjust);
    let mut config = subject.config.clone();
    config.store.path = subject.config.store.path.join("of-the-other");
    let other = Crawled::service_on(&config, &subject.runtime);
    (subject, other)
}

/// A service whose last sweep has passed a change of these, and that keeps since then what another process had built before
/// it. That may be dated as by another clock: by so many seconds after the sweep's begin.
fn with_late_builds(dated_after: Option<u64>, adjust: impl FnOnce(&mut Config)) -> Crawled {
    let (subject, other) = with_another(adjust);
    for (entity, mbid) in LATE {
        let built = lookup::answer(&other, entity, mbid.parse().unwrap());
        subject.wait(built).unwrap();
    }
    subject.packet(
        "UPDATE release_group SET name = 'Higher Voltage', last_updated = $t WHERE id = 7006;
         UPDATE artist SET name = 'AC-DC', last_updated = $t WHERE id = 7004",
    );
    subject.invalidate();
    let keys: Vec<CacheKey> = [
        format!("profile/{AC_DC}"),
        format!("artist/{AC_DC}"),
        format!("album/{HIGH_VOLTAGE}"),
    ]
    .iter()
    .map(|key| key.parse().unwrap())
    .collect();
    let built = subject.wait(other.cache.store().get(&keys)).unwrap();
    assert_eq!(built.len(), keys.len());
    let began = now() - 500;
    if dated_after.is_some() {
        pretend(&subject, |progress| {
            progress["passed"]["marked_from"] = json!(began);
        });
    }
    for (key, mut entry) in built {
        if let Some(seconds) = dated_after {
            entry = entry.built_at((began + seconds) * 1_000);
        }
        let putting = subject.service.cache.store().put(&key, entry.into());
        subject.wait(putting).unwrap();
    }
    assert_eq!(subject.album(HIGH_VOLTAGE)["title"], "High Voltage");
    subject
}

fn assert_the_next_sweep_renews_late_builds(subject: &Crawled) {
    let since = next_second();
    subject.packet("");
    let done = subject.invalidate();
    assert_eq!(
        (done.refreshed, done.failed, done.complete),
        (2, 0, true),
        "{done:?}"
    );
    assert_current(subject, &LATE);
    assert_eq!(subject.recent_set(Artist, since), [AC_DC.to_owned()].into());
    assert_eq!(
        subject.recent_set(Album, since),
        [HIGH_VOLTAGE.to_owned()].into()
    );
    subject.packet("");
    assert_eq!(subject.invalidate().looked_at, 0, "it is settled");
}

#[test]
fn what_was_built_before_a_packet_and_kept_after_its_sweep_is_the_next_ones() {
    assert_the_next_sweep_renews_late_builds(&with_late_builds(None, |_| {}));
}

#[test]
fn what_was_built_before_a_packet_by_a_clock_that_is_ahead_is_the_next_sweeps() {
    assert_the_next_sweep_renews_late_builds(&with_late_builds(Some(60), |_| {}));
}

#[test]
fn what_follows_from_late_builds_is_done_even_if_their_run_was_broken_off() {
    let runtime = Runtime::new().unwrap();
    let keeper = Keeper::start(&runtime);
    let subject = with_late_builds(Some(60), |config| {
        config.purge.edge_url = Some(keeper.url.clone());
        config.purge.edge_key = Some(serde_json::from_value(json!("k3y")).unwrap());
    });
    let store = subject.service.cache.store();
    let note = || subject.wait(store.note("purges")).unwrap();
    let write = |value: &[u8], over: Option<Note>| {
        let over = over.map(|note| note.version);
        let written = store.write_note("purges", value, over);
        assert!(subject.wait(written).unwrap());
    };
    keeper.calls();
    let since = next_second();
    subject.packet("");
    // The answers are built again, and then the purges can't be noted.
    let mut held = hold_albums(&subject);
    std::thread::scope(|scope| {
        let running = scope.spawn(|| subject.run(&INVALIDATE));
        wait_until_one_is_held_up(&subject);
        write(b"?", note());
        held.batch_execute("ROLLBACK").unwrap();
        assert!(running.join().unwrap().is_err());
    });
    assert_eq!(subject.album(HIGH_VOLTAGE)["title"], "Higher Voltage");
    assert_eq!(keeper.calls(), []);
    write(b"{}", note());
    next_second();
    subject.invalidate();
    let purged = keeper.calls();
    let purged: Vec<&serde_json::Value> = purged.iter().map(|call| &call.body["tags"]).collect();
    let tags = |tag: &str| purged.iter().any(|tags| tags.to_string().contains(tag));
    assert!(tags(&format!("album-{HIGH_VOLTAGE}")), "{purged:?}");
    assert!(tags(&format!("artist-{AC_DC}")), "{purged:?}");
    assert_eq!(subject.recent_set(Artist, since), [AC_DC.to_owned()].into());
}

#[test]
fn a_new_album_of_an_artist_who_was_being_built_when_its_packet_came_is_the_next_sweeps() {
    let (subject, other) = with_another(|_| {});
    subject
        .wait(lookup::answer(&other, Artist, AC_DC.parse().unwrap()))
        .unwrap();
    subject.packet(&format!(
        "INSERT INTO release_group (id, gid, name, artist_credit, type, last_updated)
         VALUES (99001, '{}', 'Brand New', 7004, 1, $t)",
        made_up(1)
    ));
    subject.invalidate();
    let keys = [format!("profile/{AC_DC}"), format!("artist/{AC_DC}")];
    let keys = keys.map(|key| key.parse::<CacheKey>().unwrap());
    for (key, entry) in subject.wait(other.cache.store().get(&keys)).unwrap() {
        let putting = subject.service.cache.store().put(&key, entry.into());
        subject.wait(putting).unwrap();
    }
    assert!(!titles(&subject.artist(AC_DC)).contains(&"Brand New"));
    let since = next_second();
    subject.packet("");
    subject.invalidate();
    assert!(titles(&subject.artist(AC_DC)).contains(&"Brand New"));
    assert_eq!(subject.recent_set(Artist, since), [AC_DC.to_owned()].into());
    assert_eq!(subject.recent_set(Album, since), [made_up(1)].into());
}

#[test]
fn where_nothing_is_kept_nothing_is_looked_for() {
    let subject = Crawled::with(|_| {});
    subject.packet("UPDATE artist SET name = 'The Las', last_updated = $t WHERE id = 1001");
    let mut config = subject.config.clone();
    config.store.path = subject.config.store.path.join("of-a-new-one");
    let service = Crawled::service_on(&config, &subject.runtime);
    let run = || match subject.wait(crawler::run(&service, &INVALIDATE, Deadline::NEVER)) {
        Ok(Outcome::Ran(report)) => (report.looked_at, report.refreshed, report.complete),
        other => panic!("{other:?}"),
    };
    let says = || {
        let answer = lookup::answer(&service, Artist, THE_LAS.parse().unwrap());
        let answer = subject.wait(answer).unwrap().answer;
        String::from_utf8(answer.body.plain().unwrap()).unwrap()
    };
    assert_eq!(run(), (0, 0, true));
    assert!(says().contains("The Las"));
    subject.packet("UPDATE artist SET name = 'The L.A.s', last_updated = $t WHERE id = 1001");
    // Under both MBIDs.
    assert_eq!(run(), (2, 1, true));
    assert!(says().contains("The L.A.s"));
}

#[test]
fn finding_what_changed_may_take_longer_than_an_answer() {
    let subject = Crawled::with(|config| config.database.timeout_seconds = 3);
    subject.artist(THE_LAS);
    subject.packet("UPDATE artist SET name = 'The Las', last_updated = $t WHERE id = 1001");
    let mut slow = subject.cluster.connect().unwrap();
    // Nothing else reads it.
    slow.batch_execute("BEGIN; LOCK TABLE musicbrainz.recording_gid_redirect")
        .unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            std::thread::sleep(Duration::from_secs(6));
            slow.batch_execute("COMMIT").unwrap();
        });
        assert_eq!(subject.invalidate().refreshed, 1);
    });
}

#[test]
fn what_was_renewed_by_a_run_that_was_killed_is_told_of_when_it_is_tried_again() {
    let subject = Crawled::with(|_| {});
    subject.artist(AC_DC);
    subject.album(HIGH_VOLTAGE);
    let since = next_second();
    let retries = format!("{{\"album/{HIGH_VOLTAGE}\": {since}}}");
    let store = subject.service.cache.store();
    let noting = store.write_note("retries", retries.as_bytes(), None);
    assert!(subject.wait(noting).unwrap());
    let done = subject.invalidate();
    assert_eq!((done.looked_at, done.unchanged), (1, 2), "{done:?}");
    assert_eq!(
        subject.recent_set(Album, since),
        [HIGH_VOLTAGE.to_owned()].into()
    );
    assert_eq!(subject.recent_set(Artist, since), [AC_DC.to_owned()].into());
}
