//! Renewing what goes stale, and the first fill.

use std::sync::Arc;
use std::time::Duration;

use linernotes_origin::cache::{Entry, now_millis};
use linernotes_origin::config::LimiterKind;
use linernotes_origin::crawler::{CrawlError, Report, Task};
use linernotes_shared::request::Entity::{Album, Artist};
use linernotes_tests::providers::{Mode, Provider, ProviderStub};
use linernotes_tests::{Crawled, Keeper, ask, next_second};
use serde_json::json;
use tokio::runtime::Runtime;

use crate::sample::*;
use crate::time::within;

const FILL: Task = Task::InitialFill { anew: false };

/// Everything is stale as soon as it is kept.
fn short_lived(config: &mut linernotes_origin::config::Config) {
    config.cache.fresh_seconds = 1;
}

#[test]
fn a_round_renews_what_goes_stale_and_tells_the_artists_of_changed_albums() {
    let subject = Crawled::with(short_lived);
    let artist = subject.artist(AC_DC);
    subject.album(HIGH_VOLTAGE);
    let since = next_second();
    // Nothing dates it, so only a round can find it.
    subject.execute(
        "UPDATE track SET name = 'Another Title' WHERE medium IN
           (SELECT medium.id FROM medium JOIN release ON release.id = medium.release
            WHERE release.release_group = 7006)",
    );
    let done = subject.ran(&Task::Albums);
    let expected = Report {
        task: "albums".to_owned(),
        looked_at: 1,
        refreshed: 1,
        unchanged: 1,
        complete: true,
        ..Report::default()
    };
    assert_eq!(
        done, expected,
        "the album, and its artist, whose answer is the same"
    );
    let album = subject.album(HIGH_VOLTAGE).to_string();
    assert!(album.contains("Another Title"), "{album}");
    assert_eq!(subject.artist(AC_DC), artist);
    assert_eq!(
        subject.recent_set(Album, since),
        [HIGH_VOLTAGE.to_owned()].into()
    );
    assert_eq!(subject.recent_set(Artist, since), [AC_DC.to_owned()].into());
}

#[test]
fn a_round_finds_out_again_what_an_id_of_spotifys_is() {
    let subject = Crawled::with(|config| config.cache.fresh_seconds = 600);
    let leads_to = || {
        let answer = ask(format!("{}/spotify/artist/{ADELES_ID}", subject.url)).send();
        assert_eq!(answer.status, 301, "{}", answer.text());
        answer.header("location").to_owned()
    };
    let adele = leads_to();
    subject.execute(&format!(
        "UPDATE l_artist_url SET entity0 = 1001
         WHERE entity1 = (SELECT id FROM url WHERE url LIKE '%/artist/{ADELES_ID}')"
    ));
    assert_eq!(leads_to(), adele, "it is still fresh");
    let expected = Report {
        task: "spotify-maps".to_owned(),
        looked_at: 1,
        refreshed: 1,
        complete: true,
        ..Report::default()
    };
    assert_eq!(subject.ran(&Task::SpotifyMaps), expected);
    assert_eq!(leads_to(), format!("../../artist/{THE_LAS}"));
}

#[test]
fn what_follows_from_a_page_of_records_is_done_even_if_its_run_was_broken_off() {
    const NEW: &str = "artistthumb/new.jpg";
    let fanart = ProviderStub::start(Provider::FanArt);
    let mut subject = Crawled::with(|config| {
        let settings = json!({ "url": fanart.url, "api_key": "k3y" });
        config.limiter = LimiterKind::Off;
        config.providers.insert(
            "fanart".to_owned(),
            serde_json::from_value(settings).unwrap(),
        );
    });
    let pictures = |subject: &Crawled| subject.artist(THE_LAS)["images"].to_string();
    assert!(pictures(&subject).contains("fanart"), "it has others");
    let record = format!("fanart/artist/{THE_LAS}").parse().unwrap();
    subject
        .wait(subject.service.cache.mark_stale(&[record], next_second()))
        .unwrap();
    let url = format!("https://assets.fanart.tv/fanart/music/{THE_LAS}/{NEW}");
    let picture = json!({ "id": "99", "url": url, "likes": "9" });
    let news = json!({ "name": "The La’s", "mbid_id": THE_LAS, "artistthumb": [picture] });
    fanart.set(THE_LAS, 200, news);

    // The record is renewed, and then nothing can be built with it.
    subject.cluster.stop();
    assert!(matches!(
        subject.run(&Task::Fanart),
        Err(CrawlError::Catalogue(_))
    ));
    subject.cluster.restart().unwrap();
    assert!(subject.ran(&Task::Fanart).complete);
    assert!(
        pictures(&subject).contains(NEW),
        "{}, by the first who asks",
        pictures(&subject)
    );
}

