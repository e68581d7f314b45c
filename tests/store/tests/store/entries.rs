//! Entries come back as they were put, and the newest build stays.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::future::join_all;
use linernotes_origin::answer::Frame;
use linernotes_origin::cache::{Entry, Kind, Put, Segment, Store};
use linernotes_shared::cache::{CacheKey, Freshness};
use linernotes_store_tests::{NOW, content, entry, key, long_body};

use crate::stores::{for_every_store, get, put};

const MEGABYTE: usize = 1024 * 1024;

for_every_store! {
    an_entry_comes_back_as_it_was_put
    what_was_never_put_is_absent
    however_old_an_entry_is_read
    hundreds_of_keys_are_read_at_once
    a_long_body_comes_back_whole
    long_and_short_entries_replace_each_other
    an_older_build_is_refused
    of_two_builds_of_one_moment_the_last_stays
    readers_see_one_of_two_long_entries_whole
    of_concurrent_builds_the_newest_stays
}

async fn an_entry_comes_back_as_it_was_put(store: Arc<dyn Store>) {
    let found = Entry {
        kind: Kind::Found,
        frame: Frame {
            before: Segment::new(&[0, 1, 254, 255]),
            artists: [1, 2].map(|number| key(number).mbid().unwrap()).to_vec(),
            after: Segment::new(b"]"),
        },
        etag: "\"0123456789abcdef\"".to_owned(),
        tags: vec!["artist-1".to_owned(), "naïve ☂".to_owned()],
        freshness: Freshness {
            fresh_until: NOW + 1,
            stale_until: NOW + 2,
        },
        updated: NOW - 3,
        built_at: NOW * 1_000 - 1,
    };
    let unknown = Entry {
        kind: Kind::Unknown,
        frame: content(b""),
        etag: String::new(),
        tags: Vec::new(),
        freshness: Freshness {
            fresh_until: u64::MAX,
            stale_until: u64::MAX,
        },
        updated: 0,
        built_at: 0,
    };
    for (number, entry) in [(1, &found), (2, &unknown)] {
        assert_eq!(put(&*store, &key(number), entry).await, Put::Kept);
        assert_eq!(get(&*store, &key(number)).await.as_ref(), Some(entry));
    }
}

async fn what_was_never_put_is_absent(store: Arc<dyn Store>) {
    assert_eq!(store.get(&[]).await.unwrap(), HashMap::new());
    assert_eq!(get(&*store, &key(1)).await, None);
    put(&*store, &key(2), &entry(b"2")).await;
    assert_eq!(get(&*store, &key(1)).await, None);
}

async fn however_old_an_entry_is_read(store: Arc<dyn Store>) {
    let old = Entry::new(
        Kind::Found,
        b"old",
        Vec::new(),
        Freshness::starting(1, 1, 1),
        1,
    );
    put(&*store, &key(1), &old).await;
    assert_eq!(get(&*store, &key(1)).await, Some(old));
}

async fn hundreds_of_keys_are_read_at_once(store: Arc<dyn Store>) {
    let body = |number: u32| entry(number.to_string().as_bytes());
    join_all((0..250).map(|number| {
        let store = Arc::clone(&store);
        async move { put(&*store, &key(number), &body(number)).await }
    }))
    .await;
    // The last 50 aren't there; every key is asked for twice.
    let asked: Vec<CacheKey> = (0..300).chain(0..300).map(key).collect();
    let expected: HashMap<CacheKey, Entry> =
        (0..250).map(|number| (key(number), body(number))).collect();
    assert_eq!(store.get(&asked).await.unwrap(), expected);
}

async fn a_long_body_comes_back_whole(store: Arc<dyn Store>) {
    let long = entry(&long_body(3 * MEGABYTE, 1));
    assert!(long.weight() >= 3 * MEGABYTE, "it can't be compressed");
    put(&*store, &key(1), &long).await;
    put(&*store, &key(2), &entry(b"short")).await;
    assert_eq!(
        store.get(&[key(1), key(2)]).await.unwrap(),
        HashMap::from([(key(1), long), (key(2), entry(b"short"))])
    );
}

async fn long_and_short_entries_replace_each_other(store: Arc<dyn Store>) {
    // About DynamoDB's limit for an item, and about twice it, differences of a byte included.
    const LIMIT: usize = 400_000;
    let lengths =
        (LIMIT - 12_000..LIMIT - 10_000)
            .step_by(250)
            .chain([LIMIT, 10, 2 * LIMIT, 409_600, 10]);
    for (number, length) in lengths.enumerate() {
        let entry = entry(&long_body(length, number as u64)).built_at(NOW * 1_000 + number as u64);
        assert_eq!(put(&*store, &key(1), &entry).await, Put::Kept, "{length}");
        assert_eq!(get(&*store, &key(1)).await, Some(entry), "{length}");
    }
}

async fn an_older_build_is_refused(store: Arc<dyn Store>) {
    for (number, newer, older) in [
        (1, b"new".to_vec(), b"old".to_vec()),
        (2, long_body(MEGABYTE, 1), b"old".to_vec()),
        (3, b"new".to_vec(), long_body(MEGABYTE, 1)),
        (4, long_body(MEGABYTE, 1), long_body(MEGABYTE, 2)),
    ] {
        let newer = entry(&newer).built_at(NOW * 1_000 + 1);
        let older = entry(&older).built_at(NOW * 1_000);
        assert_eq!(put(&*store, &key(number), &newer).await, Put::Kept);
        assert_eq!(put(&*store, &key(number), &older).await, Put::Superseded);
        assert_eq!(get(&*store, &key(number)).await, Some(newer));
    }
}

async fn of_two_builds_of_one_moment_the_last_stays(store: Arc<dyn Store>) {
    for body in [b"1", b"2"] {
        assert_eq!(put(&*store, &key(1), &entry(body)).await, Put::Kept);
    }
    assert_eq!(get(&*store, &key(1)).await, Some(entry(b"2")));
}

async fn readers_see_one_of_two_long_entries_whole(store: Arc<dyn Store>) {
    const ROUNDS: usize = 6;
    let versions: Arc<Vec<Entry>> = Arc::new(
        (0..2)
            .map(|seed| entry(&long_body(MEGABYTE, seed)))
            .collect(),
    );
    put(&*store, &key(1), &versions[0]).await;
    let writers = (0..2).map(|writer| {
        let (store, versions) = (Arc::clone(&store), Arc::clone(&versions));
        tokio::spawn(async move {
            for _ in 0..ROUNDS {
                put(&*store, &key(1), &versions[writer]).await;
            }
        })
    });
    let readers = (0..2).map(|_| {
        let (store, versions) = (Arc::clone(&store), Arc::clone(&versions));
        tokio::spawn(async move {
            for _ in 0..2 * ROUNDS {
                let read = get(&*store, &key(1)).await;
                let read = read.expect("there is always one");
                assert!(versions.contains(&read), "a mix of the two");
            }
        })
    });
    for ended in join_all(writers.chain(readers).collect::<Vec<_>>()).await {
        ended.unwrap();
    }
    assert_eq!(store.counts().damaged, 0);
}

async fn of_concurrent_builds_the_newest_stays(store: Arc<dyn Store>) {
    let build = |number: u64| entry(number.to_string().as_bytes()).built_at(NOW * 1_000 + number);
    // In no order of their age.
    let outcomes = join_all((0..40).map(|number| {
        let (store, entry) = (Arc::clone(&store), build(number * 7 % 40));
        tokio::spawn(async move { put(&*store, &key(1), &entry).await })
    }))
    .await;
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(get(&*store, &key(1)).await, Some(build(39)));
}
