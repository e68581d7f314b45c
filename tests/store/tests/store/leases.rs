//! Leases: one holder at a time, none for long, and no harm if there are two.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use linernotes_origin::cache::{Put, Store};
use linernotes_store_tests::{NOW, entry, key};

use crate::stores::{for_every_store, get, put};

for_every_store! {
    one_of_many_gets_the_lease
    a_lease_ends_by_itself
    a_lease_can_be_given_back_and_prolonged
    only_the_holder_gives_it_back
    a_crashed_holder_blocks_nobody_for_longer_than_the_lease_whatever_its_clock
    clocks_may_differ_by_a_little
    two_holders_do_no_harm
    a_lease_is_no_entry
}

/// Unix milliseconds.
const START: u64 = NOW * 1_000;
const LEASE: Duration = Duration::from_secs(10);
const MINUTE: u64 = 60_000;

async fn acquire(store: &dyn Store, holder: &str, now: u64) -> bool {
    store.acquire(&key(1), holder, now, LEASE).await.unwrap()
}

async fn one_of_many_gets_the_lease(store: Arc<dyn Store>) {
    let outcomes = join_all((0..20).map(|holder| {
        let store = Arc::clone(&store);
        tokio::spawn(async move { acquire(&*store, &holder.to_string(), START).await })
    }))
    .await;
    let holders = outcomes
        .into_iter()
        .filter(|outcome| *outcome.as_ref().unwrap());
    assert_eq!(holders.count(), 1);
    assert!(
        store
            .acquire(&key(2), "another key's", START, LEASE)
            .await
            .unwrap(),
        "leases of other keys are others"
    );
}

async fn a_lease_ends_by_itself(store: Arc<dyn Store>) {
    assert!(acquire(&*store, "a", START).await);
    assert!(!acquire(&*store, "b", START + 9_999).await);
    assert!(acquire(&*store, "b", START + 10_000).await);
    assert!(!acquire(&*store, "a", START + 10_000).await);
}

async fn a_lease_can_be_given_back_and_prolonged(store: Arc<dyn Store>) {
    assert!(acquire(&*store, "a", START).await);
    store.release(&key(1), "a").await.unwrap();
    assert!(acquire(&*store, "b", START + 1).await);
    assert!(acquire(&*store, "b", START + 9_000).await, "prolonged");
    assert!(!acquire(&*store, "a", START + 11_000).await);
    store.release(&key(1), "b").await.unwrap();
    store.release(&key(1), "b").await.unwrap();
}

async fn only_the_holder_gives_it_back(store: Arc<dyn Store>) {
    assert!(acquire(&*store, "a", START).await);
    store.release(&key(1), "b").await.unwrap();
    assert!(!acquire(&*store, "b", START + 1).await);
}

async fn a_crashed_holder_blocks_nobody_for_longer_than_the_lease_whatever_its_clock(
    store: Arc<dyn Store>,
) {
    let lease = u64::try_from(LEASE.as_millis()).unwrap();
    for skewed in [START - MINUTE, START, START + MINUTE] {
        assert!(acquire(&*store, "crashed", skewed).await);
        assert!(
            acquire(&*store, "waiting", START + lease).await,
            "held by a clock at {skewed}"
        );
        store.release(&key(1), "waiting").await.unwrap();
    }
}

async fn clocks_may_differ_by_a_little(store: Arc<dyn Store>) {
    assert!(acquire(&*store, "ahead", START + 900).await);
    assert!(!acquire(&*store, "behind", START + 1).await);
    assert!(!acquire(&*store, "behind", START + 10_899).await);
    assert!(acquire(&*store, "behind", START + 10_900).await);
}

async fn two_holders_do_no_harm(store: Arc<dyn Store>) {
    assert!(acquire(&*store, "slow", START).await);
    let stolen_at = START + MINUTE;
    assert!(acquire(&*store, "thief", stolen_at).await);
    let new = entry(b"new").built_at(stolen_at);
    assert_eq!(put(&*store, &key(1), &new).await, Put::Kept);
    // The first holder comes late and knows nothing of it.
    let old = entry(b"old").built_at(START);
    assert_eq!(put(&*store, &key(1), &old).await, Put::Superseded);
    store.release(&key(1), "slow").await.unwrap();
    assert_eq!(get(&*store, &key(1)).await, Some(new));
    assert!(
        !acquire(&*store, "third", stolen_at + 1).await,
        "the thief still has it"
    );
}

async fn a_lease_is_no_entry(store: Arc<dyn Store>) {
    assert!(acquire(&*store, "a", START).await);
    assert_eq!(get(&*store, &key(1)).await, None);
    assert_eq!(store.mark_stale(&[key(1)], NOW + 10).await.unwrap(), 0);
    put(&*store, &key(1), &entry(b"1")).await;
    assert!(!acquire(&*store, "b", START + 1).await);
    store.release(&key(1), "a").await.unwrap();
    assert_eq!(get(&*store, &key(1)).await, Some(entry(b"1")));
}