#[test]
fn what_follows_from_records_is_done_even_if_their_run_was_broken_off_after_the_answers() {
    let fanart = ProviderStub::start(Provider::FanArt);
    let runtime = Runtime::new().unwrap();
    let keeper = Keeper::start(&runtime);
    let subject = Crawled::with(|config| {
        let settings = json!({ "url": fanart.url, "api_key": "k3y" });
        config.limiter = LimiterKind::Off;
        config.providers.insert(
            "fanart".to_owned(),
            serde_json::from_value(settings).unwrap(),
        );
        config.purge.edge_url = Some(keeper.url.clone());
        config.purge.edge_key = Some(serde_json::from_value(json!("k3y")).unwrap());
    });
    subject.artist(THE_LAS);
    let record = format!("fanart/artist/{THE_LAS}").parse().unwrap();
    subject
        .wait(subject.service.cache.mark_stale(&[record], next_second()))
        .unwrap();
    let url = format!("https://assets.fanart.tv/fanart/music/{THE_LAS}/new.jpg");
    let picture = json!({ "id": "99", "url": url, "likes": "9" });
    let news = json!({ "name": "The La’s", "mbid_id": THE_LAS, "artistthumb": [picture] });
    fanart.set(THE_LAS, 200, news);

    // The answers are renewed, and then the purges can't be noted.
    let store = subject.service.cache.store();
    let write = |value: &[u8]| {
        let over = subject.wait(store.note("purges")).unwrap();
        let over = over.map(|note| note.version);
        let written = store.write_note("purges", value, over);
        assert!(subject.wait(written).unwrap());
    };
    write(b"?");
    assert!(subject.run(&Task::Fanart).is_err());
    assert_eq!(keeper.calls(), []);
    write(b"{}");
    next_second();
    assert!(subject.ran(&Task::Fanart).complete);
    let purged: Vec<serde_json::Value> = keeper
        .calls()
        .iter()
        .map(|call| call.body["tags"].clone())
        .collect();
    assert_eq!(purged, [json!([format!("artist-{THE_LAS}")])]);
}

#[test]
fn a_profile_that_changes_with_an_album_is_purged_wherever_it_stands() {
    let runtime = Runtime::new().unwrap();
    let keeper = Keeper::start(&runtime);
    let subject = Crawled::with(|config| {
        short_lived(config);
        config.purge.edge_url = Some(keeper.url.clone());
        config.purge.edge_key = Some(serde_json::from_value(json!("k3y")).unwrap());
    });
    subject.album(HIGH_VOLTAGE);
    next_second();
    // Nothing dates it.
    subject.execute("UPDATE artist SET sort_name = 'Direct Current' WHERE id = 7004");
    keeper.calls();
    assert!(subject.ran(&Task::Albums).complete);
    let purged: Vec<serde_json::Value> = keeper
        .calls()
        .iter()
        .map(|call| call.body["tags"].clone())
        .collect();
    assert_eq!(purged, [json!([format!("artist-{AC_DC}")])]);
}

#[test]
fn what_is_fresh_for_long_is_left_alone() {
    let subject = Crawled::with(|_| {});
    subject.artist(AC_DC);
    for task in [Task::Artists, Task::Albums] {
        let done = subject.ran(&task);
        assert_eq!((done.looked_at, done.complete), (0, true), "{done:?}");
    }
}

