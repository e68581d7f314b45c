use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use linernotes_shared::Mbid;
use linernotes_shared::cache::Freshness;
use linernotes_shared::request::Entity;

use super::*;

#[derive(Debug, thiserror::Error)]
#[error("the catalogue is down")]
struct Down;

fn key() -> CacheKey {
    let mbid: Mbid = "070d193a-845c-479f-980e-bef15710653e".parse().unwrap();
    CacheKey::lookup(Entity::Artist, mbid)
}

/// An answer that stopped being fresh `age` seconds ago, or will in `-age` seconds.
fn aged(body: &str, age: i64) -> Entry {
    let fresh_until = now().saturating_add_signed(-age);
    let freshness = Freshness {
        fresh_until,
        stale_until: fresh_until + 100,
    };
    Entry::new(Kind::Found, body.as_bytes(), Vec::new(), freshness, now())
}

fn cache_in(folder: &std::path::Path) -> Cache {
    Cache::new(Box::new(EmbeddedStore::open(folder).unwrap()), 1024 * 1024)
}

async fn ask(cache: &Cache, build: Result<Entry, Down>) -> Result<(String, String), Unavailable> {
    let served = cache.get_or_build(key(), || async { build }).await?;
    let body = String::from_utf8(served.entry.body().unwrap()).unwrap();
    Ok((body, served.status.to_string()))
}

fn answer(body: &str, status: &str) -> (String, String) {
    (body.to_owned(), status.to_owned())
}

#[tokio::test]
async fn a_fresh_answer_is_built_once_and_then_kept() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache_in(folder.path());
    assert_eq!(
        ask(&cache, Ok(aged("1", -50))).await.unwrap(),
        answer("1", "linernotes-origin; fwd=miss; stored")
    );
    let (body, status) = ask(&cache, Ok(aged("2", -50))).await.unwrap();
    assert_eq!(body, "1");
    assert!(
        status.starts_with("linernotes-origin; hit; ttl="),
        "{status}"
    );
}

#[tokio::test]
async fn an_answer_outlives_the_process() {
    let folder = tempfile::tempdir().unwrap();
    ask(&cache_in(folder.path()), Ok(aged("1", -50)))
        .await
        .unwrap();
    let (body, _) = ask(&cache_in(folder.path()), Err(Down)).await.unwrap();
    assert_eq!(body, "1");
}

#[tokio::test]
async fn a_stale_answer_is_replaced_or_else_served() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache_in(folder.path());
    ask(&cache, Ok(aged("1", 10))).await.unwrap();
    assert_eq!(
        ask(&cache, Err(Down)).await.unwrap(),
        answer(
            "1",
            "linernotes-origin; hit; ttl=-10; detail=catalogue-unavailable"
        )
    );

    let folder = tempfile::tempdir().unwrap();
    let cache = cache_in(folder.path());
    ask(&cache, Ok(aged("1", 10))).await.unwrap();
    assert_eq!(
        ask(&cache, Ok(aged("2", -50))).await.unwrap(),
        answer("2", "linernotes-origin; fwd=stale; stored")
    );
}

#[tokio::test]
async fn without_a_usable_answer_trouble_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache_in(folder.path());
    assert_eq!(
        ask(&cache, Err(Down)).await.unwrap_err().0.to_string(),
        "the catalogue is down"
    );
    ask(&cache, Ok(aged("1", 101))).await.unwrap();
    assert!(
        ask(&cache, Err(Down)).await.is_err(),
        "expired answers stay unused"
    );
}

#[tokio::test]
async fn concurrent_misses_run_one_build_even_if_the_first_asker_leaves() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Arc::new(cache_in(folder.path()));
    let builds = Arc::new(AtomicUsize::new(0));
    let slow = || {
        let builds = Arc::clone(&builds);
        move || async move {
            builds.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(50)).await;
            Ok::<_, Down>(aged("1", -50))
        }
    };
    let impatient = cache.get_or_build(key(), slow());
    assert!(
        tokio::time::timeout(Duration::from_millis(10), impatient)
            .await
            .is_err()
    );
    let asked =
        futures_util::future::join_all((0..100).map(|_| cache.get_or_build(key(), slow()))).await;
    assert!(asked.iter().all(Result::is_ok));
    assert_eq!(builds.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_build_that_panics_is_trouble_and_blocks_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache_in(folder.path());
    let broken = cache
        .get_or_build(key(), || async {
            assert_eq!(1, 2, "a bug in a build");
            Err(Down)
        })
        .await;
    assert_eq!(
        broken.unwrap_err().0.to_string(),
        "the build was broken off"
    );
    assert_eq!(
        ask(&cache, Ok(aged("1", -50))).await.unwrap(),
        answer("1", "linernotes-origin; fwd=miss; stored")
    );
}
