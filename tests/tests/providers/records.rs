//! What is kept of providers' words.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use linernotes_origin::cache::{Cache, EmbeddedStore, Entry, Kind, Store, now, now_millis};
use linernotes_origin::catalogue::ArtistRecord;
use linernotes_origin::config::{Config, Freshness, Provider as Settings, Revalidate};
use linernotes_origin::limiter::Unlimited;
use linernotes_origin::providers::{ArtistExtras, Providers, RefreshError};
use linernotes_shared::cache::{CacheKey, Collection};
use serde_json::json;
use tokio::runtime::Runtime;

use super::*;

const DAY: u64 = 24 * 60 * 60;

/// Providers over a store, in this process.
struct Kept {
    providers: Providers,
    store: Arc<dyn Store>,
    cache: Arc<Cache>,
    runtime: Runtime,
    _folder: TempDir,
}

impl Kept {
    fn with(stubs: &[ProviderStub; 3]) -> Self {
        Self::revalidating(stubs, Revalidate::Background)
    }

    fn revalidating(stubs: &[ProviderStub; 3], revalidate: Revalidate) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> = Arc::new(EmbeddedStore::open(folder.path()).unwrap());
        let cache = Arc::new(Cache::new(Arc::clone(&store), 1 << 20, revalidate));
        let [fanart, the_audio_db, wikimedia] = stubs;
        let settings = |json: Value| serde_json::from_value::<Settings>(json).unwrap();
        let config = Config {
            providers: BTreeMap::from([
                (
                    "fanart".to_owned(),
                    settings(json!({ "url": fanart.url, "api_key": KEY })),
                ),
                (
                    "the_audio_db".to_owned(),
                    settings(json!({ "url": the_audio_db.url, "api_key": KEY })),
                ),
                (
                    "wikipedia".to_owned(),
                    settings(json!({ "url": format!("{}/{{language}}", wikimedia.url) })),
                ),
                (
                    "wikidata".to_owned(),
                    settings(json!({ "url": format!("{}/wikidata", wikimedia.url) })),
                ),
            ]),
            cache: Freshness {
                revalidate,
                ..Config::default().cache
            },
            ..Config::default()
        };
        Self {
            providers: Providers::open(&config, Arc::clone(&cache), Arc::new(Unlimited)),
            store,
            cache,
            runtime: Runtime::new().unwrap(),
            _folder: folder,
        }
    }

    fn refresh(&self, key: &str) -> Result<Arc<Entry>, RefreshError> {
        let key = key.parse().unwrap();
        let refreshed = self.runtime.block_on(self.providers.refresh(&key));
        refreshed.map(|refreshed| refreshed.record)
    }

    fn kept(&self, key: &str) -> Option<Arc<Entry>> {
        let key: CacheKey = key.parse().unwrap();
        let mut kept = self
            .runtime
            .block_on(self.cache.records(std::slice::from_ref(&key)));
        kept.remove(&key).transpose().unwrap()
    }

    /// What The La's get.
    fn artist(&self) -> ArtistExtras {
        let artist = ArtistRecord {
            mbid: ARTIST.parse().unwrap(),
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
            links: vec!["https://www.wikidata.org/wiki/Q1860769".to_owned()],
        };
        self.runtime.block_on(self.providers.artist(&artist))
    }

    /// Keeps a record that is stale from the start.
    fn put_stale(&self, key: &str, says: &Value) {
        let key: CacheKey = key.parse().unwrap();
        let says = says.to_string().into_bytes();
        let entry = Entry::record(&key, Some(&says), None, Duration::ZERO, now_millis());
        // Within the runtime: fetching starts when it is asked for.
        let put = async {
            let fetched = || async { Ok::<_, std::fmt::Error>(entry) };
            self.cache.renew(&key, fetched).await
        };
        self.runtime.block_on(put).unwrap();
    }

    /// What a kept record says.
    fn says(&self, key: &str) -> Option<Value> {
        let entry = self.kept(key)?;
        let json = entry.frame.before.plain().unwrap();
        Some(serde_json::from_slice(&json).unwrap_or_default())
    }
}

fn keys() -> [String; 6] {
    [
        format!("fanart/artist/{ARTIST}"),
        format!("fanart/album/{ALBUM}"),
        format!("the-audio-db/artist/{ARTIST}"),
        format!("the-audio-db/album/{ALBUM}"),
        "wikipedia/Q1860769".to_owned(),
        "wikipedia/en:The La's".to_owned(),
    ]
}

