//! What one look for changes does to what is kept, and what Lidarr is told.

use std::collections::BTreeSet;

use linernotes_origin::cache::{Refresh, Refreshed};
use linernotes_origin::crawler::{Outcome, Report, Task};
use linernotes_origin::lookup;
use linernotes_shared::request::Entity::{Album, Artist};
use linernotes_tests::{Crawled, next_second};

use crate::sample::*;
use crate::without_pause;

const INVALIDATE: Task = Task::Invalidate { since: None };

fn report() -> Report {
    Report {
        task: "invalidate".to_owned(),
        complete: true,
        ..Report::default()
    }
}

fn set(mbids: &[&str]) -> BTreeSet<String> {
    mbids.iter().map(|mbid| (*mbid).to_owned()).collect()
}

#[test]
fn a_renamed_artist_shows_in_its_own_answer_and_in_an_album_that_embeds_it() {
    let subject = Crawled::with(|_| {});
    subject.artist(THE_LAS);
    subject.album(ALBUM);
    let since = next_second();
    subject.packet("UPDATE artist SET name = 'The Las', last_updated = $t WHERE id = 1001");
    assert_eq!(
        subject.artist(THE_LAS)["artistname"],
        "The La’s",
        "not looked for yet"
    );

    // The artist under both MBIDs; only one is kept.
    let expected = Report {
        looked_at: 2,
        refreshed: 1,
        ..report()
    };
    assert_eq!(subject.invalidate(), expected);
    assert_eq!(subject.artist(THE_LAS)["artistname"], "The Las");
    assert_eq!(subject.album(ALBUM)["artists"][0]["artistname"], "The Las");
    assert_eq!(subject.recent_set(Artist, since), set(&[THE_LAS]));
    assert_eq!(
        subject.recent_set(Album, since),
        set(&[]),
        "its frame is what it was"
    );
}

#[test]
fn a_change_that_does_not_show_is_no_change() {
    let subject = Crawled::with(|_| {});
    subject.artist(THE_LAS);
    subject.album(ALBUM);
    let since = next_second();
    subject.packet(
        "UPDATE artist SET last_updated = $t WHERE id = 1001;
         UPDATE release_group SET last_updated = $t WHERE id = 1001",
    );
    // Both under all their MBIDs; one of each is kept.
    let expected = Report {
        looked_at: 5,
        unchanged: 2,
        ..report()
    };
    assert_eq!(subject.invalidate(), expected);
    assert_eq!(subject.recent_set(Artist, since), set(&[]));
    assert_eq!(subject.recent_set(Album, since), set(&[]));
}

#[test]
fn a_run_that_is_repeated_builds_nothing_twice() {
    let subject = Crawled::with(|_| {});
    subject.artist(THE_LAS);
    subject.packet("UPDATE artist SET name = 'The Las', last_updated = $t WHERE id = 1001");
    assert_eq!(subject.invalidate().refreshed, 1);
    assert_eq!(subject.invalidate(), report(), "the replica hasn't moved");
    subject.packet("");
    // What was built within two minutes after the last sweep began may be of before it, by another clock.
    next_second();
    let looked_again = Report {
        looked_at: 1,
        unchanged: 1,
        ..report()
    };
    assert_eq!(subject.invalidate(), looked_again);
    subject.packet("");
    assert_eq!(
        subject.invalidate(),
        report(),
        "it has, but nothing changed"
    );
}

#[test]
fn an_edit_that_comes_a_packet_late_is_noticed() {
    let subject = Crawled::with(|_| {});
    subject.artist(THE_LAS);
    subject.packet("");
    subject.invalidate();
    // A minute later comes what is a little older than the packet before.
    subject.packet_after(
        60,
        "UPDATE artist SET name = 'The Las', last_updated = $t + interval '30 min' WHERE id = 1001",
    );
    assert_eq!(subject.invalidate().refreshed, 1);
}

#[test]
fn an_operator_can_go_back_in_time() {
    let subject = Crawled::with(|_| {});
    subject.artist(THE_LAS);
    subject
        .packet("UPDATE artist SET name = 'The Las', last_updated = '2001-01-01' WHERE id = 1001");
    assert_eq!(subject.invalidate(), report(), "it is dated long ago");
    let of_2001 = Task::Invalidate {
        since: Some(978_000_000),
    };
    let all = subject.ran(&of_2001);
    assert!(all.complete && all.failed == 0, "{all:?}");
    assert_eq!(subject.artist(THE_LAS)["artistname"], "The Las");
}

