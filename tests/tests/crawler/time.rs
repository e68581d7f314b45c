//! Runs that haven't the time for all there is to do.

use std::time::Duration;

use linernotes_origin::cache::now;
use linernotes_origin::crawler::{self, Deadline, Outcome, Report, Task};
use linernotes_tests::Crawled;
use serde_json::json;

use crate::hold_albums;
use crate::sample::*;

const INVALIDATE: Task = Task::Invalidate { since: None };

/// Runs a task for so long at most; the report, without its times.
pub fn within(subject: &Crawled, task: &Task, time: Duration) -> Report {
    let run = crawler::run(&subject.service, task, Deadline::within(time));
    match subject.wait(run) {
        Ok(Outcome::Ran(report)) => Report {
            began: 0,
            ended: 0,
            seconds_left: None,
            ..report
        },
        other => panic!("{other:?}"),
    }
}

const A_MOMENT: Duration = Duration::from_secs(8);

#[test]
fn a_page_that_takes_too_long_is_broken_off_and_the_next_run_does_the_rest() {
    let subject = Crawled::with(|_| {});
    for artist in [AC_DC, CHK] {
        subject.artist(artist);
    }
    let albums = [HIGH_VOLTAGE, BACK_IN_BLACK, LOUDEN_UP_NOW];
    for album in albums {
        subject.album(album);
    }
    subject.packet(
        "UPDATE release_group SET name = 'New ' || name, last_updated = $t
         WHERE id IN (7005, 7006, 7008)",
    );
    let mut held = hold_albums(&subject);
    let broken_off = within(&subject, &INVALIDATE, A_MOMENT);
    // The albums, and their artists.
    let expected = Report {
        task: "invalidate".to_owned(),
        looked_at: 3,
        remaining: Some(5),
        ..Report::default()
    };
    assert_eq!(broken_off, expected);
    held.batch_execute("ROLLBACK").unwrap();

    let rest = within(&subject, &INVALIDATE, Duration::from_secs(60));
    assert_eq!(
        (rest.failed, rest.remaining, rest.complete),
        (0, None, true),
        "{rest:?}"
    );
    for album in albums {
        let title = subject.album(album)["title"].to_string();
        assert!(title.starts_with("\"New "), "{title}");
    }
}

#[test]
fn a_page_of_a_round_that_takes_too_long_is_the_next_runs() {
    let subject = Crawled::with(|config| config.cache.fresh_seconds = 1);
    subject.artist(AC_DC);
    subject.album(HIGH_VOLTAGE);
    subject.execute("UPDATE release_group SET name = 'Low Voltage' WHERE id = 7006");
    let mut held = hold_albums(&subject);
    let broken_off = within(&subject, &Task::Albums, A_MOMENT);
    let expected = Report {
        task: "albums".to_owned(),
        looked_at: 1,
        remaining: Some(1),
        ..Report::default()
    };
    assert_eq!(broken_off, expected);
    held.batch_execute("ROLLBACK").unwrap();
    assert!(within(&subject, &Task::Albums, Duration::from_secs(60)).complete);
    assert_eq!(subject.album(HIGH_VOLTAGE)["title"], "Low Voltage");
}

#[test]
fn what_failed_before_doesnt_keep_what_changed_waiting() {
    let subject = Crawled::with(|_| {});
    subject.artist(THE_LAS);
    subject.album(HIGH_VOLTAGE);
    let failed = json!({ format!("album/{HIGH_VOLTAGE}"): now() }).to_string();
    let store = subject.service.cache.store();
    let noted = subject.wait(store.write_note("retries", failed.as_bytes(), None));
    assert!(noted.unwrap());
    subject.packet("UPDATE artist SET name = 'The Las', last_updated = $t WHERE id = 1001");
    let mut held = hold_albums(&subject);
    let done = within(&subject, &INVALIDATE, A_MOMENT);
    assert_eq!(
        (done.refreshed, done.remaining, done.complete),
        (1, Some(1), false),
        "{done:?}"
    );
    assert_eq!(subject.artist(THE_LAS)["artistname"], "The Las");
    held.batch_execute("ROLLBACK").unwrap();
    let rest = within(&subject, &INVALIDATE, Duration::from_secs(60));
    assert_eq!(
        (rest.looked_at, rest.unchanged, rest.complete),
        (1, 1, true),
        "{rest:?}"
    );
}
