//! Several who want the same at once, in one process or more.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::*;
use crate::cache::build::Waits;

/// A store whose first read takes its time, and that others may write too.
struct SlowToRead(Arc<dyn Store>, AtomicUsize);

#[async_trait::async_trait]
impl Store for SlowToRead {
    async fn read(&self, keys: &[CacheKey], how: Consistency) -> Result<Kept, StoreError> {
        let found = self.0.read(keys, how).await;
        if self.1.fetch_add(1, Ordering::SeqCst) == 0 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        found
    }
    async fn put(&self, key: &CacheKey, entry: Arc<Entry>) -> Result<Put, StoreError> {
        self.0.put(key, entry).await
    }
    async fn put_all(&self, entries: &[(CacheKey, Arc<Entry>)]) -> Result<Vec<Put>, StoreError> {
        self.0.put_all(entries).await
    }
    async fn mark_stale(&self, keys: &[CacheKey], from: u64) -> Result<usize, StoreError> {
        self.0.mark_stale(keys, from).await
    }
    async fn changed_since(
        &self,
        collection: Collection,
        since: u64,
        limit: usize,
    ) -> Result<Vec<Listed>, StoreError> {
        self.0.changed_since(collection, since, limit).await
    }
    async fn going_stale(
        &self,
        collection: Collection,
        before: u64,
        limit: usize,
    ) -> Result<Vec<Listed>, StoreError> {
        self.0.going_stale(collection, before, limit).await
    }
    async fn acquire(
        &self,
        key: &CacheKey,
        holder: &str,
        now: u64,
        duration: Duration,
    ) -> Result<bool, StoreError> {
        self.0.acquire(key, holder, now, duration).await
    }
    async fn release(&self, key: &CacheKey, holder: &str) -> Result<(), StoreError> {
        self.0.release(key, holder).await
    }
    async fn note(&self, name: &str) -> Result<Option<Note>, StoreError> {
        self.0.note(name).await
    }
    async fn write_note(
        &self,
        name: &str,
        value: &[u8],
        over: Option<u64>,
    ) -> Result<bool, StoreError> {
        self.0.write_note(name, value, over).await
    }
    async fn check(&self) -> Result<(), StoreError> {
        self.0.check().await
    }
    fn is_shared(&self) -> bool {
        true
    }
    fn counts(&self) -> Counts {
        self.0.counts()
    }
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
            Ok::<_, Down>(built(aged("1", -50)))
        }
    };
    let impatient = cache.get_or_build(key(), slow());
    assert!(
        tokio::time::timeout(Duration::from_millis(10), impatient)
            .await
            .is_err()
    );
    let asked =
        futures_util::future::join_all((0..1_000).map(|_| cache.get_or_build(key(), slow()))).await;
    assert!(asked.iter().all(Result::is_ok));
    assert_eq!(builds.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn two_processes_over_one_store_run_one_build() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_in(folder.path());
    let (one, other) = (
        cache_over(&store, Revalidate::Wait),
        cache_over(&store, Revalidate::Wait),
    );
    let slow = |body: &'static str| async move {
        tokio::time::sleep(Duration::from_millis(300)).await;
        Ok::<_, Down>(built(aged(body, -50).built_at(now_millis())))
    };
    let (first, second) = tokio::join!(one.get_or_build(key(), || slow("1")), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        other.get_or_build(key(), || slow("2")).await
    });
    let (first, second) = (said(&first.unwrap()), said(&second.unwrap()));
    assert_eq!((first.0.as_str(), second.0.as_str()), ("1", "1"));
}

#[tokio::test]
async fn a_builder_that_is_gone_blocks_nobody_for_long() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_in(folder.path());
    let lasts = Duration::from_millis(200);
    assert!(
        store
            .acquire(&key(), "gone", now_millis(), lasts)
            .await
            .unwrap()
    );
    let cache = cache_over(&store, Revalidate::Wait);
    assert_eq!(ask(&cache, Ok(aged("1", -50))).await.unwrap().0, "1");
}

#[tokio::test]
async fn what_was_read_before_a_later_answer_was_put_does_not_hide_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_in(folder.path());
    let old = aged("old", -50);
    store.put(&key(), Arc::new(old.clone())).await.unwrap();
    let tiers = Tiers::new(
        Arc::new(SlowToRead(store, AtomicUsize::new(0))),
        1024 * 1024,
    );

    let reading = tokio::spawn({
        let tiers = tiers.clone();
        async move { tiers.get(&key()).await }
    });
    tokio::time::sleep(Duration::from_millis(10)).await;
    let new = aged("new", -50).built_at(old.built_at + 1);
    tiers.put_news(vec![(key(), new.clone())]).await;
    reading.await.unwrap();

    let kept = tiers.get(&key()).await.unwrap();
    assert_eq!(kept.etag, new.etag);
}

#[tokio::test]
async fn who_looked_just_before_another_was_done_builds_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_in(folder.path());
    let slow: Arc<dyn Store> = Arc::new(SlowToRead(Arc::clone(&store), AtomicUsize::new(0)));
    let (late, other) = (
        cache_over(&slow, Revalidate::Wait),
        cache_over(&store, Revalidate::Wait),
    );
    let (late, other) = tokio::join!(ask(&late, Ok(aged("late", -50))), async {
        tokio::time::sleep(Duration::from_millis(10)).await;
        ask(&other, Ok(aged("other", -50))).await
    });
    assert_eq!(
        (late.unwrap().0, other.unwrap().0),
        ("other".into(), "other".into())
    );
}