#[test]
fn neither_not_found_nor_trouble_takes_the_place_of_what_is_kept() {
    let (stubs, _) = all_stubs();
    let kept = Kept::with(&stubs);
    for key in keys() {
        kept.refresh(&key).unwrap();
        let first = kept.kept(&key).unwrap();
        let said = kept.says(&key).unwrap();
        assert_ne!(said, json!({}), "{key}");

        behave(&stubs, Mode::Empty);
        let renewed = kept.refresh(&key).unwrap();
        assert_eq!(kept.says(&key).as_ref(), Some(&said), "{key}");
        assert!(renewed.built_at >= first.built_at);
        assert_eq!(renewed.updated, first.updated, "{key}");

        behave(&stubs, Mode::Garbage);
        let is_empty_of_its_kind = key.starts_with("the-audio-db/");
        assert_eq!(kept.refresh(&key).is_ok(), is_empty_of_its_kind, "{key}");
        assert_eq!(kept.says(&key).as_ref(), Some(&said), "{key}");

        behave(&stubs, Mode::ServerError);
        assert!(matches!(kept.refresh(&key), Err(RefreshError::NotHeard(_))));
        assert_eq!(kept.says(&key).as_ref(), Some(&said), "{key}");
        behave(&stubs, Mode::Ok);
    }
}

#[test]
fn records_are_fresh_for_as_long_as_their_provider_wants() {
    let (stubs, _) = all_stubs();
    let kept = Kept::with(&stubs);
    let fresh_days = |entry: &Entry| (entry.freshness.fresh_until - now()) as f64 / DAY as f64;
    for key in keys() {
        let days = fresh_days(&kept.refresh(&key).unwrap());
        let most = if key.starts_with("wikipedia") {
            7.0
        } else {
            30.0
        };
        assert!(days > most * 0.89 && days <= most, "{key}: {days}");
    }
    behave(&stubs, Mode::Empty);
    let unknown = format!("fanart/artist/{ALBUM}");
    let entry = kept.refresh(&unknown).unwrap();
    assert_eq!(entry.kind, Kind::Unknown);
    assert!(fresh_days(&entry) <= 7.0);
}

#[test]
fn a_crawler_finds_the_records_that_go_stale() {
    let (stubs, _) = all_stubs();
    let kept = Kept::with(&stubs);
    for key in keys() {
        kept.refresh(&key).unwrap();
    }
    let listed = |collection| {
        let all = kept.store.going_stale(collection, u64::MAX, 100);
        let mut keys: Vec<String> = kept
            .runtime
            .block_on(all)
            .unwrap()
            .into_iter()
            .map(|listed| listed.key.to_string())
            .collect();
        keys.sort();
        keys
    };
    assert_eq!(
        listed(Collection::Wikipedia),
        ["wikipedia/Q1860769", "wikipedia/en:The La's"]
    );
    assert_eq!(
        listed(Collection::TheAudioDb),
        [
            format!("the-audio-db/album/{ALBUM}"),
            format!("the-audio-db/artist/{ARTIST}")
        ]
    );
}

