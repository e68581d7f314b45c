//! Answers built again because somebody wants them, and who may want that how often.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use linernotes_dev::run::Origin;
use linernotes_origin::config::{LimiterKind, RefreshBy, Secret};
use linernotes_origin::server;
use linernotes_shared::request::Entity::{Album, Artist};
use linernotes_tests::{Crawled, Keeper, ask, next_second, prepared};
use serde_json::json;
use tokio::runtime::Runtime;

use crate::hold_albums;
use crate::routes::{asked, with_key};
use crate::sample::*;

/// Waits until somebody waits for what is held in the replica.
pub fn wait_until_one_is_held_up(subject: &Crawled) {
    let mut client = subject.cluster.connect().unwrap();
    for _ in 0..600 {
        let waiting = "SELECT FROM pg_locks WHERE NOT granted";
        if !client.query(waiting, &[]).unwrap().is_empty() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("nobody is held up");
}

/// What is noted for the next look for changes.
fn unsettled(subject: &Crawled) -> Vec<String> {
    let store = subject.service.cache.store();
    let note = subject.wait(store.note("unsettled")).unwrap();
    let names = note.map(|note| serde_json::from_slice(&note.value).unwrap());
    let names: BTreeMap<String, u64> = names.unwrap_or_default();
    names.into_keys().collect()
}

#[test]
fn a_refresh_goes_on_when_whoever_asked_hangs_up() {
    let subject = with_key(RefreshBy::Key);
    subject.artist(AC_DC);
    subject.album(HIGH_VOLTAGE);
    let since = next_second();
    subject.execute(
        "UPDATE musicbrainz.release_group_meta SET rating = 11, rating_count = 99 WHERE id = 7006",
    );
    let mut held = hold_albums(&subject);
    let mut asking = TcpStream::connect(subject.url.trim_start_matches("http://")).unwrap();
    write!(
        asking,
        "POST /album/{HIGH_VOLTAGE}/refresh HTTP/1.1\r\nhost: test\r\nauthorization: k3y\r\ncontent-length: 0\r\n\r\n"
    )
    .unwrap();
    wait_until_one_is_held_up(&subject);
    drop(asking);
    // Time for the server to notice.
    std::thread::sleep(Duration::from_secs(1));
    held.batch_execute("ROLLBACK").unwrap();
    for _ in 0..600 {
        if subject.recent_set(Artist, since).contains(AC_DC) && unsettled(&subject).is_empty() {
            assert_eq!(
                subject.recent_set(Album, since),
                [HIGH_VOLTAGE.to_owned()].into()
            );
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("it hasn't gone on");
}

#[test]
fn what_follows_from_a_refresh_and_cant_be_done_is_done_by_the_next_look_for_changes() {
    let runtime = Runtime::new().unwrap();
    let keeper = Keeper::start(&runtime);
    let subject = Crawled::with(|config| {
        config.operator_key = Some(serde_json::from_value::<Secret>(json!("k3y")).unwrap());
        config.purge.edge_url = Some(keeper.url.clone());
        config.purge.edge_key = Some(serde_json::from_value::<Secret>(json!("edge")).unwrap());
    });
    subject.artist(AC_DC);
    subject.album(HIGH_VOLTAGE);
    subject.execute(
        "UPDATE musicbrainz.release_group_meta SET rating = 11, rating_count = 99 WHERE id = 7006",
    );
    let store = subject.service.cache.store();
    // Purges can't be noted.
    let spoilt = subject.wait(store.write_note("purges", b"?", None));
    assert!(spoilt.unwrap());
    let path = format!("/album/{HIGH_VOLTAGE}/refresh");
    let refreshed = asked(&subject, "POST", &path, Some("k3y"));
    assert_eq!(
        refreshed.status_and_json(),
        (200, json!({ "refreshed": "changed" }))
    );
    assert_eq!(keeper.calls(), []);
    assert_eq!(unsettled(&subject), [format!("album/{HIGH_VOLTAGE}")]);

    let version = subject.wait(store.note("purges")).unwrap().unwrap().version;
    let mended = subject.wait(store.write_note("purges", b"{}", Some(version)));
    assert!(mended.unwrap());
    let tag = json!(format!("album-{HIGH_VOLTAGE}"));
    let mut purged = Vec::new();
    for _ in 0..60 {
        subject.invalidate();
        purged.extend(
            keeper
                .calls()
                .into_iter()
                .map(|call| call.body["tags"].clone()),
        );
        if unsettled(&subject).is_empty() {
            break;
        }
        std::thread::sleep(Duration::from_millis(500));
    }
    assert_eq!(unsettled(&subject), Vec::<String>::new());
    assert_eq!(purged, [json!([tag])]);
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

#[test]
fn who_repeats_one_answer_uses_up_nobody_elses_turn() {
    let subject = with_key(RefreshBy::Anybody);
    let refresh = |mbid: &str| {
        let path = format!("/artist/{mbid}/refresh");
        asked(&subject, "POST", &path, None).status
    };
    for _ in 0..70 {
        refresh(THE_LAS);
    }
    assert_eq!(refresh(AC_DC), 200);
}

#[test]
fn who_refreshes_very_much_uses_up_their_own_turns_alone() {
    let subject = with_key(RefreshBy::Anybody);
    // As in Lambda, where there is no connection, and nobody but the edge comes through.
    let refresh = |client: &str, number| {
        let request = Request::post(format!("/artist/{}/refresh", made_up(number)))
            .header("linernotes-client", client)
            .body(Full::<Bytes>::default())
            .unwrap();
        let response = subject.wait(server::respond(&subject.service, request, None));
        response.status().as_u16()
    };
    let refused: Vec<u32> = (0..25)
        .filter(|number| refresh("192.0.2.1", *number) == 429)
        .collect();
    // Ten are answered in ten minutes, which may end meanwhile.
    assert!((5..=15).contains(&refused.len()), "{refused:?}");
    assert_eq!(refresh("198.51.100.7", refused[0]), 404);
}

#[test]
fn where_no_calls_to_providers_are_counted_refreshes_are_all_the_same() {
    let subject = Crawled::with(|config| {
        config.refresh = RefreshBy::Anybody;
        config.limiter = LimiterKind::Off;
    });
    let path = format!("/artist/{THE_LAS}/refresh");
    // Ten minutes may end between two.
    let statuses = [(); 3].map(|()| asked(&subject, "POST", &path, None).status);
    assert!(
        statuses.contains(&200) && statuses.contains(&429),
        "{statuses:?}"
    );
}

/// The statuses of so many refreshes by one client, as the edge would name it to the real program, and of another one's.
fn statuses_for_one_client(origin_key: Option<&str>) -> (Vec<u16>, u16) {
    let subject = Crawled::with(|_| {});
    let folder = tempfile::tempdir().unwrap();
    let mut settings = vec![
        ("LINERNOTES_DATABASE__URL", subject.cluster.url()),
        ("LINERNOTES_CRAWLER__TIMERS", "false".to_owned()),
        ("LINERNOTES_REFRESH", "anybody".to_owned()),
    ];
    settings.extend(origin_key.map(|key| ("LINERNOTES_ORIGIN_KEY", key.to_owned())));
    let origin = Origin::start(&prepared().origin, folder.path(), &settings).unwrap();
    let refresh = |client: &str, number| {
        let path = format!("{}/artist/{}/refresh", origin.url(), made_up(number));
        let asking = ask(path).method("POST");
        asking
            .header("linernotes-client", client)
            .header("linernotes-key", origin_key.unwrap_or_default())
            .send()
            .status
    };
    // No more than all together may.
    let one = (0..25).map(|number| refresh("192.0.2.1", number)).collect();
    (one, refresh("198.51.100.7", 25))
}

#[test]
fn the_program_believes_whom_the_edge_names_where_the_two_share_a_key() {
    let (one, another) = statuses_for_one_client(Some("between-us-two"));
    let refused = one.iter().filter(|status| **status == 429).count();
    // Ten are answered in ten minutes, which may end meanwhile.
    assert!((5..=15).contains(&refused), "{one:?}");
    assert_eq!(one[..5], [404; 5]);
    assert_eq!(another, 404);
}

#[test]
fn the_program_believes_nobody_elses_word_on_who_they_are() {
    // The other side is this machine, as a proxy may be: nobody is told from anybody.
    assert_eq!(statuses_for_one_client(None), (vec![404; 25], 404));
}
