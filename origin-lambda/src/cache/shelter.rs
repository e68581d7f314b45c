//! A store that is left alone for a while when it keeps failing: whoever asks builds at once, instead of waiting for it
//! to fail once more.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use linernotes_shared::cache::{CacheKey, Collection};

use super::Entry;
use super::breaker::Breaker;
use super::counters::{Counter, Counts};
use super::store::{Consistency, Kept, Listed, Note, Put, Store, StoreError};
use crate::telemetry::with_causes;

/// A store behind two breakers. Reads and writes have their own: a table may be short of capacity for one of them alone.
pub(super) struct Sheltered {
    store: Arc<dyn Store>,
    reads: Breaker,
    writes: Breaker,
    failures: Counter,
    rests: Counter,
}

impl Sheltered {
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            reads: Breaker::default(),
            writes: Breaker::default(),
            failures: Counter::default(),
            rests: Counter::default(),
        }
    }

    async fn through<T>(
        &self,
        breaker: &Breaker,
        call: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        let Some(passage) = breaker.enter(Instant::now()) else {
            self.rests.add(1);
            return Err(StoreError::Resting);
        };
        let outcome = self.counted(call).await;
        match &outcome {
            Err(error) if error.is_of_the_store() => {
                if passage.failed(Instant::now()) {
                    tracing::error!(
                        error = with_causes(error),
                        "store in trouble: answers are built instead, and not kept"
                    );
                }
            }
            // The other errors are ours, or the entry's.
            Ok(_) | Err(_) => passage.succeeded(),
        }
        outcome
    }

    /// A call, whatever has failed of late.
    async fn counted<T>(
        &self,
        call: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        let outcome = call.await;
        if !matches!(outcome, Ok(_) | Err(StoreError::Resting)) {
            self.failures.add(1);
        }
        outcome
    }
}

#[async_trait]
impl Store for Sheltered {
    async fn read(&self, keys: &[CacheKey], how: Consistency) -> Result<Kept, StoreError> {
        let outcome = self.through(&self.reads, self.store.read(keys, how)).await;
        if let Ok(kept) = &outcome {
            self.failures.add(kept.unread.len());
        }
        outcome
    }

    async fn put(&self, key: &CacheKey, entry: Arc<Entry>) -> Result<Put, StoreError> {
        self.through(&self.writes, self.store.put(key, entry)).await
    }

    async fn put_all(&self, entries: &[(CacheKey, Arc<Entry>)]) -> Result<Vec<Put>, StoreError> {
        self.through(&self.writes, self.store.put_all(entries))
            .await
    }

    async fn mark_stale(&self, keys: &[CacheKey], from: u64) -> Result<usize, StoreError> {
        // Never skipped: what isn't marked would count as fresh for as long as it lives.
        self.counted(self.store.mark_stale(keys, from)).await
    }

    async fn changed_since(
        &self,
        collection: Collection,
        since: u64,
        limit: usize,
    ) -> Result<Vec<Listed>, StoreError> {
        self.through(
            &self.reads,
            self.store.changed_since(collection, since, limit),
        )
        .await
    }

    async fn going_stale(
        &self,
        collection: Collection,
        before: u64,
        limit: usize,
    ) -> Result<Vec<Listed>, StoreError> {
        self.through(
            &self.reads,
            self.store.going_stale(collection, before, limit),
        )
        .await
    }

    async fn acquire(
        &self,
        key: &CacheKey,
        holder: &str,
        now: u64,
        duration: Duration,
    ) -> Result<bool, StoreError> {
        self.through(&self.writes, self.store.acquire(key, holder, now, duration))
            .await
    }

    async fn release(&self, key: &CacheKey, holder: &str) -> Result<(), StoreError> {
        self.through(&self.writes, self.store.release(key, holder))
            .await
    }

    async fn note(&self, name: &str) -> Result<Option<Note>, StoreError> {
        // Only crawls read and write notes, and those can wait.
        self.counted(self.store.note(name)).await
    }

    async fn write_note(
        &self,
        name: &str,
        value: &[u8],
        over: Option<u64>,
    ) -> Result<bool, StoreError> {
        self.counted(self.store.write_note(name, value, over)).await
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.counted(self.store.check()).await
    }

    fn is_shared(&self) -> bool {
        self.store.is_shared()
    }

    fn losses(&self) -> u64 {
        self.store.losses()
    }

    fn counts(&self) -> Counts {
        Counts {
            failures: self.failures.get(),
            rests: self.rests.get(),
            ..self.store.counts()
        }
    }
}
