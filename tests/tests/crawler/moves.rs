//! What goes from one artist to another: albums, links, and all that there is.

use std::collections::BTreeSet;
use std::time::Duration;

use linernotes_shared::request::Entity::{self, Album, Artist};
use linernotes_tests::{Crawled, ask, next_second};
use serde_json::Value;

use crate::sample::*;
use crate::{hold_albums, without_pause};

fn set(mbids: &[&str]) -> BTreeSet<String> {
    mbids.iter().map(|mbid| (*mbid).to_owned()).collect()
}

/// What is kept of these says what would be built anew.
fn assert_current(subject: &Crawled, kept: &[(Entity, &str)]) {
    let says = |tell: &dyn Fn(Entity, &str) -> Option<Value>| -> Vec<Option<Value>> {
        kept.iter()
            .map(|(entity, mbid)| tell(*entity, mbid))
            .collect()
    };
    assert_eq!(
        says(&|entity, mbid| match subject.answer(entity, mbid) {
            (200, answer) => Some(answer),
            _ => None,
        }),
        says(&|entity, mbid| subject.unkept(entity, mbid))
    );
}

#[test]
fn an_album_that_moves_leaves_the_list_it_was_in_without_a_change_log_too() {
    let subject = Crawled::with(|_| {});
    for artist in [AC_DC, CHK] {
        subject.artist(artist);
    }
    subject.album(HIGH_VOLTAGE);
    let since = next_second();
    subject.packet(
        "UPDATE release_group SET last_updated = $t, artist_credit =
           (SELECT artist_credit FROM release_group WHERE id = 7008)
         WHERE id = 7006",
    );
    let done = subject.invalidate();
    assert_eq!((done.failed, done.complete), (0, true), "{done:?}");
    assert!(titles(&subject.artist(CHK)).contains(&"High Voltage"));
    assert!(!titles(&subject.artist(AC_DC)).contains(&"High Voltage"));
    assert_current(
        &subject,
        &[(Artist, AC_DC), (Artist, CHK), (Album, HIGH_VOLTAGE)],
    );
    assert_eq!(subject.recent_set(Artist, since), set(&[AC_DC, CHK]));
    assert_eq!(subject.recent_set(Album, since), set(&[HIGH_VOLTAGE]));
}

#[test]
fn an_artist_that_was_merged_and_comes_back_has_its_own_answer_again() {
    let subject = Crawled::with(without_pause);
    subject.prepare();
    for artist in [AC_DC, CHK] {
        subject.artist(artist);
    }
    subject.album(LOUDEN_UP_NOW);
    subject.packet(&format!(
        "CREATE TABLE merged AS SELECT * FROM artist WHERE id = 7006;
         CREATE TABLE credited AS SELECT artist_credit, position FROM artist_credit_name WHERE artist = 7006;
         UPDATE artist_credit_name SET artist = 7004 WHERE artist = 7006;
         DELETE FROM artist WHERE id = 7006;
         INSERT INTO artist_gid_redirect (gid, new_id, created) VALUES ('{CHK}', 7004, $t)"
    ));
    subject.invalidate();
    assert_eq!(subject.artist(CHK)["id"], AC_DC);
    assert_eq!(subject.album(LOUDEN_UP_NOW)["artistid"], AC_DC);

    let since = next_second();
    subject.packet(&format!(
        "DELETE FROM artist_gid_redirect WHERE gid = '{CHK}';
         UPDATE merged SET last_updated = $t;
         INSERT INTO artist SELECT * FROM merged;
         UPDATE artist_credit_name SET artist = 7006
         WHERE (artist_credit, position) IN (SELECT artist_credit, position FROM credited)"
    ));
    for _ in 0..3 {
        let done = subject.invalidate();
        assert_eq!(
            (done.failed, done.missing, done.complete),
            (0, 0, true),
            "{done:?}"
        );
    }
    assert_eq!(subject.artist(CHK)["id"], CHK);
    assert_eq!(subject.album(LOUDEN_UP_NOW)["artistid"], CHK);
    assert_current(
        &subject,
        &[(Artist, AC_DC), (Artist, CHK), (Album, LOUDEN_UP_NOW)],
    );
    let recent = subject.recent_set(Artist, since);
    assert!(recent.is_superset(&set(&[AC_DC, CHK])), "{recent:?}");
    let recent = subject.recent_set(Album, since);
    assert!(recent.contains(LOUDEN_UP_NOW), "{recent:?}");
}

/// The artists that an album's tracks name, and those that it describes.
fn performers(album: &Value) -> [BTreeSet<String>; 2] {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let releases = album["Releases"].as_array().unwrap().iter();
    let tracks = releases.flat_map(|release| release["Tracks"].as_array().unwrap());
    let described = album["artists"].as_array().unwrap().iter();
    [
        tracks.map(|track| text(&track["ArtistId"])).collect(),
        described.map(|artist| text(&artist["id"])).collect(),
    ]
}

#[test]
fn an_album_whose_guest_was_merged_stays_of_one_piece_until_it_is_built_again() {
    let subject = Crawled::with(|_| {});
    subject.execute("UPDATE track SET artist_credit = 7006 WHERE id = 7009");
    let album = subject.album(HIGH_VOLTAGE);
    assert_eq!(performers(&album), [set(&[CHK]), set(&[AC_DC, CHK])]);
    subject.packet(&format!(
        "UPDATE artist_credit_name SET artist = 1001 WHERE artist = 7006;
         DELETE FROM artist WHERE id = 7006;
         INSERT INTO artist_gid_redirect (gid, new_id, created) VALUES ('{CHK}', 1001, $t)"
    ));
    let mut held = hold_albums(&subject);
    let done = subject.invalidate();
    assert_eq!((done.failed, done.complete), (0, true), "{done:?}");
    assert_eq!(subject.album(HIGH_VOLTAGE), album);
    held.batch_execute("ROLLBACK").unwrap();

    let rebuilt = [set(&[THE_LAS]), set(&[AC_DC, THE_LAS])];
    for _ in 0..600 {
        let told = performers(&subject.album(HIGH_VOLTAGE));
        if told == rebuilt {
            return;
        }
        assert_eq!(told, performers(&album));
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("it isn't built again");
}

/// Where Spotify's id of Adele leads to.
fn led_to(subject: &Crawled) -> String {
    let answer = ask(format!("{}/spotify/artist/{ADELES_ID}", subject.url)).send();
    assert_eq!(answer.status, 301, "{}", answer.text());
    answer.header("location").to_owned()
}

#[test]
fn a_link_to_spotify_that_moves_is_followed_from_whichever_artist_is_kept() {
    for kept in [ADELE, THE_LAS] {
        let subject = Crawled::with(|_| {});
        subject.artist(kept);
        assert_eq!(led_to(&subject), format!("../../artist/{ADELE}"));
        let another = subject.invalidate();
        assert_eq!(another.looked_at, 0, "{another:?}");
        // With the link, the artist that loses it is dated, as by an edit of its own.
        subject.packet(&format!(
            "UPDATE l_artist_url SET entity0 = 1001, last_updated = $t
             WHERE entity1 = (SELECT id FROM url WHERE url LIKE '%/artist/{ADELES_ID}');
             UPDATE artist SET last_updated = $t WHERE gid = '{ADELE}'"
        ));
        next_second();
        assert_eq!(led_to(&subject), format!("../../artist/{ADELE}"));
        let done = subject.invalidate();
        assert_eq!((done.failed, done.complete), (0, true), "{done:?}");
        assert_eq!(
            led_to(&subject),
            format!("../../artist/{THE_LAS}"),
            "{kept}"
        );
    }
}