#[test]
fn an_artists_pictures_bring_those_of_its_albums() {
    let (stubs, _) = all_stubs();
    let kept = Kept::with(&stubs);
    kept.refresh(&format!("fanart/artist/{ARTIST}")).unwrap();
    let album = format!("fanart/album/{ALBUM}");
    for _ in 0..100 {
        if kept.kept(&album).is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let url = |path: &str| format!("https://assets.fanart.tv/fanart/music/{ALBUM}/{path}");
    assert_eq!(
        kept.says(&album),
        Some(json!({ "pictures": [
            { "type": "Cover", "url": url("albumcover/cover.jpg") },
            { "type": "Disc", "url": url("cdart/disc.png") },
        ] }))
    );
    assert_eq!(stubs[0].calls().len(), 1);
}

#[test]
fn of_many_who_want_a_record_one_asks() {
    let (stubs, _) = all_stubs();
    let kept = Kept::with(&stubs);
    stubs[2].behave(Mode::Slow);
    let key: CacheKey = "wikipedia/en:Prince".parse().unwrap();
    kept.runtime.block_on(async {
        let all = futures_util::future::join_all((0..50).map(|_| kept.providers.refresh(&key)));
        let release = async {
            tokio::task::yield_now().await;
            stubs[2].release();
        };
        let (all, ()) = tokio::join!(all, release);
        assert!(all.iter().all(Result::is_ok));
    });
    assert_eq!(stubs[2].calls().len(), 1);
}

#[test]
fn the_feed_tells_whose_pictures_became_visible_in_between() {
    let (stubs, _) = all_stubs();
    let kept = Kept::with(&stubs);
    let artist = |mbid: &str, new: &str| json!({ "id": mbid, "name": "x", "new_images": new, "total_images": "9" });
    let mbid = |last: char| format!("00000000-0000-4000-8000-00000000000{last}");
    // A free key sees pictures after a week.
    let (since, until) = (100 * DAY, 101 * DAY);
    let added_since = |from: u64, artists: Value| {
        stubs[0].set(&format!("latest?date={}", from - 7 * DAY), 200, artists);
    };
    added_since(
        since,
        json!([
            artist(&mbid('1'), "2"), // in between alone
            artist(&mbid('2'), "3"), // in between, and later
            artist(&mbid('3'), "1"), // later alone
            artist("nonsense", "1"),
        ]),
    );
    added_since(
        until,
        json!([
            artist(&mbid('2'), "1"),
            artist(&mbid('3'), "1"),
            artist(&mbid('4'), "1"), // just now, between the two questions
        ]),
    );
    let changed = kept
        .runtime
        .block_on(kept.providers.news(since, until))
        .unwrap();
    let changed: Vec<String> = changed.iter().map(ToString::to_string).collect();
    assert_eq!(
        changed,
        ['1', '2'].map(|last| format!("fanart/artist/{}", mbid(last)))
    );

    stubs[0].behave(Mode::ServerError);
    assert!(
        kept.runtime
            .block_on(kept.providers.news(since, until))
            .is_err()
    );
}

#[test]
fn a_crawler_waits_while_wikimedias_replicas_lag_and_answers_dont() {
    let (stubs, _) = all_stubs();
    let kept = Kept::with(&stubs);
    let wikimedia = &stubs[2];
    let lag =
        json!({ "error": { "code": "maxlag", "info": "Waiting: 6 seconds lagged.", "lag": 6 } });
    wikimedia.set("maxlag=5", 200, lag);
    let error = kept.refresh("wikipedia/Q1860769").unwrap_err();
    assert_eq!(error.wait(), Some(Duration::from_secs(5)), "{error}");
    let extras = kept.artist();
    assert_eq!(
        extras.extras.overview.as_deref(),
        Some("The La's in en, naïve.")
    );
}

#[test]
fn a_stale_record_is_used_until_there_is_a_new_one() {
    for (revalidate, first_overview) in [
        // Whoever finds it gets it at once,
        (Revalidate::Background, "An old text."),
        // or waits for the new one.
        (Revalidate::Wait, "The La's in en, naïve."),
    ] {
        let (stubs, _) = all_stubs();
        let kept = Kept::revalidating(&stubs, revalidate);
        kept.put_stale("wikipedia/Q1860769", &json!({ "overview": "An old text." }));
        let first = kept.artist();
        assert_eq!(
            (first.extras.overview.as_deref(), first.is_complete),
            (Some(first_overview), true)
        );
        let second = (0..100).map(|_| {
            std::thread::sleep(Duration::from_millis(50));
            kept.artist().extras.overview.unwrap()
        });
        let mut second = second.skip_while(|overview| overview == "An old text.");
        assert_eq!(second.next().unwrap(), "The La's in en, naïve.");

        // In trouble the old one is as good as new.
        kept.put_stale("wikipedia/Q1860769", &json!({ "overview": "An old text." }));
        stubs[2].behave(Mode::ServerError);
        let in_trouble = kept.artist();
        assert_eq!(
            (
                in_trouble.extras.overview.as_deref(),
                in_trouble.is_complete
            ),
            (Some("An old text."), true)
        );
    }
}

#[test]
fn what_failed_just_now_isnt_asked_for_again() {
    let (stubs, _) = all_stubs();
    let kept = Kept::with(&stubs);
    behave(&stubs, Mode::Garbage);
    for _ in 0..3 {
        assert!(!kept.artist().is_complete);
    }
    let calls = stubs.each_ref().map(|stub| stub.calls().len());
    // TheAudioDB's garbage means that it has nothing, which is kept.
    assert_eq!(calls, [1, 1, 1]);
}

#[test]
fn what_no_provider_keeps_isnt_fetched() {
    let (stubs, _) = all_stubs();
    let kept = Kept::with(&stubs);
    for key in [format!("artist/{ARTIST}"), format!("profile/{ARTIST}")] {
        assert!(matches!(kept.refresh(&key), Err(RefreshError::NoSource(_))));
    }
    // Names that aren't of a provider's kind are nobody's: nobody is asked.
    for key in ["fanart/x", "the-audio-db/label/1", "wikipedia/evil.com/:x"] {
        assert_eq!(kept.refresh(key).unwrap().kind, Kind::Unknown, "{key}");
    }
    for stub in &stubs {
        assert_eq!(stub.calls(), []);
    }
}
