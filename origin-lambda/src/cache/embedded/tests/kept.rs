//! What memory keeps over a file that doesn't have it.

use super::*;
use crate::cache::{Built, Cache, Served, Unavailable};
use crate::config::Revalidate;

#[derive(Debug, thiserror::Error)]
#[error("the catalogue is down")]
struct Down;

fn cache_over(store: &Arc<EmbeddedStore>) -> Cache {
    let store: Arc<dyn Store> = Arc::clone(store) as _;
    Cache::new(store, 1024 * 1024, Revalidate::Wait)
}

async fn ask(cache: &Cache, answer: Option<Entry>) -> Result<Served, Unavailable> {
    let build = answer.map(|answer| Built {
        answer,
        profiles: Vec::new(),
        unsure: Vec::new(),
        current: None,
    });
    cache
        .get_or_build(key(1), || async { build.ok_or(Down) })
        .await
}

/// Fresh for an hour.
fn answer(kind: Kind, body: &[u8]) -> Entry {
    let freshness = Freshness::starting(now(), 3_600, 600);
    Entry::new(kind, body, Vec::new(), freshness, now())
}

fn text(served: &Served) -> Vec<u8> {
    served.answer.body.plain().unwrap()
}

#[tokio::test]
async fn what_cannot_be_stored_is_fresh_for_a_minute_at_most() {
    let disk = Disk::default();
    let cache = cache_over(&Arc::new(disk.store()));
    disk.fill(true);
    let built = answer(Kind::Found, b"1");
    let built_until = built.freshness;
    for asked in [ask(&cache, Some(built)).await, ask(&cache, None).await] {
        let freshness = asked.unwrap().answer.freshness;
        assert!(freshness.fresh_until <= now() + 60, "{freshness:?}");
        assert_eq!(freshness.stale_until, built_until.stale_until);
    }
}

#[tokio::test]
async fn what_a_replaced_file_had_is_built_and_stored_again_but_was_found() {
    let disk = Disk::default();
    let store = Arc::new(disk.store());
    let cache = cache_over(&store);
    // Memory keeps it joined, too, from the second time on.
    for _ in 0..2 {
        ask(&cache, Some(answer(Kind::Found, b"1"))).await.unwrap();
    }

    disk.bytes.lock().unwrap().fill(0xff);
    while store.put(&key(2), Arc::new(entry(b"2"))).await.is_err() {}
    assert!(!disk.aside.lock().unwrap().is_empty());

    let unknown = answer(Kind::Unknown, b"unknown");
    let asked = ask(&cache, Some(unknown)).await.unwrap();
    assert_eq!(text(&asked), b"1", "one look isn't enough");
    // One that hasn't just failed to build it.
    let cache = Cache {
        failures: moka::sync::Cache::new(1),
        ..cache
    };
    let again = ask(&cache, Some(answer(Kind::Found, b"again"))).await;
    assert_eq!(text(&again.unwrap()), b"again");
    assert_eq!(store.get(&[key(1)]).await.unwrap().len(), 1);
}
