use std::collections::BTreeMap;

use linernotes_origin::config::StoreKind;
use linernotes_origin::crawler::{CrawlError, Outcome, Report, Task};
use linernotes_origin::lookup;
use linernotes_shared::request::Entity::{Album, Artist};
use linernotes_store_tests::{Emulator, TABLE, Trouble, Troublemaker};
use linernotes_tests::{Crawled, Keeper, next_second};
use tokio::runtime::Runtime;

const INVALIDATE: Task = Task::Invalidate { since: None };
const AC_DC: &str = "66c662b6-6e2f-4930-8610-912e24c63ed1";
const HIGH_VOLTAGE: &str = "d1bf2581-1abf-4175-9933-af2e9134ecca";
const NEW: &str = "00000000-0000-4000-8000-000000000001";

/// An edit of everything: a new album, a retitled one, a renamed artist.
const EDITS: &str = "INSERT INTO release_group (id, gid, name, artist_credit, type, last_updated)
                     VALUES (99001, '00000000-0000-4000-8000-000000000001', 'Brand New', 7004, 1, $t);
                     UPDATE release_group SET name = 'Higher Voltage', last_updated = $t WHERE id = 7006;
                     UPDATE artist SET name = 'AC-DC', last_updated = $t WHERE id = 7004";

/// The service on a table, with somebody between them who can make trouble.
struct Subject {
    crawled: Crawled,
    troublemaker: Troublemaker,
    _emulator: Emulator,
    _runtime: Runtime,
}

fn subject() -> Subject {
    let runtime = Runtime::new().unwrap();
    let (emulator, troublemaker) = runtime.block_on(async {
        let emulator = Emulator::start().await;
        emulator.store().await;
        let troublemaker = Troublemaker::before(&emulator.url).await;
        (emulator, troublemaker)
    });
    let crawled = Crawled::with(|config| {
        config.store.kind = StoreKind::DynamoDb;
        config.store.table = TABLE.to_owned();
        config.store.endpoint = Some(troublemaker.url.clone());
        config.store.attempt_timeout_ms = 5_000;
        config.store.timeout_ms = 15_000;
        config.crawler.lease_seconds = 1;
        config.crawler.second_look_minutes = 0;
    });
    Subject {
        crawled,
        troublemaker,
        _emulator: emulator,
        _runtime: runtime,
    }
}

fn is_all_told(subject: &Crawled, since: u64) {
    assert_eq!(subject.recent_set(Artist, since), [AC_DC.to_owned()].into());
    assert_eq!(
        subject.recent_set(Album, since),
        [HIGH_VOLTAGE.to_owned(), NEW.to_owned()].into()
    );
    for (entity, mbid) in [(Artist, AC_DC), (Album, HIGH_VOLTAGE), (Album, NEW)] {
        let (status, says) = subject.answer(entity, mbid);
        assert_eq!(
            (status, Some(says)),
            (200, subject.unkept(entity, mbid)),
            "{entity} {mbid}"
        );
    }
}

#[test]
fn what_changed_is_renewed_and_listed() {
    let Subject { crawled, .. } = &subject();
    crawled.artist(AC_DC);
    crawled.album(HIGH_VOLTAGE);
    let since = next_second();
    crawled.packet(EDITS);
    // Two albums and their artist.
    let expected = Report {
        task: "invalidate".to_owned(),
        looked_at: 3,
        refreshed: 3,
        complete: true,
        ..Report::default()
    };
    assert_eq!(crawled.invalidate(), expected);
    is_all_told(crawled, since);
}

#[test]
fn a_table_that_cannot_be_read_or_written_is_no_empty_one() {
    let Subject {
        crawled,
        troublemaker,
        ..
    } = &subject();
    crawled.artist(AC_DC);
    crawled.album(HIGH_VOLTAGE);
    let since = next_second();
    crawled.packet(EDITS);
    // The table fails after ever more requests, for each kind of them.
    let mut broken_off = 0;
    for (operation, after) in [
        ("BatchGetItem", 0),
        ("BatchGetItem", 1),
        ("BatchGetItem", 3),
        ("UpdateItem", 0),
        ("PutItem", 4),
        ("PutItem", 6),
        ("BatchGetItem", 6),
    ] {
        let mut seen = 0;
        troublemaker.plan(move |call| {
            seen += usize::from(call.operation == operation);
            match call.operation == operation && seen > after {
                true => Trouble::Forbidden,
                false => Trouble::None,
            }
        });
        match crawled.run(&INVALIDATE) {
            Err(CrawlError::Store(_)) => broken_off += 1,
            // Its lease goes on for a moment.
            Ok(Outcome::UnderWay | Outcome::Ran(_)) => {}
            other => panic!("{operation} {after}: {other:?}"),
        }
        // What rests after failures wakes up, and the lease ends.
        std::thread::sleep(std::time::Duration::from_millis(1_100));
    }
    assert!(broken_off >= 3, "{broken_off}");
    troublemaker.always(Trouble::None);
    std::thread::sleep(std::time::Duration::from_secs(6));
    crawled.invalidate();
    is_all_told(crawled, since);
}