#[test]
fn a_new_album_of_a_kept_artist_is_listed_with_its_artist() {
    let subject = Crawled::with(|_| {});
    subject.artist(AC_DC);
    let since = next_second();
    subject.packet(&format!(
        "INSERT INTO release_group (id, gid, name, artist_credit, type, last_updated) VALUES
           (99001, '{}', 'Brand New', 7004, 1, $t), (99002, '{}', 'Elsewhere', 7006, 1, $t)",
        made_up(1),
        made_up(2)
    ));
    // Two albums and their two artists; AC/DC alone is kept.
    let done = subject.invalidate();
    assert_eq!(
        (done.refreshed, done.failed, done.complete),
        (2, 0, true),
        "{done:?}"
    );
    assert_eq!(subject.recent_set(Artist, since), set(&[AC_DC]));
    assert_eq!(subject.recent_set(Album, since), set(&[&made_up(1)]));
    assert!(titles(&subject.artist(AC_DC)).contains(&"Brand New"));
}

#[test]
fn a_changed_albums_artist_is_listed_even_if_its_own_answer_is_the_same() {
    let subject = Crawled::with(|_| {});
    let artist = subject.artist(THE_LAS);
    subject.artist(THE_LAS_OLD);
    subject.album(ALBUM);
    let since = next_second();
    subject.packet(
        "UPDATE track SET name = 'Another Title', last_updated = $t
         WHERE id = (SELECT min(track.id) FROM track JOIN medium ON medium.id = track.medium
                     JOIN release ON release.id = medium.release WHERE release.release_group = 1001)",
    );
    subject.invalidate();
    assert_eq!(subject.artist(THE_LAS), artist);
    assert_eq!(subject.recent_set(Album, since), set(&[ALBUM]));
    let artists = subject.recent(Artist, since).unwrap();
    // Whichever MBID Lidarr holds.
    assert_eq!(artists.len(), 2, "{artists:?}");
    assert_eq!(
        artists.into_iter().collect::<BTreeSet<_>>(),
        set(&[THE_LAS, THE_LAS_OLD])
    );
}

#[test]
fn a_merge_of_albums_is_listed_under_the_mbid_that_is_kept() {
    let subject = Crawled::with(|_| {});
    subject.artist(AC_DC);
    subject.album(HIGH_VOLTAGE);
    let since = next_second();
    subject.packet(&format!(
        "UPDATE release SET release_group = 7005, last_updated = $t WHERE release_group = 7006;
         DELETE FROM release_group WHERE id = 7006;
         INSERT INTO release_group_gid_redirect (gid, new_id, created) VALUES ('{HIGH_VOLTAGE}', 7005, $t)"
    ));
    subject.invalidate();
    assert_eq!(subject.album(HIGH_VOLTAGE)["id"], BACK_IN_BLACK);
    // The old MBID is Lidarr's; by the new one it will ask from now on.
    assert_eq!(
        subject.recent_set(Album, since),
        set(&[HIGH_VOLTAGE, BACK_IN_BLACK])
    );
    assert_eq!(subject.recent_set(Artist, since), set(&[AC_DC]));
}

#[test]
fn whoever_comes_with_an_old_mbid_hears_of_the_new_ones_changes() {
    let subject = Crawled::with(|_| {});
    assert_eq!(subject.artist(THE_LAS_OLD)["id"], THE_LAS);
    let since = next_second();
    subject.packet(&format!(
        "UPDATE artist SET name = 'The Las', last_updated = $t WHERE id = 1001;
         INSERT INTO release_group (id, gid, name, artist_credit, type, last_updated)
         VALUES (99001, '{}', 'Brand New', 1001, 1, $t)",
        made_up(1)
    ));
    subject.invalidate();
    // Lidarr has taken over the MBID that it was told.
    assert_eq!(
        subject.recent_set(Artist, since),
        set(&[THE_LAS, THE_LAS_OLD])
    );
    assert_eq!(subject.recent_set(Album, since), set(&[&made_up(1)]));
}

