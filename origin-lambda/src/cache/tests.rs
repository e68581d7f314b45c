use std::time::Duration;

use linernotes_shared::Mbid;
use linernotes_shared::cache::{Collection, Freshness};
use linernotes_shared::request::Entity;

use super::*;

mod overtaken;
mod together;

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

fn store_in(folder: &std::path::Path) -> Arc<dyn Store> {
    Arc::new(EmbeddedStore::open(folder).unwrap())
}

fn cache_over(store: &Arc<dyn Store>, revalidate: Revalidate) -> Cache {
    Cache::new(Arc::clone(store), 1024 * 1024, revalidate)
}

fn cache_in(folder: &std::path::Path) -> Cache {
    cache_over(&store_in(folder), Revalidate::Wait)
}

/// A build's outcome without profiles.
fn built(answer: Entry) -> Built {
    Built {
        answer,
        profiles: Vec::new(),
        unsure: Vec::new(),
        current: None,
    }
}

async fn ask(cache: &Cache, build: Result<Entry, Down>) -> Result<(String, String), Unavailable> {
    let build = build.map(built);
    let served = cache.get_or_build(key(), || async { build }).await?;
    Ok(said(&served))
}

/// Body and `Cache-Status`. An answer that was ten seconds stale when it was made still is, however busy the machine.
fn said(served: &Served) -> (String, String) {
    let body = String::from_utf8(served.answer.body.plain().unwrap()).unwrap();
    let status = (11..60).fold(served.status.to_string(), |status, age| {
        status.replace(&format!("ttl=-{age}"), "ttl=-10")
    });
    (body, status)
}

