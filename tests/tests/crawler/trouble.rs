//! Runs that meet trouble: nothing is passed over because of it.

use linernotes_origin::crawler::{CrawlError, Task};
use linernotes_shared::request::Entity::{Album, Artist};
use linernotes_tests::{Crawled, next_second};

use crate::sample::*;
use crate::without_pause;

const INVALIDATE: Task = Task::Invalidate { since: None };
const RENAME: &str = "UPDATE artist SET name = 'The Las', last_updated = $t WHERE id = 1001";

#[test]
fn without_the_database_a_run_ends_and_the_next_one_does_all() {
    let mut subject = Crawled::with(|_| {});
    subject.artist(THE_LAS);
    subject.packet(RENAME);
    subject.cluster.stop();
    assert!(matches!(
        subject.run(&INVALIDATE),
        Err(CrawlError::Catalogue(_))
    ));
    assert_eq!(subject.artist(THE_LAS)["artistname"], "The La’s");
    subject.cluster.restart().unwrap();
    let done = subject.invalidate();
    assert_eq!((done.refreshed, done.complete), (1, true), "{done:?}");
    assert_eq!(subject.artist(THE_LAS)["artistname"], "The Las");
}

#[test]
fn a_half_loaded_replica_makes_nothing_gone() {
    let subject = Crawled::with(without_pause);
    subject.prepare();
    let artist = subject.artist(AC_DC);
    let album = subject.album(HIGH_VOLTAGE);
    subject.packet(
        "CREATE TABLE aside AS SELECT * FROM release_group;
         DELETE FROM release_group",
    );
    for _ in 0..3 {
        assert!(matches!(
            subject.run(&INVALIDATE),
            Err(CrawlError::Catalogue(_))
        ));
    }
    subject.packet("INSERT INTO release_group SELECT * FROM aside");
    subject.invalidate();
    subject.invalidate();
    assert_eq!(subject.artist(AC_DC), artist);
    assert_eq!(subject.album(HIGH_VOLTAGE), album);
}

#[test]
fn one_album_that_cannot_be_built_holds_up_no_other_and_is_tried_again() {
    let subject = Crawled::with(|_| {});
    subject.artist(AC_DC);
    for album in [HIGH_VOLTAGE, BACK_IN_BLACK] {
        subject.album(album);
    }
    // A secondary type without a name, which can't be read.
    subject.packet(
        "ALTER TABLE release_group_secondary_type ALTER COLUMN name DROP NOT NULL;
         UPDATE release_group_secondary_type SET name = NULL WHERE id = 12;
         INSERT INTO release_group_secondary_type_join (release_group, secondary_type, created)
         VALUES (7006, 12, $t);
         UPDATE release_group SET name = 'Back in Blue', last_updated = $t WHERE id = 7005",
    );
    let done = subject.invalidate();
    assert_eq!((done.failed, done.complete), (1, true), "{done:?}");
    assert_eq!(subject.album(BACK_IN_BLACK)["title"], "Back in Blue");
    assert_eq!(
        subject.answer(Album, HIGH_VOLTAGE).0,
        200,
        "the old one, meanwhile"
    );

    let since = next_second();
    assert_eq!(subject.invalidate().failed, 1, "still so");
    subject
        .execute("UPDATE release_group_secondary_type SET name = 'Field recording' WHERE id = 12");
    let mended = subject.invalidate();
    assert_eq!((mended.failed, mended.looked_at), (0, 1), "{mended:?}");
    let types = &subject.album(HIGH_VOLTAGE)["secondarytypes"];
    assert_eq!(*types, serde_json::json!(["Field recording"]));
    assert_eq!(
        subject.recent_set(Album, since),
        [HIGH_VOLTAGE.to_owned()].into()
    );
    assert_eq!(subject.recent_set(Artist, since), [AC_DC.to_owned()].into());
    assert_eq!(subject.invalidate().looked_at, 0, "it is settled");
}

#[test]
fn a_replica_without_a_date_is_told() {
    let subject = Crawled::with(|_| {});
    subject.execute("UPDATE musicbrainz.replication_control SET last_replication_date = NULL");
    assert!(matches!(subject.run(&INVALIDATE), Err(CrawlError::Undated)));
    let last = subject.wait(linernotes_origin::crawler::last_report(
        &**subject.service.cache.store(),
        &INVALIDATE,
    ));
    let error = last.unwrap().unwrap().error.unwrap();
    assert!(error.contains("no replication date"), "{error}");
}
