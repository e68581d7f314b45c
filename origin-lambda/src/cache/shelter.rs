//! A store that is left alone for a while when it keeps failing: whoever asks builds at once, instead of waiting for it
//! to fail once more.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use linernotes_shared::cache::{CacheKey, Collection};

use super::Entry;
use super::counters::{Counter, Counts};
use super::store::{Listed, Note, Put, Store, StoreError};

/// So many failures in a row are no chance.
const FAILURES: u32 = 3;
/// How long it is left alone then, until one call tries again.
const REST: Duration = Duration::from_secs(5);

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
        if !breaker.lets_through(Instant::now()) {
            self.rests.add(1);
            return Err(StoreError::Resting);
        }
        let outcome = call.await;
        match &outcome {
            Err(StoreError::Slow | StoreError::Throttled | StoreError::Failed(_)) => {
                self.failures.add(1);
                breaker.failed(Instant::now());
            }
            // The other errors are ours, or the entry's.
            Ok(_) | Err(_) => breaker.succeeded(),
        }
        outcome
    }
}

#[async_trait]
impl Store for Sheltered {
    async fn get(&self, keys: &[CacheKey]) -> Result<HashMap<CacheKey, Entry>, StoreError> {
        self.through(&self.reads, self.store.get(keys)).await
    }

    async fn put(&self, key: &CacheKey, entry: Arc<Entry>) -> Result<Put, StoreError> {
        self.through(&self.writes, self.store.put(key, entry)).await
    }

    async fn mark_stale(&self, keys: &[CacheKey], from: u64) -> Result<usize, StoreError> {
        // Never skipped: what isn't marked would count as fresh for as long as it lives.
        self.store.mark_stale(keys, from).await
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
        self.store.note(name).await
    }

    async fn write_note(
        &self,
        name: &str,
        value: &[u8],
        over: Option<u64>,
    ) -> Result<bool, StoreError> {
        self.store.write_note(name, value, over).await
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.store.check().await
    }

    fn is_shared(&self) -> bool {
        self.store.is_shared()
    }

    fn counts(&self) -> Counts {
        Counts {
            failures: self.failures.get(),
            rests: self.rests.get(),
            ..self.store.counts()
        }
    }
}

/// Opens after [`FAILURES`] in a row; from then on one call every [`REST`] finds out whether the trouble is over.
#[derive(Debug, Default)]
struct Breaker {
    state: Mutex<Trouble>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Trouble {
    failures: u32,
    /// No call before then.
    until: Option<Instant>,
}

impl Breaker {
    fn lets_through(&self, now: Instant) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match state.until {
            Some(until) if now < until => false,
            Some(_) => {
                // This call tries; the next ones wait for its outcome.
                state.until = Some(now + REST);
                true
            }
            None => true,
        }
    }

    fn failed(&self, now: Instant) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.failures = state.failures.saturating_add(1);
        if state.failures >= FAILURES {
            state.until = Some(now + REST);
        }
    }

    fn succeeded(&self) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = Trouble::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_three_failures_in_a_row_one_call_in_five_seconds_goes_through() {
        let breaker = Breaker::default();
        let start = Instant::now();
        breaker.failed(start);
        breaker.failed(start);
        breaker.succeeded();
        breaker.failed(start);
        breaker.failed(start);
        assert!(breaker.lets_through(start), "two failures may be chance");
        breaker.failed(start);
        assert!(!breaker.lets_through(start));

        let rested = start + REST;
        let calls = [(); 2].map(|()| breaker.lets_through(rested));
        assert_eq!(calls, [true, false], "one tries, the others don't wait");
        breaker.failed(rested);
        assert!(!breaker.lets_through(rested));

        let rested = rested + REST;
        assert!(breaker.lets_through(rested));
        breaker.succeeded();
        let calls = [(); 2].map(|()| breaker.lets_through(rested));
        assert_eq!(calls, [true, true]);
    }
}
