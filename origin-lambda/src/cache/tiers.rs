use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt};
use moka::ops::compute::Op;
use tokio::task::JoinError;
use tokio::time::timeout;

use linernotes_shared::cache::{CacheKey, State};

use super::counters::{Finding, Finds};
use super::flight::{Flights, Landing};
use super::{Entry, Put, Store, StoreError, now};
use crate::telemetry::{figures, with_causes};

/// How long memory is believed over a store that others write too, who may know better by then.
const BELIEVED_OVER_SHARED: Duration = Duration::from_secs(60);

/// How long an answer waits for the store to have it. After that it goes out, and is stored in its own time.
const PATIENCE: Duration = Duration::from_millis(250);

/// Entries stored at once.
const PUT_AT_ONCE: usize = 16;

/// Memory over the store.
#[derive(Clone)]
pub(super) struct Tiers {
    memory: moka::sync::Cache<CacheKey, Arc<Entry>>,
    store: Arc<dyn Store>,
    /// Of single entries: of many who ask for one at once, one reads it.
    reads: Flights<Option<Arc<Entry>>>,
    finding: Arc<Finding>,
}

/// Where an entry was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    InMemory,
    InStore,
}

impl Landing for Option<Arc<Entry>> {
    /// What can't be read is built.
    fn broken_off(_: JoinError) -> Self {
        None
    }
}

impl Tiers {
    /// `memory_bytes` of memory over `store`.
    pub fn new(store: Arc<dyn Store>, memory_bytes: u64) -> Self {
        let mut memory = moka::sync::Cache::builder()
            .weigher(|key: &CacheKey, entry: &Arc<Entry>| {
                u32::try_from(key.as_str().len() + entry.weight()).unwrap_or(u32::MAX)
            })
            .max_capacity(memory_bytes);
        if store.is_shared() {
            memory = memory.time_to_live(BELIEVED_OVER_SHARED);
        }
        Self {
            memory: memory.build(),
            store,
            reads: Flights::default(),
            finding: Arc::default(),
        }
    }

    /// The store beneath.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// The entry of a key, however old.
    #[cfg(test)]
    pub async fn get(&self, key: &CacheKey) -> Option<Arc<Entry>> {
        self.find_one(key).await.map(|(entry, _)| entry)
    }

    /// The entry of a key, however old, and where it was.
    pub async fn find_one(&self, key: &CacheKey) -> Option<(Arc<Entry>, Found)> {
        if let Some(entry) = self.memory.get(key) {
            self.finding.in_memory.add(1);
            return Some((entry, Found::InMemory));
        }
        let reading = self.reads.join(key, || {
            let (tiers, key) = (self.clone(), key.clone());
            async move { tiers.fetch(std::slice::from_ref(&key)).await.remove(&key) }
        });
        let found = reading.landing.await;
        match &found {
            Some(_) => self.finding.in_store.add(1),
            None => self.finding.nowhere.add(1),
        }
        found.map(|entry| (entry, Found::InStore))
    }

    /// Where entries were found since the start.
    pub fn finds(&self) -> Finds {
        self.finding.finds()
    }

    /// The entry of a key that is in memory.
    pub fn in_memory(&self, key: &CacheKey) -> Option<Arc<Entry>> {
        self.memory.get(key)
    }

    /// The entries of all keys, in their order; `None` if one is missing.
    pub async fn get_all(&self, keys: &[CacheKey]) -> Option<Vec<Arc<Entry>>> {
        self.find(keys).await.into_iter().collect()
    }

    /// The entry of each key, in their order, if there is one.
    pub async fn find(&self, keys: &[CacheKey]) -> Vec<Option<Arc<Entry>>> {
        let in_memory: Vec<Option<Arc<Entry>>> =
            keys.iter().map(|key| self.memory.get(key)).collect();
        let missing: Vec<CacheKey> = keys
            .iter()
            .zip(&in_memory)
            .filter(|(_, entry)| entry.is_none())
            .map(|(key, _)| key.clone())
            .collect();
        let fetched = if missing.is_empty() {
            HashMap::new()
        } else {
            self.fetch(&missing).await
        };
        self.finding.in_memory.add(keys.len() - missing.len());
        self.finding.in_store.add(fetched.len());
        self.finding
            .nowhere
            .add(missing.len().saturating_sub(fetched.len()));
        keys.iter()
            .zip(in_memory)
            .map(|(key, entry)| entry.or_else(|| fetched.get(key).cloned()))
            .collect()
    }

    async fn read(&self, keys: &[CacheKey]) -> Result<HashMap<CacheKey, Entry>, StoreError> {
        let started = Instant::now();
        let outcome = self.store.get(keys).await;
        figures().stored("get", &outcome, started.elapsed());
        outcome
    }

    async fn write(&self, key: &CacheKey, entry: Arc<Entry>) -> Result<Put, StoreError> {
        let started = Instant::now();
        let outcome = self.store.put(key, entry).await;
        figures().stored("put", &outcome, started.elapsed());
        outcome
    }