#[test]
fn an_unreadable_table_makes_nothing_gone() {
    let Subject {
        crawled,
        troublemaker,
        ..
    } = &subject();
    let album = crawled.album(HIGH_VOLTAGE);
    // Not in this process's memory either.
    crawled.execute("CREATE TABLE aside AS SELECT * FROM release_group WHERE id = 7006");
    crawled.execute("DELETE FROM release_group WHERE id = 7006");
    troublemaker.plan(|call| match call.operation == "BatchGetItem" {
        true => Trouble::Forbidden,
        false => Trouble::None,
    });
    let other = Crawled::service_on(&crawled.config, &crawled.runtime);
    let mbid = HIGH_VOLTAGE.parse().unwrap();
    let answer = crawled.wait(linernotes_origin::lookup::answer(&other, Album, mbid));
    assert!(
        answer.is_err(),
        "503: whether something is kept can't be told"
    );
    troublemaker.always(Trouble::None);
    std::thread::sleep(std::time::Duration::from_secs(6));
    crawled.execute("INSERT INTO release_group SELECT * FROM aside");
    assert_eq!(crawled.answer(Album, HIGH_VOLTAGE), (200, album));
}

#[test]
fn copies_are_purged_once_more_when_no_process_remembers_what_was_before() {
    let runtime = Runtime::new().unwrap();
    let emulator = runtime.block_on(Emulator::start());
    drop(runtime.block_on(emulator.store()));
    let keeper = Keeper::start(&runtime);
    let crawled = Crawled::with(|config| {
        config.store.kind = StoreKind::DynamoDb;
        config.store.table = TABLE.to_owned();
        config.store.endpoint = Some(emulator.url.clone());
        config.store.attempt_timeout_ms = 5_000;
        config.store.timeout_ms = 15_000;
        config.purge.edge_url = Some(keeper.url.clone());
        config.purge.edge_key = Some(serde_json::from_value("k3y".into()).unwrap());
    });
    let purges = || -> Vec<serde_json::Value> {
        let calls = keeper.calls().into_iter();
        calls.map(|call| call.body["tags"].clone()).collect()
    };
    let api = Crawled::service_on(&crawled.config, &crawled.runtime);
    let told = || {
        let answer = lookup::answer(&api, Artist, AC_DC.parse().unwrap());
        let body = crawled.wait(answer).unwrap().answer.body.plain().unwrap();
        serde_json::from_slice::<serde_json::Value>(&body).unwrap()["artistname"].clone()
    };
    assert_eq!(told(), "AC/DC");
    crawled.packet("UPDATE artist SET name = 'AC-DC', last_updated = $t WHERE id = 7004");
    crawled.invalidate();
    let tags = serde_json::json!([format!("artist-{AC_DC}")]);
    assert_eq!(purges(), std::slice::from_ref(&tags));
    // Whoever asks the other process now has its old copy confirmed.
    assert_eq!(told(), "AC/DC");
    crawled.invalidate();
    assert_eq!(purges(), Vec::<serde_json::Value>::new(), "too early");

    let store = crawled.service.cache.store();
    crawled.wait(async {
        let note = store.note("purges-again").await.unwrap().unwrap();
        let mut times: BTreeMap<String, u64> = serde_json::from_slice(&note.value).unwrap();
        assert_eq!(times.len(), 1, "{times:?}");
        for time in times.values_mut() {
            *time -= 120;
        }
        let value = serde_json::to_vec(&times).unwrap();
        let written = store.write_note("purges-again", &value, Some(note.version));
        assert!(written.await.unwrap());
    });
    crawled.invalidate();
    assert_eq!(purges(), [tags]);
    crawled.invalidate();
    assert_eq!(purges(), Vec::<serde_json::Value>::new());
}
