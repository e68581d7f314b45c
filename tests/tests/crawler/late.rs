//! Artists who are told late of what changed: Lidarr refreshes an album only if both are in one list.

use std::collections::BTreeSet;
use std::slice;

use linernotes_origin::cache::{now, now_millis};
use linernotes_shared::cache::CacheKey;
use linernotes_shared::request::Entity::{Album, Artist};
use linernotes_tests::{Crawled, next_second};

use crate::sample::*;

const HOUR: u64 = 60 * 60;

fn set(mbids: &[&str]) -> BTreeSet<String> {
    mbids.iter().map(|mbid| (*mbid).to_owned()).collect()
}

/// As if what is kept of a key had changed so many seconds ago.
fn changed_before(subject: &Crawled, key: &CacheKey, seconds: u64) {
    let store = subject.service.cache.store();
    let kept = subject.wait(store.get(slice::from_ref(key))).unwrap();
    let mut entry = kept[key].clone().built_at(now_millis());
    entry.updated = now() - seconds;
    subject.wait(store.put(key, entry.into())).unwrap();
}

/// As if it had been noted that an album changed, and nobody had run for two hours.
#[test]
fn an_album_whose_artist_is_told_late_is_listed_once_more_with_it() {
    let subject = Crawled::with(|_| {});
    subject.artist(THE_LAS);
    let album = subject.album(ALBUM);
    let key: CacheKey = format!("album/{ALBUM}").parse().unwrap();
    changed_before(&subject, &key, 2 * HOUR);
    let artist = format!("artist/{THE_LAS}").parse().unwrap();
    changed_before(&subject, &artist, 4 * HOUR);
    let noted = format!("{{\"{key}\": {}}}", now() - 2 * HOUR);
    let store = subject.service.cache.store();
    let noting = store.write_note("unsettled", noted.as_bytes(), None);
    assert!(subject.wait(noting).unwrap());

    let since = next_second();
    subject.invalidate();
    assert_eq!(subject.recent_set(Artist, since), set(&[THE_LAS]));
    assert_eq!(subject.recent_set(Album, since), set(&[ALBUM]));
    assert_eq!(subject.album(ALBUM), album, "it says what it said");
    let told = next_second();
    subject.invalidate();
    assert_eq!(subject.recent_set(Album, told), set(&[]), "once");
}

#[test]
fn an_album_whose_artist_cannot_be_told_now_is_listed_once_more_with_it() {
    let subject = Crawled::with(|_| {});
    subject.artist(AC_DC);
    subject.album(HIGH_VOLTAGE);
    // What can't be read of another album of theirs keeps the artist's list from being built.
    subject.packet(
        "UPDATE release_group SET name = 'Higher Voltage', last_updated = $t WHERE id = 7006;
         ALTER TABLE release_group_meta RENAME TO aside;
         CREATE VIEW release_group_meta AS
         SELECT id, release_count, first_release_date_year, first_release_date_month, first_release_date_day, rating_count,
           CASE WHEN id = 7005 THEN (1 / (id - 7005))::smallint ELSE rating END AS rating
         FROM aside",
    );
    let failed = subject.invalidate();
    assert_eq!((failed.failed, failed.complete), (2, true), "{failed:?}");
    assert_eq!(subject.album(HIGH_VOLTAGE)["title"], "Higher Voltage");
    subject.execute(
        "DROP VIEW release_group_meta;
         ALTER TABLE aside RENAME TO release_group_meta",
    );
    let since = next_second();
    let mended = subject.invalidate();
    assert_eq!((mended.failed, mended.complete), (0, true), "{mended:?}");
    assert_eq!(subject.recent_set(Artist, since), set(&[AC_DC]));
    assert_eq!(subject.recent_set(Album, since), set(&[HIGH_VOLTAGE]));
}
