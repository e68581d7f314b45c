//! Runs that meet trouble: nothing is passed over because of it.

use std::collections::BTreeSet;

use linernotes_origin::cache::Refreshed;
use linernotes_origin::catalogue::CatalogueError;
use linernotes_origin::crawler::{self, CrawlError, Outcome, Task};
use linernotes_origin::lookup;
use linernotes_origin::search::index::IndexError;
use linernotes_shared::cache::CacheKey;
use linernotes_shared::request::Entity::{self, Album, Artist};
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

const BACK: i64 = 2 * 60 * 60;

/// A service that keeps !!! and an album of theirs. Its replica was put back then to a copy of two hours ago, when there
/// was no such album.
fn put_back() -> Crawled {
    let subject = Crawled::with(without_pause);
    subject.prepare();
    subject.packet("");
    subject.artist(CHK);
    subject.album(LOUDEN_UP_NOW);
    subject.packet_after(
        -BACK,
        "CREATE TABLE aside AS SELECT * FROM release_group WHERE id = 7008;
         DELETE FROM release_group WHERE id = 7008;
         UPDATE artist SET last_updated = $t WHERE id = 7006",
    );
    subject
}

fn refresh(subject: &Crawled, entity: Entity, mbid: &str) -> Result<Refreshed, CrawlError> {
    let mbid = mbid.parse().unwrap();
    subject.wait(crawler::refresh(&subject.service, entity, mbid))
}

#[test]
fn nothing_is_built_from_a_replica_that_was_put_back_until_it_has_caught_up() {
    let subject = put_back();
    let since = next_second();
    let keys: Vec<CacheKey> = [
        CacheKey::lookup(Artist, CHK.parse().unwrap()),
        CacheKey::lookup(Album, LOUDEN_UP_NOW.parse().unwrap()),
    ]
    .into();
    let marked = subject.service.cache.mark_stale(&keys, since);
    subject.wait(marked).unwrap();
    next_second();
    for task in [
        INVALIDATE,
        Task::Invalidate { since: Some(0) },
        Task::CheckCatalogue,
        Task::Artists,
        Task::Albums,
        Task::InitialFill { anew: false },
    ] {
        let run = subject.run(&task);
        assert!(
            matches!(
                run,
                Err(CrawlError::Catalogue(CatalogueError::PutBack { .. }))
            ),
            "{task:?}: {run:?}"
        );
        assert!(titles(&subject.artist(CHK)).contains(&"Louden Up Now"));
        assert_eq!(subject.answer(Album, LOUDEN_UP_NOW).0, 200);
    }
    assert!(refresh(&subject, Artist, CHK).is_err());
    assert_eq!(
        subject.get(&format!("/artist/{NOBODY}")).status,
        503,
        "it may have come since"
    );
    assert_eq!(subject.recent_set(Artist, since), BTreeSet::new());
    assert_eq!(subject.recent_set(Album, since), BTreeSet::new());

    subject.packet_after(BACK, "INSERT INTO release_group SELECT * FROM aside");
    for _ in 0..2 {
        let done = subject.invalidate();
        assert_eq!((done.missing, done.failed), (0, 0), "{done:?}");
    }
    assert!(refresh(&subject, Artist, CHK).is_ok());
    assert!(titles(&subject.artist(CHK)).contains(&"Louden Up Now"));
    assert_eq!(subject.answer(Album, LOUDEN_UP_NOW).0, 200);

    subject.packet("DELETE FROM release_group WHERE id = 7008");
    subject.invalidate();
    subject.invalidate();
    assert_eq!(
        subject.answer(Album, LOUDEN_UP_NOW).0,
        404,
        "now somebody has deleted it"
    );
}

#[test]
fn what_one_process_saw_keeps_the_others_from_building_from_a_replica_that_was_put_back() {
    let subject = put_back();
    let store = subject.service.cache.store();
    let note = subject.wait(store.note("replica")).unwrap().unwrap();
    let mut config = subject.config.clone();
    config.store.path = subject.config.store.path.join("of-the-other");
    let other = Crawled::service_on(&config, &subject.runtime);
    let noted = other.cache.store().write_note("replica", &note.value, None);
    assert!(subject.wait(noted).unwrap());
    let built = subject.wait(lookup::answer(&other, Artist, CHK.parse().unwrap()));
    assert!(built.is_err());
}

