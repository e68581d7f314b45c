use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use linernotes_shared::cache::{CacheKey, State};

use super::{Entry, Put, Store, now};
use crate::telemetry::with_causes;

/// How long memory is believed over a store that others write too, who may know better by then.
const BELIEVED_OVER_SHARED: Duration = Duration::from_secs(60);

/// Memory over the store.
#[derive(Clone)]
pub(super) struct Tiers {
    memory: moka::sync::Cache<CacheKey, Arc<Entry>>,
    store: Arc<dyn Store>,
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
        }
    }

    /// The store beneath.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// The entry of a key, however old.
    pub async fn get(&self, key: &CacheKey) -> Option<Arc<Entry>> {
        if let Some(entry) = self.memory.get(key) {
            return Some(entry);
        }
        self.fetch(std::slice::from_ref(key)).await.remove(key)
    }

    /// The entry of a key that is in memory.
    pub fn in_memory(&self, key: &CacheKey) -> Option<Arc<Entry>> {
        self.memory.get(key)
    }

    /// The entries of all keys, in their order; `None` if one is missing.
    pub async fn get_all(&self, keys: &[CacheKey]) -> Option<Vec<Arc<Entry>>> {
        self.get_each(keys).await.into_iter().collect()
    }

    /// The entries of keys, in their order, as far as there are any.
    pub async fn get_each(&self, keys: &[CacheKey]) -> Vec<Option<Arc<Entry>>> {
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
        keys.iter()
            .zip(in_memory)
            .map(|(key, entry)| entry.or_else(|| fetched.get(key).cloned()))
            .collect()
    }

    /// The entries that the store has, now in memory too. A store in trouble has none.
    pub async fn fetch(&self, keys: &[CacheKey]) -> HashMap<CacheKey, Arc<Entry>> {
        let found = match self.store.get(keys).await {
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
                self.memory.insert(key.clone(), Arc::clone(&entry));
                (key, entry)
            })
            .collect()
    }

    /// Keeps an entry and returns what is kept then: this one, as the successor of the one before, or one that was built
    /// later. An answer isn't lost because the store is in trouble.
    pub async fn put(&self, key: CacheKey, entry: Entry) -> Arc<Entry> {
        let previous = self.get(&key).await;
        self.put_after(previous, key, entry).await
    }

    async fn put_after(
        &self,
        previous: Option<Arc<Entry>>,
        key: CacheKey,
        entry: Entry,
    ) -> Arc<Entry> {
        let entry = Arc::new(entry.following(previous.as_deref()));
        match self.store.put(&key, Arc::clone(&entry)).await {
            Ok(Put::Kept) => {}
            Ok(Put::Superseded) => {
                let later = self.fetch(std::slice::from_ref(&key)).await.remove(&key);
                return later.unwrap_or(entry);
            }
            Err(error) => {
                tracing::warn!(%key, error = with_causes(&error), "answer not stored");
            }
        }
        self.memory.insert(key, Arc::clone(&entry));
        entry
    }

    /// Keeps an entry unless the kept one says the same and has more than half of its time to go: an artist's profile
    /// comes with every one of its albums.
    pub async fn put_if_news(&self, key: CacheKey, entry: Entry) -> Arc<Entry> {
        match self.get(&key).await {
            Some(kept) if kept.etag == entry.etag && kept.is_young(&entry) => kept,
            previous => self.put_after(previous, key, entry).await,
        }
    }
}

impl Entry {
    /// Whether it stays fresh for at least half as long as `other`.
    fn is_young(&self, other: &Self) -> bool {
        let left = |entry: &Self| match entry.freshness.at(now()) {
            State::Fresh { ttl } => ttl,
            State::Stale { .. } | State::Expired => 0,
        };
        left(self).saturating_mul(2) > left(other)
    }
}
