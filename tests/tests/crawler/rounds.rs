//! Renewing what goes stale, and the first fill.

use linernotes_origin::crawler::{Report, Task};
use linernotes_shared::request::Entity::{Album, Artist};
use linernotes_tests::{Crawled, ask, next_second};

use crate::sample::*;

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
    const ADELES_ID: &str = "4dpARuHxo51G3z768sgnrY";
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
    let mut reports = Vec::new();
    loop {
        // No time for more than a page.
        let deadline =
            linernotes_origin::crawler::Deadline::within(std::time::Duration::from_millis(4));
        let run = linernotes_origin::crawler::run(&subject.service, &Task::InitialFill, deadline);
        let linernotes_origin::crawler::Outcome::Ran(report) = subject.wait(run).unwrap() else {
            panic!("nobody else runs");
        };
        let complete = report.complete;
        reports.push(report);
        if complete {
            break;
        }
        assert!(reports.len() < 1_000);
    }
    assert!(reports.len() > 1, "more than one run");
    let sum = |count: fn(&Report) -> u64| reports.iter().map(count).sum::<u64>();
    assert_eq!(sum(|report| report.looked_at), all);
    assert_eq!(sum(|report| report.refreshed), all - 1, "one was kept");
    assert_eq!(sum(|report| report.unchanged), 1);
    assert_eq!(sum(|report| report.failed), 0);
}