#[test]
fn a_replica_that_was_started_over_is_built_from_when_the_operator_says_so() {
    let subject = put_back();
    assert!(refresh(&subject, Artist, CHK).is_err());
    assert!(subject.ran(&Task::AcceptReplica).complete);
    assert_eq!(
        refresh(&subject, Artist, CHK).unwrap(),
        Refreshed::Changed,
        "without the album"
    );
    let done = subject.invalidate();
    assert_eq!((done.failed, done.complete), (0, true), "{done:?}");
    subject.packet("");
    assert!(subject.invalidate().complete);
}

#[test]
fn whoever_may_not_write_the_search_index_is_told_and_the_rest_goes_on() {
    let mut subject = Crawled::with(|_| {});
    subject.execute(
        "CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public;
         CREATE ROLE reader LOGIN;
         GRANT USAGE ON SCHEMA musicbrainz, cover_art_archive TO reader;
         GRANT SELECT ON ALL TABLES IN SCHEMA musicbrainz, cover_art_archive TO reader",
    );
    subject.artist(THE_LAS);
    subject.config.database.url = subject.cluster.url().replace("linernotes@", "reader@");
    subject.config.store.path = subject.config.store.path.join("of-the-reader");
    let service = Crawled::service_on(&subject.config, &subject.runtime);
    let run = |task: &Task| {
        subject.wait(linernotes_origin::crawler::run(
            &service,
            task,
            linernotes_origin::crawler::Deadline::NEVER,
        ))
    };
    assert!(matches!(run(&Task::SearchIndex), Err(CrawlError::Index(_))));
    let last = subject.wait(linernotes_origin::crawler::last_report(
        &**service.cache.store(),
        &Task::SearchIndex,
    ));
    let last = last.unwrap().unwrap();
    let error = last.error.unwrap();
    assert!(
        error.starts_with("the user reader may not write the search index: it takes the right CREATE on the database"),
        "{error}"
    );
    assert!(!last.complete);
    assert!(run(&INVALIDATE).is_ok());
}

#[test]
fn a_search_index_that_somebody_else_keeps_is_left_to_them_for_as_long_as_it_is_current() {
    let mut subject = Crawled::since(1, |_| {});
    subject.execute(
        "CREATE ROLE reader LOGIN;
         GRANT USAGE ON SCHEMA musicbrainz, cover_art_archive TO reader;
         GRANT SELECT ON ALL TABLES IN SCHEMA musicbrainz, cover_art_archive TO reader",
    );
    assert!(subject.run(&Task::SearchIndex).is_ok(), "as the owner");
    subject.config.database.url = subject.cluster.url().replace("linernotes@", "reader@");
    subject.config.store.path = subject.config.store.path.join("of-the-reader");
    let service = Crawled::service_on(&subject.config, &subject.runtime);
    let run = || {
        subject.wait(linernotes_origin::crawler::run(
            &service,
            &Task::SearchIndex,
            linernotes_origin::crawler::Deadline::NEVER,
        ))
    };
    let Ok(Outcome::Ran(report)) = run() else {
        panic!("it runs");
    };
    let why = report.skipped.unwrap_or_default();
    assert!(
        why.starts_with("the user reader may not write the search index"),
        "{why}"
    );
    assert_eq!((report.complete, report.error), (true, None));

    subject.execute("UPDATE linernotes_search.state SET as_of = now() - interval '4 days'");
    assert!(matches!(
        run(),
        Err(CrawlError::Index(IndexError::Forbidden { .. }))
    ));
}

#[test]
fn a_user_who_may_create_schemas_builds_the_index_and_brings_it_up_to_date() {
    let mut subject = Crawled::since(1, |_| {});
    subject.execute(
        "CREATE ROLE keeper LOGIN;
         GRANT CREATE ON DATABASE musicbrainz TO keeper;
         GRANT USAGE ON SCHEMA musicbrainz, cover_art_archive TO keeper;
         GRANT SELECT ON ALL TABLES IN SCHEMA musicbrainz, cover_art_archive TO keeper",
    );
    subject.config.database.url = subject.cluster.url().replace("linernotes@", "keeper@");
    subject.config.store.path = subject.config.store.path.join("of-the-keeper");
    let service = Crawled::service_on(&subject.config, &subject.runtime);
    for run in ["builds it", "brings it up to date"] {
        let outcome = subject.wait(linernotes_origin::crawler::run(
            &service,
            &Task::SearchIndex,
            linernotes_origin::crawler::Deadline::NEVER,
        ));
        let Ok(Outcome::Ran(report)) = outcome else {
            panic!("{run}: {outcome:?}");
        };
        let told = (report.complete, report.skipped, report.error);
        assert_eq!(told, (true, None, None), "{run}");
    }
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