#[test]
fn tasks_without_work_say_that_they_are_done() {
    let subject = Crawled::with(|_| {});
    for task in [
        Task::CheckCatalogue,
        Task::Wikipedia,
        Task::Fanart,
        Task::TheAudioDb,
        Task::SpotifyMaps,
        Task::SearchIndex,
    ] {
        assert!(subject.run(&task).is_ok(), "{task:?}");
    }
}

/// Runs a task again and again, each time for twice as long, until it is done; the reports, without their times.
fn over_many_runs(subject: &Crawled, task: &Task) -> Vec<Report> {
    let mut reports = Vec::new();
    let mut time = Duration::from_millis(4);
    loop {
        let report = within(subject, task, time);
        let complete = report.complete;
        reports.push(report);
        if complete {
            return reports;
        }
        time *= 2;
    }
}

fn sum(reports: &[Report], count: fn(&Report) -> u64) -> u64 {
    reports.iter().map(count).sum()
}

#[test]
fn the_first_fill_builds_everything_once_over_as_many_runs_as_it_takes() {
    let subject = Crawled::with(|_| {});
    subject.artist(AC_DC);
    let (artists, albums): (i64, i64) = {
        let mut client = subject.cluster.connect().unwrap();
        let count = |client: &mut postgres::Client, table: &str| -> i64 {
            let sql = format!("SELECT count(*) FROM musicbrainz.{table}");
            client.query_one(&sql, &[]).unwrap().get(0)
        };
        (
            count(&mut client, "artist"),
            count(&mut client, "release_group"),
        )
    };
    let all = u64::try_from(artists + albums).unwrap();
    let reports = over_many_runs(&subject, &FILL);
    assert!(reports.len() > 1, "there is no time for more than a page");
    assert_eq!(sum(&reports, |report| report.looked_at), all);
    // One was kept; and of a page that was broken off, what was built isn't built again.
    assert!((1..all).contains(&sum(&reports, |report| report.refreshed)));
    assert_eq!(sum(&reports, |report| report.failed), 0);

    // What comes later is built by a fill that is begun anew.
    subject.execute(&format!(
        "INSERT INTO artist (id, gid, name, sort_name) VALUES (99001, '{}', 'New', 'New')",
        made_up(1)
    ));
    let done = Report {
        task: "initial-fill".to_owned(),
        complete: true,
        remaining: subject.ran(&FILL).remaining,
        ..Report::default()
    };
    assert_eq!(subject.ran(&FILL), done);
    let anew = subject.ran(&Task::InitialFill { anew: true });
    let expected = Report {
        looked_at: all + 1,
        refreshed: 1,
        unchanged: all,
        remaining: anew.remaining,
        ..done
    };
    assert_eq!(anew, expected);
}

#[test]
fn the_first_fill_builds_what_was_asked_for_before_it_was_there() {
    let subject = Crawled::since(1, |_| {});
    let mbid = made_up(1);
    assert_eq!(subject.answer(Artist, &mbid).0, 404);
    let key = [format!("artist/{mbid}").parse().unwrap()];
    while subject
        .wait(subject.service.cache.kept(&key))
        .unwrap()
        .is_empty()
    {
        std::thread::sleep(Duration::from_millis(20));
    }
    subject.execute(&format!(
        "INSERT INTO artist (id, gid, name, sort_name) VALUES (99001, '{mbid}', 'New', 'New')"
    ));
    assert!(subject.ran(&FILL).complete);
    assert_eq!(subject.artist(&mbid)["artistname"], "New");
}

