//! Lists of entries by time of change and by end of freshness.

use std::sync::Arc;

use dynoxide::types::AttributeValue;
use futures_util::{StreamExt, stream};
use linernotes_origin::cache::{Entry, Kind, Listed, Store};
use linernotes_shared::cache::{CacheKey, Collection, Freshness};
use linernotes_store_tests::{Emulator, NOW, entry, key};

use crate::stores::{for_every_store, put};

for_every_store! {
    changes_come_newest_first_and_ties_by_key
    an_entry_is_listed_once_with_its_last_change
    what_goes_stale_comes_earliest_first
    lists_hold_found_entries_of_their_collection
    long_lists_are_complete_and_cut_at_the_limit
}

fn updated_at(time: u64) -> Entry {
    Entry {
        updated: time,
        ..entry(b"1")
    }
}

fn fresh_until(time: u64) -> Entry {
    Entry {
        freshness: Freshness {
            fresh_until: time,
            ..entry(b"1").freshness
        },
        ..entry(b"1")
    }
}

fn listed(number: u32, time: u64) -> Listed {
    let key = key(number);
    Listed { key, time }
}

async fn changed(store: &dyn Store, since: u64, limit: usize) -> Vec<Listed> {
    store
        .changed_since(Collection::Artist, since, limit)
        .await
        .unwrap()
}

async fn stale(store: &dyn Store, before: u64, limit: usize) -> Vec<Listed> {
    store
        .going_stale(Collection::Artist, before, limit)
        .await
        .unwrap()
}

async fn changes_come_newest_first_and_ties_by_key(store: Arc<dyn Store>) {
    for (number, time) in [(1, 100), (2, 300), (3, 200), (4, 200), (5, 200), (6, 9)] {
        put(&*store, &key(number), &updated_at(time)).await;
    }
    let all = [
        listed(2, 300),
        listed(5, 200),
        listed(4, 200),
        listed(3, 200),
        listed(1, 100),
        listed(6, 9),
    ];
    assert_eq!(changed(&*store, 0, 10).await, all);
    assert_eq!(
        changed(&*store, 100, 10).await,
        all[..5],
        "`since` itself counts"
    );
    assert_eq!(changed(&*store, 101, 10).await, all[..4]);
    assert_eq!(
        changed(&*store, 0, 3).await,
        all[..3],
        "ties are cut in order"
    );
    assert_eq!(changed(&*store, 0, 0).await, []);
    assert_eq!(changed(&*store, 301, 10).await, []);
    assert_eq!(changed(&*store, u64::MAX, 10).await, []);
}

async fn an_entry_is_listed_once_with_its_last_change(store: Arc<dyn Store>) {
    put(&*store, &key(1), &updated_at(100)).await;
    put(&*store, &key(1), &updated_at(100)).await;
    assert_eq!(changed(&*store, 0, 10).await, [listed(1, 100)]);
    put(&*store, &key(1), &updated_at(200)).await;
    assert_eq!(changed(&*store, 0, 10).await, [listed(1, 200)]);
    store.mark_stale(&[key(1)], NOW + 10).await.unwrap();
    assert_eq!(
        changed(&*store, 0, 10).await,
        [listed(1, 200)],
        "a mark is no change"
    );
}

async fn what_goes_stale_comes_earliest_first(store: Arc<dyn Store>) {
    for (number, time) in [(1, 300), (2, 100), (3, 200), (4, 200), (5, 1_000)] {
        put(&*store, &key(number), &fresh_until(NOW + time)).await;
    }
    let all = [
        listed(2, NOW + 100),
        listed(3, NOW + 200),
        listed(4, NOW + 200),
        listed(1, NOW + 300),
    ];
    assert_eq!(
        stale(&*store, NOW + 300, 10).await,
        all,
        "`before` itself counts"
    );
    assert_eq!(stale(&*store, NOW + 299, 10).await, all[..3]);
    assert_eq!(stale(&*store, NOW + 300, 2).await, all[..2]);
    assert_eq!(stale(&*store, NOW + 99, 10).await, []);

    store.mark_stale(&[key(5)], NOW + 50).await.unwrap();
    put(&*store, &key(2), &fresh_until(NOW + 400)).await;
    assert_eq!(
        stale(&*store, NOW + 200, 10).await,
        [
            listed(5, NOW + 50),
            listed(3, NOW + 200),
            listed(4, NOW + 200)
        ],
        "marks and new builds move entries"
    );
}

async fn lists_hold_found_entries_of_their_collection(store: Arc<dyn Store>) {
    let unknown = Entry {
        kind: Kind::Unknown,
        ..entry(b"1")
    };
    let album = CacheKey::new(Collection::Album, key(3).mbid().unwrap());
    put(&*store, &key(1), &entry(b"1")).await;
    put(&*store, &key(2), &unknown).await;
    put(&*store, &album, &entry(b"1")).await;
    // What was found once and isn't any more, leaves the lists.
    put(&*store, &key(4), &entry(b"1")).await;
    put(&*store, &key(4), &unknown).await;
    for (collection, expected) in [(Collection::Artist, key(1)), (Collection::Album, album)] {
        let changed = store.changed_since(collection, 0, 10).await.unwrap();
        let key = expected.clone();
        assert_eq!(changed, [Listed { key, time: NOW }]);
        let stale = store
            .going_stale(collection, NOW + 1_000, 10)
            .await
            .unwrap();
        assert_eq!(
            stale,
            [Listed {
                key: expected,
                time: NOW + 100
            }]
        );
    }
}

async fn long_lists_are_complete_and_cut_at_the_limit(store: Arc<dyn Store>) {
    const NUMBER: u32 = 10_001;
    // Seven a second, in no order.
    let time = |number: u32| u64::from(number / 7) + 1_000;
    stream::iter((0..NUMBER).map(|number| number * 7 % NUMBER))
        .for_each_concurrent(16, |number| {
            let store = &store;
            async move {
                put(&**store, &key(number), &updated_at(time(number))).await;
            }
        })
        .await;
    let all: Vec<Listed> = (0..NUMBER)
        .rev()
        .map(|number| listed(number, time(number)))
        .collect();
    assert_eq!(changed(&*store, 0, 20_000).await, all);
    for limit in [1, 100, 999, 10_000] {
        assert_eq!(changed(&*store, 0, limit).await, all[..limit], "{limit}");
    }
}

/// DynamoDB's indexes are cut into slices that are read side by side, each as far as its share of the list.
#[tokio::test(flavor = "multi_thread")]
async fn a_slice_with_more_than_its_share_is_read_on() {
    let emulator = Emulator::start().await;
    let store = emulator.store().await;
    for number in 0..400 {
        put(&store, &key(number), &updated_at(100)).await;
    }
    // The newest are all in one slice, and more than a first page of it.
    let items = emulator.items();
    let in_one_slice: Vec<CacheKey> = items
        .iter()
        .filter(|item| item["slice"] == items[0]["slice"])
        .map(|item| match &item["pk"] {
            AttributeValue::S(pk) => pk.parse().unwrap(),
            _ => panic!("keys are texts"),
        })
        .collect();
    assert!(in_one_slice.len() > 30, "{}", in_one_slice.len());
    for key in &in_one_slice {
        put(&store, key, &updated_at(200)).await;
    }
    let expected: Vec<Listed> = in_one_slice
        .into_iter()
        .rev()
        .take(30)
        .map(|key| Listed { key, time: 200 })
        .collect();
    assert_eq!(changed(&store, 0, 30).await, expected);
}