#[test]
fn merged_artists_are_listed_with_all_their_albums() {
    let subject = Crawled::with(|_| {});
    subject.artist(CHK);
    subject.album(LOUDEN_UP_NOW);
    let since = next_second();
    subject.packet(&format!(
        "UPDATE artist_credit_name SET artist = 7004 WHERE artist = 7006;
         DELETE FROM artist WHERE id = 7006;
         INSERT INTO artist_gid_redirect (gid, new_id, created) VALUES ('{CHK}', 7004, $t)"
    ));
    subject.invalidate();
    assert_eq!(subject.artist(CHK)["id"], AC_DC);
    assert_eq!(subject.album(LOUDEN_UP_NOW)["artistid"], AC_DC);
    assert_eq!(subject.recent_set(Artist, since), set(&[CHK, AC_DC]));
    // Of an album that isn't kept, Lidarr asks only if it is listed.
    assert_eq!(
        subject.recent_set(Album, since),
        set(&[LOUDEN_UP_NOW, BACK_IN_BLACK, HIGH_VOLTAGE])
    );
}

#[test]
fn what_is_deleted_is_gone_after_a_second_look() {
    let subject = Crawled::with(|config| config.crawler.second_look_minutes = 60);
    subject.prepare();
    let artist = subject.artist(AC_DC);
    let album = subject.album(HIGH_VOLTAGE);
    assert!(titles(&artist).contains(&"High Voltage"));
    let since = next_second();
    subject.packet("DELETE FROM release_group WHERE id = 7006");
    let first = subject.invalidate();
    assert_eq!(
        (first.missing, first.refreshed, first.failed),
        (1, 1, 0),
        "{first:?}"
    );
    assert_eq!(
        subject.answer(Album, HIGH_VOLTAGE),
        (200, album),
        "until then, what is kept stands"
    );
    assert_eq!(subject.recent_set(Album, since), set(&[]));
    assert_eq!(subject.recent_set(Artist, since), set(&[AC_DC]));
    assert_eq!(subject.invalidate(), report(), "it is too early");
}

#[test]
fn after_a_second_look_it_is_not_found_and_listed_with_its_artist() {
    let subject = Crawled::with(without_pause);
    subject.prepare();
    subject.artist(AC_DC);
    subject.album(HIGH_VOLTAGE);
    subject.packet("DELETE FROM release_group WHERE id = 7006");
    subject.invalidate();
    let since = next_second();
    let second = subject.invalidate();
    // The album; its artist is touched.
    let expected = Report {
        looked_at: 1,
        missing: 1,
        unchanged: 1,
        ..report()
    };
    assert_eq!(second, expected);
    assert_eq!(subject.answer(Album, HIGH_VOLTAGE).0, 404);
    assert_eq!(subject.recent_set(Album, since), set(&[HIGH_VOLTAGE]));
    assert_eq!(subject.recent_set(Artist, since), set(&[AC_DC]));
    assert_eq!(subject.invalidate(), report());
}

#[test]
fn what_comes_back_between_the_looks_stays() {
    let subject = Crawled::with(without_pause);
    subject.prepare();
    subject.artist(CHK);
    let album = subject.album(LOUDEN_UP_NOW);
    subject.packet(
        "CREATE TABLE aside AS SELECT * FROM release_group WHERE id = 7008;
         DELETE FROM release_group WHERE id = 7008",
    );
    assert_eq!(subject.invalidate().missing, 1);
    subject.execute("INSERT INTO musicbrainz.release_group SELECT * FROM musicbrainz.aside");
    let second = subject.invalidate();
    assert_eq!((second.missing, second.failed), (0, 0), "{second:?}");
    assert_eq!(subject.answer(Album, LOUDEN_UP_NOW), (200, album));
    assert_eq!(subject.invalidate(), report(), "nothing is left in doubt");
}

#[test]
fn a_deleted_artist_is_gone_after_a_second_look_and_listed() {
    let subject = Crawled::with(without_pause);
    subject.prepare();
    subject.artist(CHK);
    let since = next_second();
    subject.packet(
        "DELETE FROM release_group WHERE id = 7008;
         DELETE FROM artist WHERE id = 7006",
    );
    subject.invalidate();
    assert_eq!(subject.answer(Artist, CHK).0, 200);
    assert_eq!(subject.recent_set(Artist, since), set(&[]));
    subject.invalidate();
    assert_eq!(subject.answer(Artist, CHK).0, 404);
    assert_eq!(subject.recent_set(Artist, since), set(&[CHK]));
}