/// Asks until the body is as wanted: revalidation goes on after the answer.
async fn ask_until(cache: &Cache, wanted: &str, build: impl Fn() -> Result<Entry, Down>) {
    for _ in 0..500 {
        let (body, _) = ask(cache, build()).await.unwrap();
        if body == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the answer never became {wanted}");
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
async fn not_found_is_never_used_stale() {
    for revalidate in [Revalidate::Background, Revalidate::Wait] {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache_over(&store_in(folder.path()), revalidate);
        let unknown = |stale| Entry {
            kind: Kind::Unknown,
            freshness: Freshness::starting(now() - 20, 300, stale),
            ..aged("nothing", 0).built_at(now_millis() - 20_000)
        };
        for stale in [0, 100] {
            ask(&cache, Ok(unknown(stale))).await.unwrap();
            let marked = cache.mark_stale(&[key()], now() - 10).await.unwrap();
            assert_eq!(marked, 1);
            let asked = ask(&cache, Err(Down)).await;
            assert_eq!(asked.unwrap_err().0.to_string(), "the catalogue is down");
        }
        let asked = ask(&cache, Ok(aged("here", -50))).await.unwrap();
        assert_eq!(asked, answer("here", "linernotes-origin; fwd=miss; stored"));
    }
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

#[tokio::test]
async fn a_stale_answer_is_given_at_once_and_replaced_for_those_who_come_later() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache_over(&store_in(folder.path()), Revalidate::Background);
    ask(&cache, Ok(aged("1", 10))).await.unwrap();
    let slow = || async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Ok::<_, Down>(built(aged("2", -50)))
    };
    let first = cache.get_or_build(key(), slow).await.unwrap();
    assert_eq!(
        said(&first),
        answer("1", "linernotes-origin; hit; ttl=-10; detail=revalidating")
    );
    ask_until(&cache, "2", || Ok(aged("3", -50))).await;
}

#[tokio::test]
async fn after_a_failed_build_a_stale_answer_is_given_for_a_while_without_trying_again() {
    for revalidate in [Revalidate::Background, Revalidate::Wait] {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache_over(&store_in(folder.path()), revalidate);
        ask(&cache, Ok(aged("1", 10))).await.unwrap();
        let trouble = answer(
            "1",
            "linernotes-origin; hit; ttl=-10; detail=catalogue-unavailable",
        );
        for _ in 0..500 {
            if ask(&cache, Err(Down)).await.unwrap() == trouble {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(ask(&cache, Ok(aged("2", -50))).await.unwrap(), trouble);
    }
}

fn artist(last: char) -> Mbid {
    format!("070d193a-845c-479f-980e-bef15710653{last}")
        .parse()
        .unwrap()
}

/// An album of two artists, whose profiles say what they are given.
fn album(profiles: [&str; 2], built_at: u64) -> Built {
    let fresh = Freshness::starting(now(), 50, 100);
    let frame = crate::answer::Frame {
        before: r#"{"artists":["#,
        artists: vec![artist('a'), artist('b')],
        after: "}]}",
    };
    let profile = |body: &str| {
        Entry::new(Kind::Found, body.as_bytes(), Vec::new(), fresh, now()).built_at(built_at)
    };
    let answer = Entry::framing(Kind::Found, frame, Vec::new(), fresh, now()).built_at(built_at);
    Built {
        answer,
        profiles: vec![
            (artist('a'), profile(profiles[0])),
            (artist('b'), profile(profiles[1])),
        ],
        unsure: Vec::new(),
        current: None,
    }
}

fn album_key(last: char) -> CacheKey {
    CacheKey::lookup(Entity::Album, artist(last))
}

#[tokio::test]
async fn a_changed_artist_shows_in_every_album_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache_in(folder.path());
    let ask = |last, profiles, built_at| {
        let built = album(profiles, built_at);
        let cache = &cache;
        async move {
            let build = || async { Ok::<_, Down>(built) };
            cache
                .get_or_build(album_key(last), build)
                .await
                .unwrap()
                .answer
        }
    };
    let text = |answer: &Composed| String::from_utf8(answer.body.plain().unwrap()).unwrap();
    let before = ask('1', [r#"{"n":1"#, r#"{"n":2"#], 1).await;
    assert_eq!(text(&before), r#"{"artists":[{"n":1},{"n":2}]}"#);

    // Another album of theirs is built, after one of them has changed.
    ask('2', [r#"{"n":1"#, r#"{"n":3"#], 2).await;
    let after = ask('1', ["never built", "never built"], 3).await;
    assert_eq!(text(&after), r#"{"artists":[{"n":1},{"n":3}]}"#);
    assert_ne!(after.etag, before.etag);
}

#[tokio::test]
async fn a_build_that_was_overtaken_gives_the_later_frame_with_its_own_artists() {
    for later_is_whole in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let store = store_in(folder.path());
        let cache = cache_over(&store, Revalidate::Wait);
        let fresh = Freshness::starting(now(), 50, 100);
        let later = |body: &str| {
            Entry::new(Kind::Found, body.as_bytes(), Vec::new(), fresh, now()).built_at(9)
        };
        let frame = crate::answer::Frame {
            before: r#"{"later":["#,
            artists: vec![artist('c'), artist('d')],
            after: "}]}",
        };
        let frame = Entry::framing(Kind::Found, frame, Vec::new(), fresh, now()).built_at(9);
        if later_is_whole {
            for (last, body) in [('c', r#"{"n":3"#), ('d', r#"{"n":4"#)] {
                let key = composed::profile_key(artist(last));
                store.put(&key, Arc::new(later(body))).await.unwrap();
            }
        }
        store.put(&album_key('1'), Arc::new(frame)).await.unwrap();
        let key = album_key('1');
        let slow = async { Ok::<_, Down>(album([r#"{"n":1"#, r#"{"n":2"#], 1)) };
        let wait = build::Waits::default().for_another;
        let built = build::run(&cache.tiers, &key, "slow", wait, slow).await;
        let answer = built.unwrap();
        let body = answer.body.plain().unwrap();
        let expected = if later_is_whole {
            r#"{"later":[{"n":3},{"n":4}]}"#
        } else {
            r#"{"artists":[{"n":1},{"n":2}]}"#
        };
        assert_eq!(String::from_utf8(body).unwrap(), expected);
    }
}

#[tokio::test]
async fn a_missing_profile_has_the_answer_built_again() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = store_in(one.path());
    let built = album(["{", "{"], 1);
    cache_over(&store, Revalidate::Wait)
        .get_or_build(album_key('1'), || async { Ok::<_, Down>(built) })
        .await
        .unwrap();
    let frame = store
        .get(&[album_key('1')])
        .await
        .unwrap()
        .remove(&album_key('1'))
        .unwrap();

    let torn = store_in(other.path());
    torn.put(&album_key('1'), Arc::new(frame)).await.unwrap();
    let cache = cache_over(&torn, Revalidate::Wait);
    let asked = cache
        .get_or_build(album_key('1'), || async { Err(Down) })
        .await;
    assert_eq!(asked.unwrap_err().0.to_string(), "the catalogue is down");
}

#[tokio::test]
async fn a_profile_that_may_say_less_than_it_could_replaces_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_in(folder.path());
    let cache = cache_over(&store, Revalidate::Wait);
    let ask = |last, built| {
        let cache = &cache;
        async move {
            let build = || async { Ok::<_, Down>(built) };
            let served = cache.get_or_build(album_key(last), build).await.unwrap();
            String::from_utf8(served.answer.body.plain().unwrap()).unwrap()
        }
    };
    ask('1', album([r#"{"n":"full""#, r#"{"n":2"#], 1)).await;
    let lacking = || Built {
        unsure: vec![artist('a')],
        ..album([r#"{"n":"bare""#, r#"{"n":3"#], 2)
    };
    let expected = r#"{"artists":[{"n":"full"},{"n":3}]}"#;
    assert_eq!(ask('2', lacking()).await, expected);
    assert_eq!(ask('1', album(["never built"; 2], 3)).await, expected);

    // In a crawl, it is tried again when what it lacks can be read.
    let crawled = cache
        .refresh(&album_key('2'), Refresh::default(), async {
            Ok::<_, Down>(lacking())
        })
        .await;
    assert!(matches!(
        crawled,
        Err(RefreshError::Store(StoreError::Unread))
    ));

    // Where nothing is kept of it, it goes out, and isn't kept itself.
    let folder = tempfile::tempdir().unwrap();
    let store = store_in(folder.path());
    let cache = cache_over(&store, Revalidate::Wait);
    let built = lacking();
    let build = || async { Ok::<_, Down>(built) };
    let served = cache.get_or_build(album_key('2'), build).await.unwrap();
    let body = served.answer.body.plain().unwrap();
    assert_eq!(body, br#"{"artists":[{"n":"bare"},{"n":3}]}"#);
    let profiles = ['a', 'b'].map(|last| composed::profile_key(artist(last)));
    let kept = store.get(&profiles).await.unwrap();
    let kept: Vec<_> = kept.keys().collect();
    assert_eq!(kept, [&profiles[1]]);
}