#[test]
fn what_the_first_fill_cannot_build_is_tried_again_when_all_else_is_done() {
    let subject = Crawled::with(|_| {});
    // A secondary type without a name, which can't be read.
    subject.execute(
        "ALTER TABLE release_group_secondary_type ALTER COLUMN name DROP NOT NULL;
         UPDATE release_group_secondary_type SET name = NULL WHERE id = 12;
         INSERT INTO release_group_secondary_type_join (release_group, secondary_type, created)
         VALUES (7006, 12, now())",
    );
    let broken = subject.ran(&FILL);
    assert!(broken.complete, "{broken:?}");
    assert!(
        broken.failed >= 2 && broken.failed.is_multiple_of(2),
        "{broken:?}"
    );

    subject
        .execute("UPDATE release_group_secondary_type SET name = 'Field recording' WHERE id = 12");
    let anew = subject.ran(&Task::InitialFill { anew: true });
    assert_eq!(
        (anew.refreshed, anew.failed),
        (broken.failed / 2, 0),
        "{anew:?}"
    );
}

/// A service for which FanArt.tv has so few calls in so many seconds, and some of whose records are stale.
fn with_stale_records(fanart: &ProviderStub, calls: u32, seconds: u64) -> Crawled {
    let subject = Crawled::with(|config| {
        let settings = json!({
            "url": fanart.url,
            "api_key": "k3y",
            "calls": calls,
            "window_seconds": seconds,
        });
        config.crawler.fanart_at_once = 3;
        config.providers.insert(
            "fanart".to_owned(),
            serde_json::from_value(settings).unwrap(),
        );
    });
    fanart.take_targets();
    for number in 0..RECORDS {
        let mbid = made_up(u32::try_from(number).unwrap());
        let key = format!("fanart/artist/{mbid}").parse().unwrap();
        let record = Entry::record(&key, Some(b"{}"), None, Duration::ZERO, now_millis());
        let store = subject.service.cache.store();
        subject.wait(store.put(&key, Arc::new(record))).unwrap();
    }
    subject
}

/// Stale records of the test's.
const RECORDS: u64 = 6;

#[test]
fn records_are_fetched_as_often_as_their_provider_allows() {
    let fanart = ProviderStub::start(Provider::FanArt);
    let subject = with_stale_records(&fanart, 3, 1);
    let expected = Report {
        task: "fanart".to_owned(),
        looked_at: RECORDS,
        refreshed: RECORDS,
        complete: true,
        ..Report::default()
    };
    assert_eq!(subject.ran(&Task::Fanart), expected);
    assert_eq!(fanart.calls().len() as u64, RECORDS, "each once");
}

#[test]
fn records_for_which_there_was_no_time_are_the_next_runs() {
    let fanart = ProviderStub::start(Provider::FanArt);
    let subject = with_stale_records(&fanart, 3, 5);
    let mut reports: Vec<Report> = Vec::new();
    while reports.last().is_none_or(|report| !report.complete) {
        let report = within(&subject, &Task::Fanart, Duration::from_secs(4));
        reports.push(report);
        let done = sum(&reports, |report| report.refreshed);
        let left = Some(RECORDS - done).filter(|left| *left > 0);
        assert_eq!(reports.last().unwrap().remaining, left, "{reports:?}");
        std::thread::sleep(Duration::from_millis(500));
    }
    // Of three in five seconds, one is left to answers.
    assert!(reports.len() > 1, "{reports:?}");
    assert_eq!(sum(&reports, |report| report.refreshed), RECORDS);
    assert_eq!(sum(&reports, |report| report.looked_at), RECORDS);
    assert_eq!(sum(&reports, |report| report.failed), 0);
    assert_eq!(fanart.calls().len() as u64, RECORDS, "each once");
}

#[test]
fn a_provider_that_wants_to_be_left_alone_for_longer_than_there_is_time_ends_the_run() {
    let fanart = ProviderStub::start(Provider::FanArt);
    let subject = with_stale_records(&fanart, 100, 1);
    fanart.behave(Mode::TooMany);
    let left_alone = Report {
        task: "fanart".to_owned(),
        remaining: Some(RECORDS),
        ..Report::default()
    };
    for _ in 0..2 {
        assert_eq!(
            within(&subject, &Task::Fanart, Duration::from_secs(60)),
            left_alone
        );
    }
    assert!(fanart.calls().len() <= 3, "{:?}", fanart.calls());
}
