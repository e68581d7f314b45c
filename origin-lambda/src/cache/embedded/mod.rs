//! The store in one file, for one process.

mod leases;
mod tables;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use redb::{Database, DatabaseError, ReadableDatabase};

use linernotes_shared::cache::{CacheKey, Collection};

use super::counters::{Counters, Counts};
use super::store::{Listed, Note, Put, Store, StoreError};
use super::{Entry, now};
use leases::Leases;
use tables::{Snapshot, Tables};

/// A store in one file, for one process: redb, which is crash-safe and keeps its size under overwriting.
pub struct EmbeddedStore {
    database: Arc<Database>,
    leases: Leases,
    counters: Arc<Counters>,
}

/// What a file that can't be read or written says.
type Failure = Box<dyn std::error::Error + Send + Sync>;

impl EmbeddedStore {
    /// Opens the store in `folder`, made if it isn't there.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let file = folder.join("answers.redb");
        let open = || -> Result<Database, Failure> {
            std::fs::create_dir_all(folder)?;
            let database = Database::create(&file)?;
            // Reading a table that was never written is an error; writing nothing makes it.
            let transaction = database.begin_write()?;
            Tables::open(&transaction)?;
            transaction.commit()?;
            Ok(database)
        };
        let database = open().map_err(|source| {
            let path = file.display().to_string();
            match source.downcast_ref() {
                Some(DatabaseError::DatabaseAlreadyOpen) => StoreError::InUse { path },
                _ => StoreError::Open { path, source },
            }
        })?;
        Ok(Self {
            database: Arc::new(database),
            leases: Leases::default(),
            counters: Arc::default(),
        })
    }

    /// Reads where blocking on the disk holds up no request.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Snapshot) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        let database = Arc::clone(&self.database);
        blocking(move || work(&Snapshot::of(&database.begin_read()?)?)).await
    }

    /// Writes there, all or nothing, on the disk when this returns.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tables<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        let database = Arc::clone(&self.database);
        blocking(move || {
            let transaction = database.begin_write()?;
            let outcome = work(&mut Tables::open(&transaction)?)?;
            transaction.commit()?;
            Ok(outcome)
        })
        .await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| StoreError::Failed(Box::new(error)))?
        .map_err(StoreError::Failed)
}

#[async_trait]
impl Store for EmbeddedStore {
    async fn get(&self, keys: &[CacheKey]) -> Result<HashMap<CacheKey, Entry>, StoreError> {
        self.counters.reads.add(keys.len());
        let (keys, counters) = (keys.to_vec(), Arc::clone(&self.counters));
        self.read(move |snapshot| {
            let mut found = HashMap::with_capacity(keys.len());
            for key in keys {
                match snapshot.entry(&key)? {
                    Some(Ok(entry)) => {
                        found.insert(key, entry);
                    }
                    Some(Err(error)) => {
                        counters.damaged.add(1);
                        tracing::warn!(%key, error = &error as &dyn std::error::Error, "kept answer not readable");
                    }
                    None => {}
                }
            }
            Ok(found)
        })
        .await
    }

    async fn put(&self, key: &CacheKey, entry: Arc<Entry>) -> Result<Put, StoreError> {
        self.counters.writes.add(1);
        let record = entry.encode(key)?;
        let key = key.clone();
        self.write(move |tables| {
            tables.remove_expired(now())?;
            tables.put(&key, &entry, &record)
        })
        .await
    }

    async fn mark_stale(&self, keys: &[CacheKey], from: u64) -> Result<usize, StoreError> {
        self.counters.writes.add(keys.len());
        let keys = keys.to_vec();
        self.write(move |tables| {
            let mut marked = 0;
            for key in &keys {
                marked += usize::from(tables.mark(key, from)?);
            }
            Ok(marked)
        })
        .await
    }

    async fn changed_since(
        &self,
        collection: Collection,
        since: u64,
        limit: usize,
    ) -> Result<Vec<Listed>, StoreError> {
        self.read(move |snapshot| snapshot.changed_since(collection, since, limit))
            .await
    }

    async fn going_stale(
        &self,
        collection: Collection,
        before: u64,
        limit: usize,
    ) -> Result<Vec<Listed>, StoreError> {
        self.read(move |snapshot| snapshot.going_stale(collection, before, limit))
            .await
    }

    async fn acquire(
        &self,
        key: &CacheKey,
        holder: &str,
        now: u64,
        duration: Duration,
    ) -> Result<bool, StoreError> {
        Ok(self.leases.acquire(key, holder, now, duration))
    }

    async fn release(&self, key: &CacheKey, holder: &str) -> Result<(), StoreError> {
        self.leases.release(key, holder);
        Ok(())
    }

    async fn note(&self, name: &str) -> Result<Option<Note>, StoreError> {
        let name = name.to_owned();
        self.read(move |snapshot| snapshot.note(&name)).await
    }

    async fn write_note(
        &self,
        name: &str,
        value: &[u8],
        over: Option<u64>,
    ) -> Result<bool, StoreError> {
        let (name, value) = (name.to_owned(), value.to_owned());
        self.write(move |tables| tables.write_note(&name, &value, over))
            .await
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.write(|_| Ok(())).await?;
        self.read(|_| Ok(())).await
    }

    fn is_shared(&self) -> bool {
        false
    }

    fn counts(&self) -> Counts {
        self.counters.counts()
    }
}
