//! The store in one file, for one process.

mod failure;
mod file;
mod leases;
mod rows;
mod tables;

use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

use linernotes_shared::cache::{CacheKey, Collection};

use super::breaker::Breaker;
use super::counters::{Counters, Counts};
use super::store::{Consistency, Kept, Listed, Note, Put, Store, StoreError};
use super::{Entry, now};
use crate::telemetry::with_causes;
use failure::{Failure, caught, is_damaged_page};
use file::File;
use leases::Leases;
use tables::{Damage, Snapshot, Tables};

/// How long a read may take: a disk that hangs must not hang requests.
const PATIENCE: Duration = Duration::from_secs(3);
/// How much longer for each page of the file that it may have to fetch. A slow disk does a hundred in a second.
const PATIENCE_FOR_A_PAGE: Duration = Duration::from_millis(10);
/// Reads under way at once. Each has a thread, and those that a hanging disk holds must leave some to others than the
/// store.
const READS_AT_ONCE: usize = 64;
/// Writes under way at once. redb does one after the other, and who waits needs no thread.
const WRITES_AT_ONCE: usize = 1;
/// How long a write waits for those before it.
const PATIENCE_FOR_OTHERS: Duration = Duration::from_secs(30);
/// How long it may then take, however much it is: more than any does on a disk that works.
const PATIENCE_FOR_A_WRITE: Duration = Duration::from_secs(120);

/// A store in one file, for one process: redb, which is crash-safe and keeps its size under overwriting.
pub struct EmbeddedStore {
    file: Arc<File>,
    reads: Arc<Semaphore>,
    /// Leaves the disk alone while it hangs, instead of waiting for it with every read.
    hanging: Breaker,
    patience: Duration,
    writes: Arc<Semaphore>,
    patience_for_a_write: Duration,
    leases: Leases,
    counters: Arc<Counters>,
}

impl EmbeddedStore {
    /// Opens the store in `folder`, made if it isn't there.
    ///
    /// Trouble with the disk is no error: until it is over, the store gives and keeps nothing. A file that is damaged
    /// beyond repair is set aside, and an empty one begun.
    ///
    /// # Errors
    /// If another process has it open.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        Ok(Self::of(File::at(&folder.join("answers.redb"))?))
    }

    fn of(file: File) -> Self {
        Self {
            file: Arc::new(file),
            reads: Arc::new(Semaphore::new(READS_AT_ONCE)),
            hanging: Breaker::default(),
            patience: PATIENCE,
            writes: Arc::new(Semaphore::new(WRITES_AT_ONCE)),
            patience_for_a_write: PATIENCE_FOR_A_WRITE,
            leases: Leases::default(),
            counters: Arc::default(),
        }
    }

    /// Reads about so many pages, where blocking on the disk holds up no request.
    async fn reading<T: Send + 'static>(
        &self,
        pages: usize,
        work: impl FnOnce(&Snapshot) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        let Some(passage) = self.hanging.enter(Instant::now()) else {
            return self.counted(Err(StoreError::Resting));
        };
        let file = Arc::clone(&self.file);
        let reading = async {
            let turn = turn(&self.reads).await?;
            blocking(turn, move || {
                file.read(|transaction| work(&Snapshot::of(transaction)?))
            })
            .await
        };
        let pages = u32::try_from(pages).unwrap_or(u32::MAX);
        let patience = PATIENCE_FOR_A_PAGE.saturating_mul(pages);
        let patience = self.patience.saturating_add(patience);
        let outcome = self.within(patience, reading).await;
        if !matches!(outcome, Err(StoreError::Slow)) {
            passage.succeeded();
        } else if passage.failed(Instant::now()) {
            tracing::error!("the store's disk hangs: answers are built instead");
        }
        self.counted(outcome)
    }

    /// Writes there, all or nothing, on the disk when this returns. Given up because the disk hangs, it may still come to
    /// be written.
    async fn writing<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tables<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        let file = Arc::clone(&self.file);
        let writing = async {
            let turn = self.within(PATIENCE_FOR_OTHERS, turn(&self.writes)).await?;
            let writing = blocking(turn, move || {
                file.write(|transaction| work(&mut Tables::open(transaction)?))
            });
            self.within(self.patience_for_a_write, writing).await
        };
        self.counted(writing.await)
    }

    async fn within<T>(
        &self,
        patience: Duration,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        timeout(patience, work).await.unwrap_or_else(|_| {
            self.counters.timeouts.add(1);
            Err(StoreError::Slow)
        })
    }

    fn counted<T>(&self, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
        match &outcome {
            Err(StoreError::Resting) => self.counters.rests.add(1),
            Err(_) => self.counters.failures.add(1),
            Ok(_) => {}
        }
        outcome
    }

    async fn put_each(&self, entries: Vec<(CacheKey, Arc<Entry>)>) -> Result<Vec<Put>, StoreError> {
        self.counters.writes.add(entries.len());
        let records = entries.iter().map(|(key, entry)| entry.encode(key));
        let records: Vec<Vec<u8>> = records.collect::<Result<_, _>>()?;
        self.writing(move |tables| {
            tables.remove_expired(now())?;
            let puts = entries.iter().zip(&records);
            puts.map(|((key, entry), record)| tables.put(key, entry, record))
                .collect()
        })
        .await
    }
}

