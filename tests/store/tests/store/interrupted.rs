//! Writers that end at the worst moment, and readers that come at it.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use linernotes_origin::cache::{Consistency, Entry, Kind, Put, Store, StoreError};
use linernotes_shared::cache::Freshness;
use linernotes_store_tests::{Emulator, NOW, Trouble, Troublemaker, entry, key, long_body};

use crate::stores::{get, put};

const LONG: usize = 900_000;

fn is_head(body: &str) -> bool {
    body.contains(r#""S":"head""#)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_killed_after_any_request_leaves_the_old_entry_or_the_new_one() {
    let emulator = Emulator::start().await;
    let healthy = emulator.store().await;
    let troublemaker = Troublemaker::before(&emulator.url).await;
    let dying = Arc::new(Emulator::store_at(&troublemaker.url).await);
    let old = entry(&long_body(LONG, 1));
    let new = entry(&long_body(LONG, 2));
    // Three parts and the head.
    for requests in 0..=4 {
        put(&healthy, &key(1), &old).await;
        troublemaker.plan(move |call| match call.number < requests {
            true => Trouble::None,
            false => Trouble::Silence,
        });
        let writer = tokio::spawn({
            let (store, new) = (Arc::clone(&dying), Arc::new(new.clone()));
            async move { store.put(&key(1), new).await }
        });
        while !writer.is_finished() && troublemaker.operations().len() <= requests {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        writer.abort();
        let expected = if requests < 4 { &old } else { &new };
        assert_eq!(
            get(&healthy, &key(1)).await.as_ref(),
            Some(expected),
            "{requests}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_writer_left_expires() {
    let emulator = Emulator::start().await;
    let healthy = emulator.store().await;
    let troublemaker = Troublemaker::before(&emulator.url).await;
    let dying = Emulator::store_at(&troublemaker.url).await;
    put(&healthy, &key(1), &entry(b"old")).await;
    troublemaker.plan(|call| match is_head(&call.body) {
        true => Trouble::Forbidden,
        false => Trouble::None,
    });
    let past_use = Entry {
        freshness: Freshness::starting(1_000, 1, 1),
        ..entry(&long_body(LONG, 1))
    };
    assert!(dying.put(&key(1), Arc::new(past_use)).await.is_err());
    assert_eq!(emulator.sort_keys().len(), 4, "three parts of no head");
    assert_eq!(get(&healthy, &key(1)).await, Some(entry(b"old")));
    emulator.remove_expired();
    assert_eq!(emulator.sort_keys(), ["head"]);
    assert_eq!(get(&healthy, &key(1)).await, Some(entry(b"old")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_expires_is_removed_with_all_its_parts() {
    let emulator = Emulator::start().await;
    let store = emulator.store().await;
    let past = |body: &[u8], kind| {
        let freshness = Freshness::starting(1_000, 1, 1);
        Entry::new(kind, body, Vec::new(), freshness, 1_000)
    };
    put(&store, &key(1), &past(b"short", Kind::Found)).await;
    put(&store, &key(2), &past(b"short", Kind::Unknown)).await;
    put(&store, &key(3), &past(&long_body(LONG, 1), Kind::Found)).await;
    let lease = Duration::from_secs(1);
    store
        .acquire(&key(4), "crashed", 1_000, lease)
        .await
        .unwrap();
    put(&store, &key(5), &entry(b"in use")).await;
    emulator.remove_expired();
    assert_eq!(emulator.sort_keys(), ["head"]);
    assert_eq!(get(&store, &key(5)).await, Some(entry(b"in use")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_answer_is_lost_is_repeated_without_harm() {
    let emulator = Emulator::start().await;
    let _table = emulator.store().await;
    let troublemaker = Troublemaker::before(&emulator.url).await;
    let store = Emulator::hasty_store_at(&troublemaker.url).await;
    let long = entry(&long_body(LONG, 1));
    for (number, entry) in [(1, &entry(b"short")), (2, &long)] {
        let mut lost = false;
        troublemaker.plan(move |call| {
            if is_head(&call.body) && !std::mem::replace(&mut lost, true) {
                return Trouble::LostAnswer;
            }
            Trouble::None
        });
        assert_eq!(put(&store, &key(number), entry).await, Put::Kept);
        assert_eq!(get(&store, &key(number)).await.as_ref(), Some(entry));
    }
    assert!(store.counts().retries >= 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_not_yet_to_be_seen_are_read_again_as_they_are_now() {
    let emulator = Emulator::start().await;
    let _table = emulator.store().await;
    let troublemaker = Troublemaker::before(&emulator.url).await;
    let store = Emulator::store_at(&troublemaker.url).await;
    let long = entry(&long_body(LONG, 1));
    put(&store, &key(1), &long).await;
    troublemaker.plan(|call| {
        let consistent = call.body.contains(r#""ConsistentRead":true"#);
        match call.body.contains("body#") && !consistent {
            true => Trouble::Absent,
            false => Trouble::None,
        }
    });
    assert_eq!(get(&store, &key(1)).await, Some(long));
    assert_eq!(
        troublemaker.operations(),
        ["BatchGetItem"; 4],
        "head, parts, and both again"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_with_one_entrys_parts_is_no_trouble_for_the_others() {
    let emulator = Emulator::start().await;
    let _table = emulator.store().await;
    let troublemaker = Troublemaker::before(&emulator.url).await;
    let store = Emulator::store_at(&troublemaker.url).await;
    put(&store, &key(1), &entry(&long_body(LONG, 1))).await;
    put(&store, &key(2), &entry(b"short")).await;
    troublemaker.plan(|call| match call.body.contains("body#") {
        true => Trouble::Forbidden,
        false => Trouble::None,
    });
    let kept = store
        .read(&[key(1), key(2), key(3)], Consistency::Eventual)
        .await
        .unwrap();
    assert_eq!(kept.entries, [(key(2), entry(b"short"))].into());
    let unread: Vec<_> = kept.unread.keys().collect();
    assert_eq!(unread, [&key(1)], "it isn't absent: nobody knows");
    assert!(kept.damaged.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_that_do_not_come_keep_no_other_entry_from_being_found() {
    let emulator = Emulator::start().await;
    let healthy = emulator.store().await;
    let troublemaker = Troublemaker::before(&emulator.url).await;
    let store = Emulator::hasty_store_at(&troublemaker.url).await;
    put(&healthy, &key(1), &entry(&long_body(LONG, 1))).await;
    put(&healthy, &key(2), &entry(b"short")).await;
    let silent = key(1);
    troublemaker.plan(move |call| {
        match call.body.contains("body#") && call.body.contains(silent.as_str()) {
            true => Trouble::Silence,
            false => Trouble::None,
        }
    });
    let kept = store
        .read(&[key(1), key(2), key(3)], Consistency::Eventual)
        .await
        .unwrap();
    assert_eq!(kept.entries, [(key(2), entry(b"short"))].into());
    let unread: Vec<_> = kept.unread.iter().collect();
    assert!(
        matches!(unread[..], [(unread, StoreError::Slow)] if *unread == key(1)),
        "{unread:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_asks_for_more_parts_than_come_in_its_time() {
    let emulator = Emulator::start().await;
    let healthy = emulator.store().await;
    let troublemaker = Troublemaker::before(&emulator.url).await;
    // A link on which two megabytes take longer than a response may.
    troublemaker.plan(|call| match call.body.matches("body#").count() {
        0..=4 => Trouble::None,
        _ => Trouble::Silence,
    });
    let store = Emulator::usual_store_at(&troublemaker.url).await;
    let long = entry(&long_body(3 * 1024 * 1024, 1));
    put(&healthy, &key(1), &long).await;
    // A busy machine may be as slow at times.
    for _ in 0..20 {
        if let Ok(mut found) = store.get(&[key(1)]).await
            && let Some(found) = found.remove(&key(1))
        {
            assert_eq!(found, long);
            return;
        }
    }
    panic!("it never came whole");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_that_is_full_is_followed_by_the_rest() {
    let emulator = Emulator::start().await;
    let store = Arc::new(emulator.store().await);
    // Together more than the 16 MB that DynamoDB sends at once.
    let entries: Vec<Entry> = (0..48)
        .map(|number| entry(&long_body(370_000, number)).built_at(NOW))
        .collect();
    join_all(entries.iter().enumerate().map(|(number, entry)| {
        let store = Arc::clone(&store);
        async move { put(&*store, &key(number as u32), entry).await }
    }))
    .await;
    let keys: Vec<_> = (0..48).map(key).collect();
    let found = store.get(&keys).await.unwrap();
    assert_eq!(found.len(), 48);
    for (key, entry) in keys.iter().zip(&entries) {
        assert_eq!(found.get(key), Some(entry));
    }
    assert!(store.counts().retries > 0, "it was more than one response");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_for_later_is_asked_for_again_but_not_for_ever() {
    let emulator = Emulator::start().await;
    let _table = emulator.store().await;
    let troublemaker = Troublemaker::before(&emulator.url).await;
    let store = Emulator::store_at(&troublemaker.url).await;
    put(&store, &key(1), &entry(b"1")).await;
    troublemaker.plan(|call| match call.number < 3 {
        true => Trouble::Unprocessed,
        false => Trouble::None,
    });
    assert_eq!(get(&store, &key(1)).await, Some(entry(b"1")));

    troublemaker.always(Trouble::Unprocessed);
    let outcome = store.get(&[key(1)]).await;
    assert!(
        matches!(outcome, Err(StoreError::Throttled | StoreError::Slow)),
        "{outcome:?}"
    );
    assert!(troublemaker.operations().len() <= 6);
}
