//! What can't be read for the moment, or any more, isn't taken for absent by those to whom that makes a difference.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use linernotes_origin::cache::{
    Built, Cache, Consistency, Entry, Kind, Refresh, RefreshError, Refreshed, Served, Store,
    StoreError, Unavailable, now_millis,
};
use linernotes_origin::catalogue::ArtistRecord;
use linernotes_origin::config::{Config, Provider as Settings, Revalidate};
use linernotes_origin::limiter::Unlimited;
use linernotes_origin::providers::Providers;
use linernotes_shared::cache::{CacheKey, Collection, Freshness};
use linernotes_store_tests::{Emulator, NOW, Trouble, Troublemaker, entry, key, long_body};
use linernotes_tests::serving;
use serde_json::json;

use crate::stores::{get, put};

/// A store that another process has filled with a long entry, and a cache over the same table with nothing in memory.
struct Ground {
    emulator: Emulator,
    healthy: Arc<dyn Store>,
    troublemaker: Troublemaker,
    cache: Arc<Cache>,
}

async fn ground() -> Ground {
    let emulator = Emulator::start().await;
    let healthy: Arc<dyn Store> = Arc::new(emulator.store().await);
    put(&*healthy, &key(1), &entry(&long_body(900_000, 1))).await;
    let troublemaker = Troublemaker::before(&emulator.url).await;
    let store = Arc::new(Emulator::store_at(&troublemaker.url).await);
    Ground {
        emulator,
        healthy,
        troublemaker,
        cache: Arc::new(Cache::new(store, 1024 * 1024, Revalidate::Wait)),
    }
}

impl Ground {
    /// No part of an entry can be read.
    fn lose_sight_of_parts(&self) {
        self.troublemaker
            .plan(|call| match call.body.contains("body#") {
                true => Trouble::Forbidden,
                false => Trouble::None,
            });
    }

