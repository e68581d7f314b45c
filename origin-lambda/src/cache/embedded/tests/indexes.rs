//! Entries past use, and rows of the indexes that say what isn't so.

use redb::{ReadableDatabase, ReadableTableMetadata, TableDefinition};

use super::*;

const CHANGED: TableDefinition<'_, &[u8], ()> = TableDefinition::new("changed");
const DUE: TableDefinition<'_, &[u8], ()> = TableDefinition::new("due");
const EXPIRING: TableDefinition<'_, &[u8], ()> = TableDefinition::new("expiring");

fn past_use(body: &[u8]) -> Entry {
    let freshness = Freshness::starting(1_000, 1, 1);
    Entry::new(Kind::Found, body, Vec::new(), freshness, 1_000)
}

/// What both lists show.
async fn listed(store: &EmbeddedStore) -> [Vec<CacheKey>; 2] {
    let changed = store.changed_since(Collection::Artist, 0, 100).await;
    let due = store.going_stale(Collection::Artist, u64::MAX, 100).await;
    [changed, due].map(|listed| {
        let mut keys: Vec<CacheKey> = listed.unwrap().into_iter().map(|one| one.key).collect();
        keys.sort_unstable();
        keys
    })
}

fn rows_in(disk: &Disk, table: TableDefinition<'_, &[u8], ()>) -> u64 {
    let database = disk.open(false).unwrap();
    let reading = database.begin_read().unwrap();
    reading.open_table(table).unwrap().len().unwrap()
}

#[tokio::test]
async fn what_is_past_use_goes_with_the_puts_that_follow() {
    let disk = Disk::default();
    let store = disk.store();
    for number in 1..=20 {
        let past = past_use(b"past use");
        store.put(&key(number), Arc::new(past)).await.unwrap();
    }
    let live: Vec<CacheKey> = (30..35).map(key).collect();
    for key in &live {
        store.put(key, Arc::new(entry(b"live"))).await.unwrap();
    }
    let all: Vec<CacheKey> = (1..=40).map(key).collect();
    let found = store.get(&all).await.unwrap();
    let mut found: Vec<CacheKey> = found.into_keys().collect();
    found.sort_unstable();
    assert_eq!(found, live);
    assert_eq!(listed(&store).await, [live.clone(), live]);
    drop(store);
    assert_eq!(
        [CHANGED, DUE, EXPIRING].map(|table| rows_in(&disk, table)),
        [5; 3]
    );
}

#[tokio::test]
async fn rows_that_say_what_is_not_so_cost_no_entry_and_go_or_are_passed_over() {
    let disk = Disk::default();
    let store = disk.store();
    store.put(&key(1), Arc::new(entry(b"live"))).await.unwrap();
    drop(store);

    let database = disk.open(false).unwrap();
    let writing = database.begin_write().unwrap();
    {
        let mut expiring = writing.open_table(EXPIRING).unwrap();
        // Of nothing, of what is still in use, and of what can't be read.
        for time in 0..20 {
            let row = rows::expiring(time, &key(50));
            expiring.insert(row.as_slice(), ()).unwrap();
        }
        let row = rows::expiring(30, &key(1));
        expiring.insert(row.as_slice(), ()).unwrap();
        expiring
            .insert(&b"\0\0\0\0\0\0\0\x01\xff\xfe"[..], ())
            .unwrap();
        expiring.insert(&b"\0"[..], ()).unwrap();
        for table in [CHANGED, DUE] {
            let mut index = writing.open_table(table).unwrap();
            for row in [
                rows::of(&key(50), now()),
                rows::of(&key(1), 7),
                [rows::at(Collection::Artist, 8), vec![0xff; 9]].concat(),
                b"artist\0".to_vec(),
            ] {
                index.insert(row.as_slice(), ()).unwrap();
            }
        }
    }
    writing.commit().unwrap();
    drop(database);

    let store = disk.store();
    let live = vec![key(1)];
    assert_eq!(listed(&store).await, [live.clone(), live]);
    for number in 2..=5 {
        store
            .put(&key(number), Arc::new(entry(b"new")))
            .await
            .unwrap();
    }
    let live: Vec<CacheKey> = (1..=5).map(key).collect();
    assert_eq!(store.get(&live).await.unwrap().len(), 5);
    assert_eq!(listed(&store).await, [live.clone(), live]);
    drop(store);
    assert_eq!(rows_in(&disk, EXPIRING), 5);
}

#[tokio::test]
async fn a_file_whose_tables_are_of_another_format_is_set_aside() {
    const FORMER: TableDefinition<'_, (u64, &str), ()> = TableDefinition::new("expiring");
    let disk = Disk::default();
    let database = disk.open(false).unwrap();
    let writing = database.begin_write().unwrap();
    writing
        .open_table(FORMER)
        .unwrap()
        .insert((1, "artist/1"), ())
        .unwrap();
    writing.commit().unwrap();
    drop(database);

    let store = disk.store();
    assert!(!disk.aside.lock().unwrap().is_empty());
    let put = store.put(&key(1), Arc::new(entry(b"new"))).await;
    assert_eq!(put.unwrap(), Put::Kept);
}
