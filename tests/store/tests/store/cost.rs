//! What an access costs in DynamoDB's capacity units: the table in `docs/store.md`.

use std::sync::Arc;

use futures_util::future::join_all;
use linernotes_origin::cache::{Consistency, Entry, Store};
use linernotes_shared::cache::Collection;
use linernotes_store_tests::{
    Emulator, NOW, Trouble, Troublemaker, content, entry, key, long_body,
};

use crate::stores::put;

/// An entry of so many compressed bytes, built at `time`.
fn built(bytes: usize, updated: u64, time: u64) -> Entry {
    let mut entry = Entry {
        frame: content(&long_body(bytes, 1)),
        updated,
        ..entry(b"")
    };
    entry.freshness.fresh_until = time + 100;
    entry.built_at(time * 1_000)
}

/// Units of: a first put, a put of the same content, a put of new content, a get, a mark.
async fn costs(bytes: usize) -> [f64; 5] {
    let emulator = Emulator::start().await;
    let _table = emulator.store().await;
    let meter = Troublemaker::before(&emulator.url).await;
    let store = Emulator::store_at(&meter.url).await;
    let mut costs = Vec::new();
    for (updated, time) in [(NOW, NOW), (NOW, NOW + 1), (NOW + 2, NOW + 2)] {
        meter.always(Trouble::None);
        put(&store, &key(1), &built(bytes, updated, time)).await;
        costs.push(meter.spent());
    }
    meter.always(Trouble::None);
    store.get(&[key(1)]).await.unwrap();
    costs.push(meter.spent());
    meter.always(Trouble::None);
    store.mark_stale(&[key(1)], NOW + 3).await.unwrap();
    costs.push(meter.spent());
    costs.try_into().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_cost_what_their_size_says() {
    const KB: usize = 1_024;
    for (bytes, expected) in [
        (2 * KB, [5.0, 5.0, 7.0, 0.5, 5.0]),
        (8 * KB, [11.0, 11.0, 13.0, 1.5, 11.0]),
        (60 * KB, [63.0, 63.0, 65.0, 8.0, 63.0]),
        (1_000 * KB, [1_006.0, 1_006.0, 1_008.0, 127.0, 3.0]),
    ] {
        assert_eq!(costs(bytes).await, expected, "{bytes} bytes");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rest_is_cheap() {
    let emulator = Emulator::start().await;
    let store = Arc::new(emulator.store().await);
    join_all((0..500).map(|number| {
        let store = Arc::clone(&store);
        async move { put(&*store, &key(number), &entry(b"1")).await }
    }))
    .await;
    let meter = Troublemaker::before(&emulator.url).await;
    let store = Emulator::store_at(&meter.url).await;

    for (number, how, units, look) in [
        (1_000, Consistency::Eventual, 0.5, "for what isn't there"),
        (1_000, Consistency::Strong, 1.0, "for that before a build"),
        (1, Consistency::Strong, 1.0, "at what another has built"),
    ] {
        meter.always(Trouble::None);
        store.read(&[key(number)], how).await.unwrap();
        assert_eq!(meter.spent(), units, "a look {look}");
    }

    meter.always(Trouble::None);
    store.mark_stale(&[key(1_000)], NOW + 1).await.unwrap();
    assert_eq!(
        meter.spent(),
        0.0,
        "the emulator doesn't count what it refuses; DynamoDB counts 1"
    );

    meter.always(Trouble::None);
    let lease = std::time::Duration::from_secs(1);
    store.acquire(&key(1), "a", NOW, lease).await.unwrap();
    store.acquire(&key(1), "a", NOW + 1, lease).await.unwrap();
    store.release(&key(1), "a").await.unwrap();
    assert_eq!(meter.spent(), 3.0, "a lease, and 1 to prolong it");

    meter.always(Trouble::None);
    let listed = store
        .changed_since(Collection::Artist, 0, 10_000)
        .await
        .unwrap();
    assert_eq!((listed.len(), meter.spent()), (500, 10.0), "a list of 500");
}
