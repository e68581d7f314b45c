//! What others have marked or built meanwhile, and what memory alone has.

use super::*;

/// Kept by a process whose clock is ahead.
fn from_ahead(body: &str, age: i64) -> Entry {
    aged(body, age).built_at(now_millis() + 60_000)
}

async fn refresh(cache: &Cache, answer: Entry, touch: bool) -> Result<Refreshed, RefreshError> {
    let how = Refresh {
        touch,
        believe_gone: false,
    };
    let building = async { Ok::<_, Down>(built(answer)) };
    cache.refresh(&key(), how, building).await
}

#[tokio::test]
async fn a_renewal_that_is_refused_counts_only_if_what_is_kept_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_in(folder.path());
    let cache = cache_over(&store, Revalidate::Wait);
    let kept = from_ahead("kept", -50);
    store.put(&key(), Arc::new(kept)).await.unwrap();

    let changed = refresh(&cache, aged("changed", -50), false).await;
    assert!(
        matches!(changed, Err(RefreshError::Overtaken)),
        "{changed:?}"
    );
    let same = refresh(&cache, aged("kept", -50), false).await;
    assert_eq!(same.unwrap(), Refreshed::Unchanged);
    let touched = refresh(&cache, aged("kept", -50), true).await;
    assert!(
        matches!(touched, Err(RefreshError::Overtaken)),
        "{touched:?}"
    );

    let profile = composed::profile_key(artist('a'));
    store
        .put(&profile, Arc::new(from_ahead("kept", -50)))
        .await
        .unwrap();
    let changed = cache
        .refresh_profile(artist('a'), aged("changed", -50))
        .await;
    assert!(
        matches!(changed, Err(RefreshError::Overtaken)),
        "{changed:?}"
    );
}

#[tokio::test]
async fn what_was_built_before_a_mark_and_put_after_it_is_as_stale_in_memory_as_in_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_in(folder.path());
    let cache = cache_over(&store, Revalidate::Wait);
    let before = now_millis() - 20_000;
    store
        .put(&key(), Arc::new(aged("old", -50).built_at(before)))
        .await
        .unwrap();
    let mark = now() - 10;
    cache.mark_stale(&[key()], mark).await.unwrap();

    let slow = aged("slow", -50).built_at(before + 1);
    cache.tiers.put(key(), slow.clone()).await;
    let kept = cache.tiers.get(&key()).await.unwrap();
    assert_eq!((&kept.etag, kept.freshness.fresh_until), (&slow.etag, mark));

    // As a profile, and by a crawl.
    cache.tiers.put_news(vec![(key(), slow.clone())]).await;
    let kept = cache.tiers.get(&key()).await.unwrap();
    assert_eq!(kept.freshness.fresh_until, mark);
    refresh(&cache, slow, false).await.unwrap();
    let kept = cache.tiers.get(&key()).await.unwrap();
    assert_eq!(kept.freshness.fresh_until, mark);
}

#[tokio::test]
async fn what_memory_alone_has_was_found() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_in(folder.path());
    let cache = cache_over(&store, Revalidate::Wait);
    let found = Arc::new(aged("found", -50));
    cache.tiers.memory().hold(&key(), &found);
    let unknown = Entry {
        kind: Kind::Unknown,
        ..aged("unknown", -50)
    };
    let refreshed = refresh(&cache, unknown, false).await.unwrap();
    assert_eq!(refreshed, Refreshed::Doubted);
    assert_eq!(store.get(&[key()]).await.unwrap().len(), 0);
}

#[tokio::test]
async fn what_memory_alone_has_does_not_tell_when_a_profile_changed() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_in(folder.path());
    let cache = cache_over(&store, Revalidate::Wait);
    let said = |age, updated| Entry {
        updated,
        ..aged("the same", age)
    };
    let stored = said(-10, 1).built_at(1);
    store.put(&key(), Arc::new(stored)).await.unwrap();
    let unstored = Arc::new(said(-50, now()));
    cache.tiers.memory().hold(&key(), &unstored);

    let new = said(-1_000, now()).built_at(now_millis() + 1);
    cache.tiers.put_news(vec![(key(), new.clone())]).await;
    let kept = store.get(&[key()]).await.unwrap().remove(&key()).unwrap();
    assert_eq!((kept.built_at, kept.updated), (new.built_at, 1));
}
