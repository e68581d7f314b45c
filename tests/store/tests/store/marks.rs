//! Marks of staleness: what was built before one isn't fresh after it, in whatever order they come.

use std::sync::Arc;

use linernotes_origin::cache::{Entry, Kind, Put, Store};
use linernotes_shared::cache::{Collection, Freshness};
use linernotes_store_tests::{NOW, entry, key, long_body};

use crate::stores::{for_every_store, get, put};

for_every_store! {
    a_mark_ends_freshness_and_changes_nothing_else
    only_entries_built_before_are_marked
    a_slow_build_is_stale_from_the_start
    a_later_build_is_fresh_again
    the_earliest_mark_counts_for_what_was_built_before_all
    a_mark_on_a_stale_entry_still_holds_against_slow_builds
    not_found_cannot_be_used_after_a_mark
    many_entries_are_marked_at_once
}

/// [`entry`] is fresh until then.
const FRESH_UNTIL: u64 = NOW + 100;

fn fresh_until(entry: &Entry, fresh_until: u64) -> Entry {
    let freshness = Freshness {
        fresh_until,
        ..entry.freshness
    };
    Entry {
        freshness,
        ..entry.clone()
    }
}

async fn a_mark_ends_freshness_and_changes_nothing_else(store: Arc<dyn Store>) {
    for (number, body) in [(1, b"short".to_vec()), (2, long_body(500_000, 1))] {
        let entry = entry(&body);
        put(&*store, &key(number), &entry).await;
        assert_eq!(store.mark_stale(&[key(number)], NOW + 10).await.unwrap(), 1);
        assert_eq!(
            get(&*store, &key(number)).await,
            Some(fresh_until(&entry, NOW + 10))
        );
    }
}

async fn only_entries_built_before_are_marked(store: Arc<dyn Store>) {
    put(&*store, &key(1), &entry(b"1")).await;
    let absent = key(2);
    assert_eq!(
        store
            .mark_stale(&[key(1), absent.clone()], NOW)
            .await
            .unwrap(),
        0
    );
    assert_eq!(get(&*store, &key(1)).await, Some(entry(b"1")));
    assert_eq!(get(&*store, &absent).await, None);
    assert_eq!(
        store
            .going_stale(Collection::Artist, u64::MAX - 1, 10)
            .await
            .unwrap()
            .len(),
        1,
        "nothing is kept for what isn't there"
    );
}

async fn a_slow_build_is_stale_from_the_start(store: Arc<dyn Store>) {
    put(&*store, &key(1), &entry(b"old")).await;
    store.mark_stale(&[key(1)], NOW + 10).await.unwrap();
    // It began to read before the change that the mark tells of.
    let slow = entry(b"slow").built_at((NOW + 10) * 1_000 - 1);
    assert_eq!(put(&*store, &key(1), &slow).await, Put::Kept);
    assert_eq!(
        get(&*store, &key(1)).await,
        Some(fresh_until(&slow, NOW + 10))
    );
    let slower = entry(b"slower").built_at((NOW + 10) * 1_000 - 1);
    put(&*store, &key(1), &slower).await;
    assert_eq!(
        get(&*store, &key(1)).await,
        Some(fresh_until(&slower, NOW + 10)),
        "the mark outlives the entry it was made on"
    );
}

async fn a_later_build_is_fresh_again(store: Arc<dyn Store>) {
    put(&*store, &key(1), &entry(b"old")).await;
    store.mark_stale(&[key(1)], NOW + 10).await.unwrap();
    let later = entry(b"later").built_at((NOW + 10) * 1_000);
    put(&*store, &key(1), &later).await;
    assert_eq!(get(&*store, &key(1)).await, Some(later.clone()));
    assert_eq!(store.mark_stale(&[key(1)], NOW + 10).await.unwrap(), 0);
    assert_eq!(get(&*store, &key(1)).await, Some(later));
}

async fn the_earliest_mark_counts_for_what_was_built_before_all(store: Arc<dyn Store>) {
    for (number, marks) in [(1, [NOW + 10, NOW + 20]), (2, [NOW + 20, NOW + 10])] {
        put(&*store, &key(number), &entry(b"old")).await;
        for from in marks {
            assert_eq!(store.mark_stale(&[key(number)], from).await.unwrap(), 1);
        }
        assert_eq!(
            get(&*store, &key(number)).await,
            Some(fresh_until(&entry(b"old"), NOW + 10))
        );
        let between = entry(b"between").built_at((NOW + 15) * 1_000);
        put(&*store, &key(number), &between).await;
        assert_eq!(
            get(&*store, &key(number)).await,
            Some(fresh_until(&between, NOW + 20))
        );
    }
}

async fn a_mark_on_a_stale_entry_still_holds_against_slow_builds(store: Arc<dyn Store>) {
    put(&*store, &key(1), &entry(b"old")).await;
    let from = FRESH_UNTIL + 50;
    assert_eq!(store.mark_stale(&[key(1)], from).await.unwrap(), 1);
    assert_eq!(get(&*store, &key(1)).await, Some(entry(b"old")));
    let slow = Entry::new(
        Kind::Found,
        b"slow",
        Vec::new(),
        Freshness::starting(from + 5, 100, 1_000),
        from + 5,
    )
    .built_at((from - 5) * 1_000);
    put(&*store, &key(1), &slow).await;
    assert_eq!(get(&*store, &key(1)).await, Some(fresh_until(&slow, from)));
}

async fn not_found_cannot_be_used_after_a_mark(store: Arc<dyn Store>) {
    // As it is built: usable for as long as it is fresh.
    let unknown = Entry {
        kind: Kind::Unknown,
        freshness: Freshness::starting(NOW, 100, 0),
        ..entry(b"unknown")
    };
    put(&*store, &key(1), &unknown).await;
    store.mark_stale(&[key(1)], NOW + 10).await.unwrap();
    let until = Freshness {
        fresh_until: NOW + 10,
        stale_until: NOW + 10,
    };
    let expected = Entry {
        freshness: until,
        ..unknown.clone()
    };
    assert_eq!(get(&*store, &key(1)).await, Some(expected));

    let later = unknown.built_at((NOW + 10) * 1_000);
    put(&*store, &key(1), &later).await;
    assert_eq!(get(&*store, &key(1)).await, Some(later));
}

async fn many_entries_are_marked_at_once(store: Arc<dyn Store>) {
    for number in 0..40 {
        put(&*store, &key(number), &entry(b"old")).await;
    }
    let keys: Vec<_> = (20..60).map(key).collect();
    assert_eq!(store.mark_stale(&keys, NOW + 10).await.unwrap(), 20);
    for number in 0..40 {
        let expected = if number < 20 { FRESH_UNTIL } else { NOW + 10 };
        let entry = get(&*store, &key(number)).await.unwrap();
        assert_eq!(entry.freshness.fresh_until, expected, "{number}");
    }
}