#[test]
fn whoever_holds_an_old_mbid_hears_that_its_album_was_deleted() {
    let subject = Crawled::with(without_pause);
    subject.prepare();
    subject.artist(AC_DC);
    subject.album(HIGH_VOLTAGE);
    subject.packet(&format!(
        "UPDATE release SET release_group = 7005, last_updated = $t WHERE release_group = 7006;
         DELETE FROM release_group WHERE id = 7006;
         INSERT INTO release_group_gid_redirect (gid, new_id, created) VALUES ('{HIGH_VOLTAGE}', 7005, $t)"
    ));
    subject.invalidate();
    assert_eq!(subject.album(HIGH_VOLTAGE)["id"], BACK_IN_BLACK);
    // With an entity go its old MBIDs.
    subject.packet(
        "DELETE FROM release_group_gid_redirect WHERE new_id = 7005;
         DELETE FROM release WHERE release_group = 7005;
         DELETE FROM release_group WHERE id = 7005",
    );
    subject.invalidate();
    let since = next_second();
    subject.invalidate();
    for album in [HIGH_VOLTAGE, BACK_IN_BLACK] {
        assert_eq!(subject.answer(Album, album).0, 404, "{album}");
    }
    assert_eq!(
        subject.recent_set(Album, since),
        set(&[HIGH_VOLTAGE, BACK_IN_BLACK])
    );
    assert_eq!(subject.recent_set(Artist, since), set(&[AC_DC]));
}

#[test]
fn whoever_holds_an_old_mbid_hears_that_its_artist_was_deleted() {
    let subject = Crawled::with(without_pause);
    subject.prepare();
    assert_eq!(subject.artist(THE_LAS_OLD)["id"], THE_LAS);
    subject.packet(
        "DELETE FROM artist WHERE id = 1001;
         DELETE FROM artist_gid_redirect WHERE new_id = 1001",
    );
    subject.invalidate();
    let since = next_second();
    subject.invalidate();
    for artist in [THE_LAS, THE_LAS_OLD] {
        assert_eq!(subject.answer(Artist, artist).0, 404, "{artist}");
    }
    assert_eq!(
        subject.recent_set(Artist, since),
        set(&[THE_LAS, THE_LAS_OLD])
    );
}

/// As if a process had been killed just after it had kept what changed: nobody has been told, and nothing is noted.
#[test]
fn an_album_that_was_built_ahead_without_a_note_is_told_of_by_the_next_sweep() {
    let subject = Crawled::with(|_| {});
    let artist = subject.artist(THE_LAS);
    subject.album(ALBUM);
    for _ in 0..2 {
        subject.packet("");
        subject.invalidate();
    }
    let since = next_second();
    subject.packet(
        "UPDATE track SET name = 'Another Title', last_updated = $t
         WHERE id = (SELECT min(track.id) FROM track JOIN medium ON medium.id = track.medium
                     JOIN release ON release.id = medium.release WHERE release.release_group = 1001)",
    );
    let building = lookup::refresh(
        &subject.service,
        Album,
        ALBUM.parse().unwrap(),
        Refresh::default(),
    );
    assert_eq!(subject.wait(building).unwrap(), Refreshed::Changed);
    next_second();
    subject.invalidate();
    assert_eq!(subject.artist(THE_LAS), artist);
    assert_eq!(subject.recent_set(Album, since), set(&[ALBUM]));
    assert_eq!(subject.recent_set(Artist, since), set(&[THE_LAS]));

    let told = next_second();
    subject.packet("UPDATE release_group SET last_updated = $t WHERE id = 1001");
    subject.invalidate();
    assert_eq!(subject.recent_set(Artist, told), set(&[]), "once");
}

#[test]
fn of_two_runs_at_once_one_works() {
    let subject = Crawled::with(|_| {});
    subject.artist(THE_LAS);
    subject.packet("UPDATE artist SET name = 'The Las', last_updated = $t WHERE id = 1001");
    let run = || {
        linernotes_origin::crawler::run(
            &subject.service,
            &INVALIDATE,
            linernotes_origin::crawler::Deadline::NEVER,
        )
    };
    let outcomes = subject.wait(async { tokio::join!(run(), run(), run()) });
    let outcomes = [outcomes.0, outcomes.1, outcomes.2].map(Result::unwrap);
    let ran = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Outcome::Ran(_)));
    assert_eq!(ran.count(), 1, "{outcomes:?}");
    assert!(outcomes.contains(&Outcome::UnderWay));
    assert_eq!(subject.artist(THE_LAS)["artistname"], "The Las");
}