    /// The entries that the store has, now in memory too. A store in trouble has none.
    pub async fn fetch(&self, keys: &[CacheKey]) -> HashMap<CacheKey, Arc<Entry>> {
        let found = match self.read(keys).await {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(
                    keys = keys.len(),
                    error = with_causes(&error),
                    "store not readable"
                );
                return HashMap::new();
            }
        };
        found
            .into_iter()
            .map(|(key, entry)| {
                let entry = Arc::new(entry);
                self.remember(&key, &entry);
                (key, entry)
            })
            .collect()
    }

    /// The entries that the store has, or why that can't be told.
    pub async fn look(
        &self,
        keys: &[CacheKey],
    ) -> Result<HashMap<CacheKey, Arc<Entry>>, StoreError> {
        let found = self.read(keys).await?;
        let entries = found.into_iter();
        Ok(entries.map(|(key, entry)| (key, Arc::new(entry))).collect())
    }

    /// Keeps an entry as the successor of the one before, and returns when it is stored.
    pub async fn put_surely(
        &self,
        key: &CacheKey,
        previous: Option<&Entry>,
        entry: Entry,
    ) -> Result<(), StoreError> {
        let entry = Arc::new(entry.following(previous));
        match self.write(key, Arc::clone(&entry)).await? {
            Put::Kept => self.remember(key, &entry),
            Put::Superseded => self.memory.invalidate(key),
        }
        Ok(())
    }

    /// Drops entries from memory, not from the store.
    pub fn forget(&self, keys: &[CacheKey]) {
        for key in keys {
            self.memory.invalidate(key);
        }
    }

    /// Takes an entry into memory, unless a later one is there: this one may have been read before that was put.
    fn remember(&self, key: &CacheKey, entry: &Arc<Entry>) {
        self.memory
            .entry_by_ref(key)
            .and_compute_with(|kept| match kept {
                Some(kept) if kept.value().built_at > entry.built_at => Op::Nop,
                Some(_) | None => Op::Put(Arc::clone(entry)),
            });
    }

    /// Keeps an entry and returns what is kept then: this one, as the successor of the one before, or one that was built
    /// later. An answer isn't lost because the store is in trouble, nor does it wait for it for long.
    ///
    /// If others write the store too, the one before is theirs, whatever this process remembers: when it changed is what
    /// `recent` tells.
    pub async fn put(&self, key: CacheKey, entry: Entry) -> Arc<Entry> {
        let mut previous = self.memory.get(&key);
        if previous.is_none() || self.store.is_shared() {
            let looking = timeout(PATIENCE, self.look(std::slice::from_ref(&key)));
            if let Ok(Ok(mut found)) = looking.await {
                previous = found.remove(&key);
            }
        }
        self.put_after(previous, key, entry).await
    }

    async fn put_after(
        &self,
        previous: Option<Arc<Entry>>,
        key: CacheKey,
        entry: Entry,
    ) -> Arc<Entry> {
        let entry = Arc::new(entry.following(previous.as_deref()));
        self.remember(&key, &entry);
        // A task of its own: it goes on when the answer is out.
        let storing = tokio::spawn(self.clone().store_entry(key, Arc::clone(&entry)));
        match timeout(PATIENCE, storing).await {
            Ok(Ok(Some(later))) => later,
            Ok(Ok(None) | Err(_)) | Err(_) => entry,
        }
    }

    /// Stores an entry, and returns the one that has superseded it, if there is one.
    async fn store_entry(self, key: CacheKey, entry: Arc<Entry>) -> Option<Arc<Entry>> {
        match self.write(&key, entry).await {
            Ok(Put::Kept) => None,
            Ok(Put::Superseded) => {
                self.memory.invalidate(&key);
                self.fetch(std::slice::from_ref(&key)).await.remove(&key)
            }
            Err(error) => {
                tracing::warn!(%key, error = with_causes(&error), "answer not stored");
                None
            }
        }
    }

    /// Keeps entries, each unless the kept one says the same and has more than half of its time to go: an artist's
    /// profile comes with every one of its albums. Returns what is kept then, in their order.
    pub async fn put_news(&self, entries: Vec<(CacheKey, Entry)>) -> Vec<Arc<Entry>> {
        let keys: Vec<CacheKey> = entries.iter().map(|(key, _)| key.clone()).collect();
        let kept = self.find(&keys).await;
        let putting = entries
            .into_iter()
            .zip(kept)
            .map(|((key, entry), kept)| async move {
                match kept {
                    Some(kept) if !entry.is_news_to(&kept) => kept,
                    previous => self.put_after(previous, key, entry).await,
                }
            });
        stream::iter(putting).buffered(PUT_AT_ONCE).collect().await
    }
}

impl Entry {
    /// Whether a kept one should give way to it: it says something else, or is fresh for much longer.
    pub(super) fn is_news_to(&self, kept: &Self) -> bool {
        kept.etag != self.etag || !kept.is_young(self)
    }

    /// Whether it stays fresh for at least half as long as `other`.
    fn is_young(&self, other: &Self) -> bool {
        let left = |entry: &Self| match entry.freshness.at(now()) {
            State::Fresh { ttl } => ttl,
            State::Stale { .. } | State::Expired => 0,
        };
        left(self).saturating_mul(2) > left(other)
    }
}
