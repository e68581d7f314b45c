//! What was changed behind the store's back counts as absent, harms nothing else, and is replaced by the next build.

use std::collections::HashMap;
use std::sync::Arc;

use dynoxide::types::AttributeValue;
use linernotes_origin::cache::{
    Consistency, DynamoDbStore, EmbeddedStore, Entry, Kind, Put, Store,
};
use linernotes_shared::cache::Freshness;
use linernotes_store_tests::{Emulator, Item, NOW, Trouble, Troublemaker, entry, key, long_body};
use redb::{Database, ReadableTable, TableDefinition};

use crate::stores::{get, put};

/// A store with a short entry, a long one and a third that nobody touches.
async fn filled() -> (Emulator, DynamoDbStore) {
    let emulator = Emulator::start().await;
    let store = emulator.store().await;
    put(&store, &key(1), &entry(b"short")).await;
    put(&store, &key(2), &entry(&long_body(900_000, 1))).await;
    put(&store, &key(3), &entry(b"untouched")).await;
    (emulator, store)
}

fn bytes<'a>(item: &'a mut Item, name: &str) -> &'a mut Vec<u8> {
    match item.get_mut(name) {
        Some(AttributeValue::B(bytes)) => bytes,
        _ => panic!("no bytes in {name}"),
    }
}

fn is_of(item: &Item, number: u32) -> bool {
    matches!(&item["pk"], AttributeValue::S(pk) if pk == key(number).as_str())
}