async fn turn(turns: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, StoreError> {
    let turn = Arc::clone(turns).acquire_owned().await;
    turn.map_err(|error| StoreError::Failed(error.into()))
}

/// Work that blocks, on a thread for that. Given up, it goes on, and keeps its turn until it ends.
async fn blocking<T: Send + 'static>(
    turn: OwnedSemaphorePermit,
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let working = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        work()
    });
    working
        .await
        .unwrap_or_else(|error| Err(StoreError::Failed(error.into())))
}

#[async_trait]
impl Store for EmbeddedStore {
    async fn read(&self, keys: &[CacheKey], _: Consistency) -> Result<Kept, StoreError> {
        self.counters.reads.add(keys.len());
        let (keys, counters) = (keys.to_vec(), Arc::clone(&self.counters));
        self.reading(keys.len(), move |snapshot| {
            let mut kept = Kept::default();
            for key in keys {
                let damage = match caught(|| snapshot.entry(&key)) {
                    Ok(None) => continue,
                    Ok(Some(Ok(entry))) => {
                        kept.entries.insert(key, entry);
                        continue;
                    }
                    Ok(Some(Err(damage))) => damage,
                    // What is put in its place finds out whether more than this page is damaged.
                    Err(failure) if is_damaged_page(&failure) => Damage::of_page(failure),
                    Err(failure) => return Err(failure),
                };
                counters.damaged.add(1);
                tracing::warn!(%key, error = with_causes(&*damage.error), "kept answer not readable");
                if damage.may_have_been_found(now()) {
                    kept.damaged.insert(key);
                }
            }
            Ok(kept)
        })
        .await
    }

    async fn put(&self, key: &CacheKey, entry: Arc<Entry>) -> Result<Put, StoreError> {
        let put = self.put_each(vec![(key.clone(), entry)]).await?;
        Ok(put.into_iter().next().unwrap_or(Put::Kept))
    }

    async fn put_all(&self, entries: &[(CacheKey, Arc<Entry>)]) -> Result<Vec<Put>, StoreError> {
        self.put_each(entries.to_vec()).await
    }

    async fn mark_stale(&self, keys: &[CacheKey], from: u64) -> Result<usize, StoreError> {
        self.counters.writes.add(keys.len());
        let keys = keys.to_vec();
        self.writing(move |tables| {
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
        // Each row's head may be on a page of its own.
        self.reading(limit, move |snapshot| {
            snapshot.changed_since(collection, since, limit)
        })
        .await
    }

    async fn going_stale(
        &self,
        collection: Collection,
        before: u64,
        limit: usize,
    ) -> Result<Vec<Listed>, StoreError> {
        // Each row's head may be on a page of its own.
        self.reading(limit, move |snapshot| {
            snapshot.going_stale(collection, before, limit)
        })
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
        self.reading(1, move |snapshot| snapshot.note(&name)).await
    }

    async fn write_note(
        &self,
        name: &str,
        value: &[u8],
        over: Option<u64>,
    ) -> Result<bool, StoreError> {
        let (name, value) = (name.to_owned(), value.to_owned());
        self.writing(move |tables| tables.write_note(&name, &value, over))
            .await
    }

    async fn check(&self) -> Result<(), StoreError> {
        let checked = match self.writing(|_| Ok(())).await {
            Ok(()) => self.reading(1, |_| Ok(())).await,
            refused => refused,
        };
        match checked {
            Err(StoreError::Resting) => Err(self.file.trouble().unwrap_or(StoreError::Resting)),
            checked => checked,
        }
    }

    fn is_shared(&self) -> bool {
        false
    }

    fn losses(&self) -> u64 {
        self.file.losses()
    }

    fn counts(&self) -> Counts {
        self.counters.counts()
    }
}

#[cfg(test)]
mod tests;