    /// What is read is of a moment ago, when nothing was kept, unless the newest is asked for. Nothing can be written.
    fn see_the_past(&self) {
        self.troublemaker
            .plan(|call| match call.operation.as_str() {
                "BatchGetItem" if call.body.contains(r#""ConsistentRead":true"#) => Trouble::None,
                "BatchGetItem" => Trouble::Absent,
                _ => Trouble::Forbidden,
            });
    }

    /// Nothing can be read, though it can be written.
    fn lose_sight(&self) {
        self.troublemaker
            .plan(|call| match call.operation.as_str() {
                "BatchGetItem" => Trouble::Throttled,
                _ => Trouble::None,
            });
    }

    async fn ask(&self, built: Entry) -> Result<Served, Unavailable> {
        let built = just(built);
        self.cache
            .get_or_build(key(1), || async { Ok::<_, Infallible>(built) })
            .await
    }

    async fn refresh(&self, believe_gone: bool) -> Result<Refreshed, RefreshError> {
        let how = Refresh {
            touch: false,
            believe_gone,
        };
        let building = async { Ok::<_, Infallible>(just(unknown())) };
        self.cache.refresh(&key(1), how, building).await
    }
}

fn just(answer: Entry) -> Built {
    Built {
        answer,
        profiles: Vec::new(),
        unsure: Vec::new(),
        current: None,
    }
}

/// "Not found", built later than what is kept.
fn unknown() -> Entry {
    let freshness = Freshness::starting(NOW, 300, 0);
    Entry::new(Kind::Unknown, b"{}", Vec::new(), freshness, NOW).built_at(NOW * 1_000 + 1)
}

#[tokio::test(flavor = "multi_thread")]
async fn not_found_is_not_said_while_what_is_kept_cannot_be_read() {
    let ground = ground().await;
    ground.lose_sight_of_parts();
    assert!(ground.ask(unknown()).await.is_err());
    for believe_gone in [false, true] {
        let refreshed = ground.refresh(believe_gone).await;
        assert!(
            matches!(refreshed, Err(RefreshError::Store(StoreError::Failed(_)))),
            "{refreshed:?}"
        );
    }
    let kept = get(&*ground.healthy, &key(1)).await.unwrap();
    assert_eq!(kept, entry(&long_body(900_000, 1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn not_found_is_not_said_because_what_was_just_kept_is_not_seen_yet() {
    let ground = ground().await;
    let mut stale = entry(b"found a moment ago");
    stale.freshness.fresh_until = 1_000;
    put(&*ground.healthy, &key(1), &stale).await;
    ground.see_the_past();
    assert_eq!(ground.refresh(false).await.unwrap(), Refreshed::Doubted);
    let asked = ground.ask(unknown()).await;
    assert!(asked.is_err(), "{asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_damaged_is_not_found_only_after_a_second_look() {
    let ground = ground().await;
    let items = ground.emulator.items();
    let part = items.iter().find(|item| item.contains_key("part")).unwrap();
    ground.emulator.delete(part);
    assert!(ground.ask(unknown()).await.is_err());
    assert_eq!(ground.refresh(false).await.unwrap(), Refreshed::Doubted);
    assert_eq!(ground.refresh(true).await.unwrap(), Refreshed::Gone);
    let kept = get(&*ground.healthy, &key(1)).await.unwrap();
    assert_eq!(kept.kind, Kind::Unknown);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_follows_something_unread_is_not_told_as_changed() {
    let ground = ground().await;
    ground.lose_sight();
    let rebuilt = Entry {
        updated: NOW + 50,
        ..entry(&long_body(900_000, 1))
    }
    .built_at(NOW * 1_000 + 1);
    assert!(ground.ask(rebuilt.clone()).await.is_ok());
    let changed = ground
        .healthy
        .changed_since(Collection::Artist, NOW + 1, 10)
        .await
        .unwrap();
    assert_eq!(changed, []);
    let kept = get(&*ground.healthy, &key(1)).await.unwrap();
    assert_eq!(kept, entry(&long_body(900_000, 1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_answer_that_is_past_use_is_not_given_for_a_new_one() {
    let ground = ground().await;
    // By a clock that was far ahead.
    let past_use = Entry {
        freshness: Freshness::starting(1_000, 1, 1),
        ..entry(b"past use")
    }
    .built_at(NOW * 1_000 + 9);
    put(&*ground.healthy, &key(1), &past_use).await;
    let new = entry(b"new").built_at(NOW * 1_000 + 8);
    let served = ground.ask(new).await.unwrap();
    assert_eq!(served.answer.body.plain().unwrap(), b"new");
}

const MBID: &str = "9d8cfcb6-0000-4000-8000-000000000001";

fn artist() -> ArtistRecord {
    ArtistRecord {
        mbid: MBID.parse().unwrap(),
        name: "The La’s".to_owned(),
        sort_name: "La’s, The".to_owned(),
        disambiguation: String::new(),
        kind: None,
        ended: true,
        rating: None,
        rating_count: 0,
        old_ids: Vec::new(),
        aliases: Vec::new(),
        genres: Vec::new(),
        links: Vec::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_says_nothing_takes_nothing_from_what_cannot_be_read() {
    let ground = ground().await;
    let record: CacheKey = format!("fanart/artist/{MBID}").parse().unwrap();
    let said = Entry::record(
        &record,
        Some(br#"{"pictures":[]}"#),
        None,
        Duration::ZERO,
        now_millis(),
    );
    put(&*ground.healthy, &record, &said).await;
    let fanart = serving(Router::new().fallback(|| async { StatusCode::NOT_FOUND })).await;
    let settings: Settings =
        serde_json::from_value(json!({ "url": fanart, "api_key": "k" })).unwrap();
    let config = Config {
        providers: BTreeMap::from([("fanart".to_owned(), settings)]),
        ..Config::default()
    };
    let providers = Providers::open(&config, Arc::clone(&ground.cache), Arc::new(Unlimited));

    ground.lose_sight();
    let added = providers.artist(&artist()).await;
    assert!(added.is_unsure && !added.is_complete, "{added:?}");
    let kept = providers.kept_of_artists(&[artist()]).await;
    assert!(matches!(kept, Err(StoreError::Unread)), "{kept:?}");
    assert_eq!(get(&*ground.healthy, &record).await, Some(said));

    ground.troublemaker.always(Trouble::None);
    assert!(providers.kept_of_artists(&[artist()]).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_that_fails_is_counted_and_every_entry_that_cannot_be_read() {
    let ground = ground().await;
    let store = Emulator::sheltered_store_at(&ground.troublemaker.url).await;
    ground.lose_sight_of_parts();
    let kept = store.read(&[key(1)], Consistency::Eventual).await.unwrap();
    assert_eq!(kept.unread.len(), 1);
    assert_eq!(store.counts().failures, 1);

    ground.troublemaker.always(Trouble::Forbidden);
    assert!(store.mark_stale(&[key(1)], NOW).await.is_err());
    assert!(store.note("a").await.is_err());
    assert!(store.write_note("a", b"", None).await.is_err());
    assert!(store.check().await.is_err());
    assert_eq!(store.counts().failures, 5);

    let before = store.counts().rests;
    for _ in 0..4 {
        let put = store.put(&key(1), Arc::new(entry(b"new"))).await;
        assert!(put.is_err());
    }
    let counts = store.counts();
    assert_eq!((counts.failures, counts.rests - before), (8, 1));
}