/// The damaged entry is absent and counted, the others are there; and a build heals it.
async fn assert_absent_until_built(store: &DynamoDbStore, number: u32, damage: &str) {
    let before = store.counts().damaged;
    let keys: Vec<_> = (1..=3).map(key).collect();
    let kept = store.read(&keys, Consistency::Eventual).await.unwrap();
    let found = kept.entries;
    assert_eq!(kept.damaged, [key(number)].into(), "{damage}");
    let mut there: Vec<_> = keys.iter().filter(|key| found.contains_key(key)).collect();
    there.sort();
    let expected: Vec<_> = keys.iter().filter(|other| **other != key(number)).collect();
    assert_eq!(there, expected, "{damage}");
    assert_eq!(store.counts().damaged, before + 1, "{damage}");

    let built = entry(b"built anew").built_at(NOW * 1_000 + 1);
    assert_eq!(
        put(store, &key(number), &built).await,
        Put::Kept,
        "{damage}"
    );
    assert_eq!(get(store, &key(number)).await, Some(built), "{damage}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_anywhere_in_a_record() {
    for place in [0, 1, 16, 17, 20, 60, usize::MAX] {
        let (emulator, store) = filled().await;
        emulator.tamper("head", |item| {
            if is_of(item, 1) {
                let record = bytes(item, "record");
                let place = place.min(record.len() - 1);
                record[place] ^= 0b100;
            }
        });
        assert_absent_until_built(&store, 1, &format!("a bit in byte {place}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_in_a_part() {
    let (emulator, store) = filled().await;
    emulator.tamper("body#", |item| bytes(item, "part")[1_000] ^= 1);
    assert_absent_until_built(&store, 2, "a bit in each part").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truncated_part() {
    let (emulator, store) = filled().await;
    emulator.tamper("body#", |item| {
        bytes(item, "part").pop();
    });
    assert_absent_until_built(&store, 2, "a byte less").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_part() {
    let (emulator, store) = filled().await;
    let items = emulator.items();
    let part = items.iter().find(|item| item.contains_key("part")).unwrap();
    emulator.delete(part);
    assert_absent_until_built(&store, 2, "a part less").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_that_have_changed_places() {
    let (emulator, store) = filled().await;
    let parts: Vec<Item> = emulator
        .items()
        .into_iter()
        .filter(|item| item.contains_key("part"))
        .collect();
    let [first, second] = [0, 1].map(|index| parts[index]["part"].clone());
    for (index, part) in [(0, second), (1, first)] {
        let mut item = parts[index].clone();
        item.insert("part".to_owned(), part);
        emulator.put(item);
    }
    assert_absent_until_built(&store, 2, "two parts exchanged").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_entrys_record() {
    let (emulator, store) = filled().await;
    let items = emulator.items();
    let other = items.iter().find(|item| is_of(item, 3)).unwrap()["record"].clone();
    emulator.tamper("head", |item| {
        if is_of(item, 1) {
            item.insert("record".to_owned(), other.clone());
        }
    });
    assert_absent_until_built(&store, 1, "a foreign record").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_programs_item() {
    let (emulator, store) = filled().await;
    emulator.tamper("head", |item| {
        if is_of(item, 1) {
            let keys = ["pk", "sk"].map(|name| (name.to_owned(), item[name].clone()));
            *item = Item::from(keys);
            item.insert("answer".to_owned(), AttributeValue::N("42".to_owned()));
        }
    });
    assert_absent_until_built(&store, 1, "a foreign item").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_attribute_can_make_an_entry_fresher_or_of_other_content() {
    let changes: [fn(&AttributeValue) -> Option<AttributeValue>; 4] = [
        |_| None,
        |_| Some(AttributeValue::N("9".repeat(19))),
        |_| Some(AttributeValue::N("-1".to_owned())),
        |_| Some(AttributeValue::B(vec![1])),
    ];
    let (emulator, store) = filled().await;
    store.mark_stale(&[key(1), key(2)], NOW + 10).await.unwrap();
    let sound = emulator.items();
    let originals = store.get(&[key(1), key(2)]).await.unwrap();
    for number in [1, 2] {
        let head = sound
            .iter()
            .find(|item| is_of(item, number) && item["sk"] == AttributeValue::S("head".to_owned()))
            .unwrap();
        for name in head
            .keys()
            .filter(|name| !["pk", "sk"].contains(&name.as_str()))
        {
            for change in changes {
                let mut item = head.clone();
                match change(&head[name]) {
                    Some(value) => item.insert(name.clone(), value),
                    None => item.remove(name),
                };
                // Indexes take texts only, so DynamoDB itself refuses these.
                if ["slice", "changed", "due"].contains(&name.as_str()) && item.contains_key(name) {
                    continue;
                }
                emulator.put(item);
                if let Some(mut read) = get(&store, &key(number)).await {
                    let original = &originals[&key(number)];
                    let entry_says = original.freshness.fresh_until.max(NOW + 100);
                    assert!(read.freshness.fresh_until <= entry_says, "{name}");
                    read.freshness.fresh_until = original.freshness.fresh_until;
                    assert_eq!(&read, original, "{name}");
                }
            }
        }
        emulator.put(head.clone());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_found_or_past_use_is_no_loss() {
    let emulator = Emulator::start().await;
    let store = emulator.store().await;
    let unknown = Entry {
        kind: Kind::Unknown,
        ..entry(b"unknown")
    };
    let past_use = Entry {
        freshness: Freshness::starting(1_000, 1, 1),
        ..entry(b"past use")
    };
    put(&store, &key(1), &unknown).await;
    put(&store, &key(2), &past_use).await;
    emulator.tamper("head", |item| *bytes(item, "record") = vec![2; 40]);
    let kept = store
        .read(&[key(1), key(2)], Consistency::Eventual)
        .await
        .unwrap();
    assert_eq!((kept.entries.len(), kept.damaged.len()), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mark_on_a_damaged_entry_holds_for_what_heals_it() {
    let (emulator, store) = filled().await;
    store.mark_stale(&[key(1)], NOW + 10).await.unwrap();
    emulator.tamper("head", |item| {
        if is_of(item, 1) {
            *bytes(item, "record") = vec![2; 40];
        }
    });
    let slow = entry(b"slow").built_at((NOW + 5) * 1_000);
    assert_eq!(put(&store, &key(1), &slow).await, Put::Kept);
    let read = get(&store, &key(1)).await.unwrap();
    assert_eq!(read.freshness.fresh_until, NOW + 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_heals_a_damaged_entry_undoes_no_later_build() {
    let (emulator, store) = filled().await;
    let later = entry(b"later").built_at(NOW * 1_000 + 9);
    put(&store, &key(1), &later).await;
    let sound = emulator
        .items()
        .into_iter()
        .find(|item| is_of(item, 1))
        .unwrap();
    emulator.tamper("head", |item| {
        if is_of(item, 1) {
            *bytes(item, "record") = vec![2; 40];
        }
    });
    let troublemaker = Troublemaker::before(&emulator.url).await;
    let healing = Emulator::store_at(&troublemaker.url).await;
    troublemaker.plan(move |call| {
        // Between the look at what is damaged and the write over it, another has healed it.
        if call.number == 1 {
            emulator.put(sound.clone());
        }
        Trouble::None
    });
    let earlier = entry(b"earlier").built_at(NOW * 1_000 + 1);
    assert_eq!(put(&healing, &key(1), &earlier).await, Put::Superseded);
    assert_eq!(get(&store, &key(1)).await, Some(later));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_entry_gives_way_to_an_earlier_build() {
    let (emulator, store) = filled().await;
    emulator.tamper("head", |item| {
        if is_of(item, 1) {
            *bytes(item, "record") = vec![2; 40];
        }
    });
    let earlier = entry(b"earlier").built_at(NOW * 1_000 - 1);
    assert_eq!(put(&store, &key(1), &earlier).await, Put::Kept);
    assert_eq!(get(&store, &key(1)).await, Some(earlier));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_says_a_later_build_than_its_record_keeps_none_out() {
    let (emulator, store) = filled().await;
    emulator.tamper("head", |item| {
        item.insert("built_at".to_owned(), AttributeValue::N("9".repeat(19)));
    });
    for number in [1, 2] {
        let earlier = entry(b"earlier").built_at(NOW * 1_000 - 1);
        assert_eq!(put(&store, &key(number), &earlier).await, Put::Superseded);
        let later = entry(b"later").built_at(NOW * 1_000 + 1);
        assert_eq!(put(&store, &key(number), &later).await, Put::Kept);
        assert_eq!(get(&store, &key(number)).await, Some(later), "{number}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_in_the_embedded_stores_file() {
    const RECORDS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("records");
    let folder = tempfile::tempdir().unwrap();
    let open = || EmbeddedStore::open(folder.path()).unwrap();
    let store = open();
    for number in 1..=5 {
        put(&store, &key(number), &entry(&[number as u8])).await;
    }
    drop(store);

    let file = Database::create(folder.path().join("answers.redb")).unwrap();
    let transaction = file.begin_write().unwrap();
    {
        let mut records = transaction.open_table(RECORDS).unwrap();
        let record = |number| {
            let stored = records.get(key(number).as_str()).unwrap().unwrap();
            stored.value().to_vec()
        };
        let mut flipped = record(1);
        *flipped.last_mut().unwrap() ^= 1;
        let mut truncated = record(2);
        truncated.pop();
        let (foreign, old_format) = (record(4), vec![1; 50]);
        for (number, bytes) in [(1, flipped), (2, truncated), (3, foreign), (5, old_format)] {
            let key = key(number);
            records.insert(key.as_str(), bytes.as_slice()).unwrap();
        }
    }
    transaction.commit().unwrap();
    drop(file);

    let store = open();
    let keys: Vec<_> = (1..=5).map(key).collect();
    let sound = HashMap::from([(key(4), entry(&[4]))]);
    assert_eq!(store.get(&keys).await.unwrap(), sound);
    assert_eq!(store.counts().damaged, 4);
    for key in &keys {
        // Damaged ones give way even to an earlier build.
        let earlier = Arc::new(entry(b"earlier").built_at(1));
        let expected = if sound.contains_key(key) {
            Put::Superseded
        } else {
            Put::Kept
        };
        assert_eq!(store.put(key, earlier).await.unwrap(), expected);
    }
}