#[tokio::test]
async fn a_build_that_takes_long_keeps_its_lease() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_in(folder.path());
    let (one, other) = (
        cache_over(&store, Revalidate::Wait),
        cache_over(&store, Revalidate::Wait),
    );
    let slow = async {
        // Longer than a lease.
        tokio::time::sleep(Duration::from_millis(4_500)).await;
        Ok::<_, Down>(built(aged("slow", -50)))
    };
    let (slow, other) = tokio::join!(one.get_or_build(key(), || slow), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        ask(&other, Ok(aged("other", -50))).await
    });
    let (slow, other) = (said(&slow.unwrap()).0, other.unwrap().0);
    assert_eq!((slow.as_str(), other.as_str()), ("slow", "slow"));
}

/// A cache over `store` that waits so long for builds.
fn waiting(store: &Arc<dyn Store>, waits: Waits) -> Cache {
    Cache {
        waits,
        ..cache_over(store, Revalidate::Wait)
    }
}

/// Another process over `store`, whose build is under way until it is told to finish with that body.
async fn building(
    store: &Arc<dyn Store>,
    body: &'static str,
) -> (oneshot::Sender<()>, JoinHandle<Result<Served, Unavailable>>) {
    let (begin, begun) = oneshot::channel();
    let (finish, finished) = oneshot::channel();
    let cache = cache_over(store, Revalidate::Wait);
    let asking = tokio::spawn(async move {
        let slow = || async move {
            begin.send(()).unwrap();
            finished.await.unwrap();
            Ok::<_, Down>(built(aged(body, -50)))
        };
        cache.get_or_build(key(), slow).await
    });
    begun.await.unwrap();
    (finish, asking)
}

const SHORT: Duration = Duration::from_millis(50);
const FOR_EVER: Duration = Duration::from_secs(3_600);

#[tokio::test]
async fn a_build_that_takes_longer_than_others_wait_is_still_the_only_one() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_in(folder.path());
    let (finish, slow) = building(&store, "slow").await;
    let waits = Waits {
        with_stale: FOR_EVER,
        for_another: SHORT,
    };
    let other = waiting(&store, waits);
    for _ in 0..2 {
        let asked = ask(&other, Ok(aged("other", -50))).await;
        assert_eq!(
            asked.unwrap_err().0.to_string(),
            "another process is still building it"
        );
    }
    finish.send(()).unwrap();
    assert_eq!(said(&slow.await.unwrap().unwrap()).0, "slow");
    let asked = ask(&other, Ok(aged("other", -50))).await;
    assert_eq!(asked.unwrap().0, "slow");
}

#[tokio::test]
async fn who_has_a_stale_answer_gives_it_soon_though_a_build_hangs_here_or_in_another_process() {
    let waits = Waits {
        with_stale: SHORT,
        for_another: FOR_EVER,
    };
    let revalidating = answer(
        "stale",
        "linernotes-origin; hit; ttl=-10; detail=revalidating",
    );
    for is_here in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let store = store_in(folder.path());
        store
            .put(&key(), Arc::new(aged("stale", 10)))
            .await
            .unwrap();
        let cache = waiting(&store, waits);
        let finish = if is_here {
            let (finish, finished) = oneshot::channel();
            let hanging = || async move {
                finished.await.unwrap();
                Ok::<_, Down>(built(aged("new", -50)))
            };
            let asked = cache.get_or_build(key(), hanging).await.unwrap();
            assert_eq!(said(&asked), revalidating);
            finish
        } else {
            building(&store, "new").await.0
        };
        let asked = ask(&cache, Err(Down)).await.unwrap();
        assert_eq!(asked, revalidating, "here: {is_here}");
        // It has gone on meanwhile.
        finish.send(()).unwrap();
        ask_until(&cache, "new", || Err(Down)).await;
    }
}

#[tokio::test]
async fn who_waits_takes_nothing_stale_for_what_another_has_built() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_in(folder.path());
    store
        .put(&key(), Arc::new(aged("stale", 10)))
        .await
        .unwrap();
    let lasts = Duration::from_millis(400);
    let leased = store.acquire(&key(), "gone", now_millis(), lasts).await;
    assert!(leased.unwrap());
    let cache = cache_over(&store, Revalidate::Wait);
    let asked = ask(&cache, Ok(aged("new", -50))).await.unwrap();
    assert_eq!(asked.0, "new");
}

#[tokio::test]
async fn many_who_ask_for_a_kept_album_read_it_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_in(folder.path());
    let whole = album([r#"{"n":1"#, r#"{"n":2"#], now_millis());
    cache_over(&store, Revalidate::Wait)
        .get_or_build(album_key('1'), || async { Ok::<_, Down>(whole) })
        .await
        .unwrap();

    let counting = Arc::new(SlowToRead(store, AtomicUsize::new(0)));
    let as_store: Arc<dyn Store> = Arc::clone(&counting) as _;
    let cache = cache_over(&as_store, Revalidate::Wait);
    let asked = futures_util::future::join_all(
        (0..1_000).map(|_| cache.get_or_build(album_key('1'), || async { Err(Down) })),
    )
    .await;
    assert!(asked.iter().all(Result::is_ok));
    assert_eq!(
        counting.1.load(Ordering::SeqCst),
        2,
        "its frame, and its profiles"
    );
    let finds = cache.finds();
    assert_eq!(finds.in_store, 1_002);
}
