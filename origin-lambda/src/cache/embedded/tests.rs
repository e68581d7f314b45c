use std::io::{Error, ErrorKind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use linernotes_shared::cache::Freshness;
use redb::{Database, StorageBackend};

use super::file::Place;
use super::*;
use crate::cache::Kind;

mod indexes;
mod kept;

/// A disk that outlives the databases on it, and that has no room or hangs at times. Of what is on it, nothing is held in
/// memory.
#[derive(Clone, Debug, Default)]
struct Disk {
    bytes: Arc<Mutex<Vec<u8>>>,
    aside: Arc<Mutex<Vec<u8>>>,
    is_full: Arc<AtomicBool>,
    hangs: Arc<AtomicBool>,
}

impl Disk {
    fn fill(&self, is_full: bool) {
        self.is_full.store(is_full, Ordering::SeqCst);
    }

    fn hang(&self, hangs: bool) {
        self.hangs.store(hangs, Ordering::SeqCst);
    }

    fn room(&self) -> Result<(), Error> {
        match self.is_full.load(Ordering::SeqCst) {
            true => Err(ErrorKind::StorageFull.into()),
            false => Ok(()),
        }
    }

    fn store(&self) -> EmbeddedStore {
        EmbeddedStore::of(File::new(self.clone(), Duration::ZERO).unwrap())
    }
}

impl Place for Disk {
    fn name(&self) -> String {
        "the disk".to_owned()
    }

    fn open(&self, checked: bool) -> Result<Database, Failure> {
        let mut builder = Database::builder();
        builder.set_check_integrity_on_open(checked);
        builder.set_cache_size(0);
        Ok(builder.create_with_backend(self.clone())?)
    }

    fn set_aside(&self) -> Result<(), Failure> {
        let damaged = std::mem::take(&mut *self.bytes.lock().unwrap());
        *self.aside.lock().unwrap() = damaged;
        Ok(())
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> Result<u64, Error> {
        Ok(self.bytes.lock().unwrap().len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), Error> {
        while self.hangs.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(5));
        }
        let bytes = self.bytes.lock().unwrap();
        let start = usize::try_from(offset).unwrap();
        let there = bytes.get(start..start + out.len());
        out.copy_from_slice(there.ok_or(ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> Result<(), Error> {
        self.room()?;
        let len = usize::try_from(len).unwrap();
        self.bytes.lock().unwrap().resize(len, 0);
        Ok(())
    }

    fn sync_data(&self) -> Result<(), Error> {
        self.room()
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), Error> {
        self.room()?;
        let start = usize::try_from(offset).unwrap();
        self.bytes.lock().unwrap()[start..start + data.len()].copy_from_slice(data);
        Ok(())
    }
}

fn key(number: u128) -> CacheKey {
    CacheKey::new(Collection::Artist, uuid::Uuid::from_u128(number).into())
}

fn entry(body: &[u8]) -> Entry {
    let freshness = Freshness::starting(now(), 60, 600);
    Entry::new(Kind::Found, body, Vec::new(), freshness, now())
}

#[tokio::test]
async fn after_trouble_with_its_disk_the_store_goes_on_without_a_restart() {
    let disk = Disk::default();
    let store = disk.store();
    let kept = entry(b"kept");
    store.put(&key(1), Arc::new(kept.clone())).await.unwrap();

    disk.fill(true);
    for _ in 0..3 {
        let put = store.put(&key(2), Arc::new(entry(b"lost"))).await;
        assert!(matches!(
            put,
            Err(StoreError::Failed(_) | StoreError::Resting)
        ));
    }
    disk.fill(false);
    // The first call that comes then may still find the old trouble.
    let _ = store.get(&[key(1)]).await;

    let found = store.get(&[key(1), key(2)]).await.unwrap();
    assert_eq!(found, [(key(1), kept)].into());
    let put = store.put(&key(2), Arc::new(entry(b"new"))).await.unwrap();
    assert_eq!(put, Put::Kept);
    assert!(store.counts().failures >= 1, "{:?}", store.counts());
}

#[tokio::test]
async fn a_store_that_cannot_be_opened_again_is_left_alone_for_a_while() {
    let disk = Disk::default();
    let hour = Duration::from_secs(60 * 60);
    let store = EmbeddedStore::of(File::new(disk.clone(), hour).unwrap());
    disk.fill(true);
    for _ in 0..3 {
        let put = store.put(&key(1), Arc::new(entry(b"lost"))).await;
        assert!(put.is_err());
    }
    disk.fill(false);
    assert!(matches!(
        store.get(&[key(1)]).await,
        Err(StoreError::Resting)
    ));
    assert!(store.counts().rests >= 1);
}

#[tokio::test]
async fn of_many_entries_each_fares_as_if_it_were_alone() {
    let store = Disk::default().store();
    let later = entry(b"later");
    store.put(&key(1), Arc::new(later.clone())).await.unwrap();
    let earlier = entry(b"earlier").built_at(later.built_at - 1);
    let entries = [(key(1), Arc::new(earlier)), (key(2), Arc::new(entry(b"2")))];
    let puts = store.put_all(&entries).await.unwrap();
    assert_eq!(puts, [Put::Superseded, Put::Kept]);
    let found = store.get(&[key(1), key(2)]).await.unwrap();
    assert_eq!(found[&key(1)], later);
    assert_eq!(found.len(), 2);
}

#[tokio::test]
async fn a_store_whose_disk_is_in_trouble_at_the_start_goes_on_when_that_is_over() {
    let disk = Disk::default();
    disk.fill(true);
    let store = disk.store();
    assert!(matches!(
        store.get(&[key(1)]).await,
        Err(StoreError::Resting)
    ));
    let trouble = store.check().await.unwrap_err();
    assert_eq!(
        with_causes(&trouble),
        "the store at the disk can't be opened: I/O error: no storage space"
    );
    disk.fill(false);
    let kept = entry(b"kept");
    let put = store.put(&key(1), Arc::new(kept.clone())).await.unwrap();
    assert_eq!(put, Put::Kept);
    store.check().await.unwrap();
    let found = store.get(&[key(1)]).await.unwrap();
    assert_eq!(found, [(key(1), kept)].into());
}

#[tokio::test]
async fn what_is_damaged_beyond_repair_is_set_aside_for_an_empty_store() {
    type Damage = fn(&mut Vec<u8>);
    let damages: [Damage; 6] = [
        |bytes| bytes[0] ^= 1,
        |bytes| bytes[..4096].fill(0xff),
        |bytes| bytes.fill(0),
        |bytes| bytes.truncate(100),
        |bytes| bytes.truncate(bytes.len() / 2),
        |bytes| *bytes = b"no database".to_vec(),
    ];
    for (number, damage) in damages.into_iter().enumerate() {
        let disk = Disk::default();
        let store = disk.store();
        store
            .put(&key(1), Arc::new(entry(b"before")))
            .await
            .unwrap();
        drop(store);
        damage(&mut disk.bytes.lock().unwrap());
        let damaged = disk.bytes.lock().unwrap().clone();

        let store = disk.store();
        assert_eq!(*disk.aside.lock().unwrap(), damaged, "{number}");
        assert_eq!(store.get(&[key(1)]).await.unwrap(), [].into());
        let after = entry(b"after");
        store.put(&key(1), Arc::new(after.clone())).await.unwrap();
        let found = store.get(&[key(1)]).await.unwrap();
        assert_eq!(found, [(key(1), after)].into(), "{number}");
    }
}

#[tokio::test]
async fn a_file_that_is_in_use_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(folder.path()).unwrap();
    let second = EmbeddedStore::open(folder.path());
    assert!(matches!(second, Err(StoreError::InUse { .. })));
    store.check().await.unwrap();
    let files = std::fs::read_dir(folder.path()).unwrap();
    let files: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files, ["answers.redb"]);
}

#[tokio::test]
async fn a_disk_that_hangs_holds_up_no_read_for_long() {
    let disk = Disk::default();
    let large: Vec<u8> = std::iter::repeat_with(|| fastrand::u8(..))
        .take(20_000)
        .collect();
    let large = entry(&large);
    let entries: Vec<_> = (1..=50)
        .map(|number| (key(number), Arc::new(large.clone())))
        .collect();
    disk.store().put_all(&entries).await.unwrap();

    // One that has nothing in memory yet.
    let mut store = disk.store();
    store.patience = Duration::from_millis(50);
    disk.hang(true);
    for number in 1..=3 {
        let read = store.get(&[key(number)]).await;
        assert!(matches!(read, Err(StoreError::Slow)), "{read:?}");
    }
    let read = store.get(&[key(4)]).await;
    assert!(matches!(read, Err(StoreError::Resting)), "{read:?}");
    let counts = store.counts();
    assert_eq!(
        (counts.timeouts, counts.failures, counts.rests),
        (3, 3, 1),
        "{counts:?}"
    );

    disk.hang(false);
    store.patience = PATIENCE;
    store.hanging = Breaker::default();
    let found = store.get(&[key(1)]).await.unwrap();
    assert_eq!(found, [(key(1), large)].into());
}

#[tokio::test]
async fn a_disk_that_hangs_holds_up_no_write_for_ever() {
    let disk = Disk::default();
    disk.store()
        .put(&key(1), Arc::new(entry(b"1")))
        .await
        .unwrap();

    let mut store = disk.store();
    store.patience_for_a_write = Duration::from_millis(50);
    disk.hang(true);
    let put = store.put(&key(2), Arc::new(entry(b"2"))).await;
    assert!(matches!(put, Err(StoreError::Slow)), "{put:?}");
    assert_eq!(store.counts().timeouts, 1);

    disk.hang(false);
    store.patience_for_a_write = PATIENCE_FOR_A_WRITE;
    store.put(&key(3), Arc::new(entry(b"3"))).await.unwrap();
    let found = store.get(&[key(1), key(2), key(3)]).await.unwrap();
    assert_eq!(found.len(), 3, "what was given up went on, in its turn");
}
