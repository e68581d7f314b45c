use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use tokio::task::JoinError;

use linernotes_shared::cache::CacheKey;

use super::counters::{Finding, Finds};
use super::flight::{Flights, Landing};
use super::memory::Memory;
use super::store::{Consistency, Kept};
use super::{Composed, Entry, Store, StoreError};
use crate::telemetry::{figures, with_causes};

/// Memory over the store.
#[derive(Clone)]
pub(super) struct Tiers {
    memory: Memory,
    store: Arc<dyn Store>,
    /// Of answers: of many who ask for one at once, one reads it.
    reads: Flights<Whole>,
    finding: Arc<Finding>,
}

/// Where an entry was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    InMemory,
    InStore,
}

/// A kept answer, if all its parts are kept, and where its frame was.
pub(super) type Whole = Option<(Arc<Composed>, Found)>;

impl Landing for Whole {
    /// What can't be read is built.
    fn broken_off(_: JoinError) -> Self {
        None
    }
}

/// What the store has of some keys.
pub(super) struct Seen {
    /// Entries, however old.
    pub entries: HashMap<CacheKey, Arc<Entry>>,
    damaged: HashSet<CacheKey>,
}

impl Seen {
    /// Whether there is an answer that Lidarr may have acted upon, or was before it was damaged.
    pub fn stands(&self, key: &CacheKey) -> bool {
        self.damaged.contains(key) || self.entries.get(key).is_some_and(|entry| entry.stands())
    }
}

/// Entries that the store has, and keys whose entries it can't give for the moment.
#[derive(Default)]
struct Fetched {
    entries: HashMap<CacheKey, Arc<Entry>>,
    unread: HashSet<CacheKey>,
}

impl Tiers {
    /// `memory_bytes` of memory over `store`.
    pub fn new(store: Arc<dyn Store>, memory_bytes: u64) -> Self {
        Self {
            memory: Memory::over(Arc::clone(&store), memory_bytes),
            store,
            reads: Flights::default(),
            finding: Arc::default(),
        }
    }

    /// The reads of answers that are under way.
    pub fn reads(&self) -> &Flights<Whole> {
        &self.reads
    }

    /// The memory above.
    pub fn memory(&self) -> &Memory {
        &self.memory
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
            self.count(Some(Found::InMemory));
            return Some((entry, Found::InMemory));
        }
        let found = self.fetch(std::slice::from_ref(key)).await.remove(key);
        let found = found.map(|entry| (entry, Found::InStore));
        self.count(found.as_ref().map(|(_, place)| *place));
        found
    }

    /// Counts where an entry was found that was asked for.
    pub fn count(&self, found: Option<Found>) {
        let counter = match found {
            Some(Found::InMemory) => &self.finding.in_memory,
            Some(Found::InStore) => &self.finding.in_store,
            None => &self.finding.nowhere,
        };
        counter.add(1);
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

    /// The entry of each key, in their order, if there is one that can be read.
    pub async fn find(&self, keys: &[CacheKey]) -> Vec<Option<Arc<Entry>>> {
        let found = self.find_each(keys).await.into_iter();
        found.map(|entry| entry.ok().flatten()).collect()
    }

    /// The entry of each key, in their order, if there is one; or why that can't be told.
    pub async fn find_each(
        &self,
        keys: &[CacheKey],
    ) -> Vec<Result<Option<Arc<Entry>>, StoreError>> {
        let in_memory: Vec<Option<Arc<Entry>>> =
            keys.iter().map(|key| self.memory.get(key)).collect();
        let missing: Vec<CacheKey> = keys
            .iter()
            .zip(&in_memory)
            .filter(|(_, entry)| entry.is_none())
            .map(|(key, _)| key.clone())
            .collect();
        self.finding.in_memory.add(keys.len() - missing.len());
        let mut in_store = self.find_each_in_store(&missing).await.into_iter();
        in_memory
            .into_iter()
            .map(|entry| match entry {
                Some(entry) => Ok(Some(entry)),
                None => in_store.next().unwrap_or(Ok(None)),
            })
            .collect()
    }

    /// The same, whatever memory has.
    pub async fn find_each_in_store(
        &self,
        keys: &[CacheKey],
    ) -> Vec<Result<Option<Arc<Entry>>, StoreError>> {
        if keys.is_empty() {
            return Vec::new();
        }
        let fetched = self.fetch_each(keys, Consistency::Eventual).await;
        let in_store = fetched.entries.len();
        self.finding.in_store.add(in_store);
        self.finding
            .nowhere
            .add(keys.len().saturating_sub(in_store));
        keys.iter()
            .map(|key| match fetched.unread.contains(key) {
                true => Err(StoreError::Unread),
                false => Ok(fetched.entries.get(key).cloned()),
            })
            .collect()
    }

    async fn read(&self, keys: &[CacheKey], how: Consistency) -> Result<Kept, StoreError> {
        let started = Instant::now();
        let outcome = self.store.read(keys, how).await;
        figures().stored("get", &outcome, started.elapsed());
        outcome
    }

    /// The entries that the store has, now in memory too. A store in trouble has none.
    pub async fn fetch(&self, keys: &[CacheKey]) -> HashMap<CacheKey, Arc<Entry>> {
        self.fetch_as(keys, Consistency::Eventual).await
    }

    /// The same, and as consistent as wanted.
    pub async fn fetch_as(
        &self,
        keys: &[CacheKey],
        how: Consistency,
    ) -> HashMap<CacheKey, Arc<Entry>> {
        self.fetch_each(keys, how).await.entries
    }

    async fn fetch_each(&self, keys: &[CacheKey], how: Consistency) -> Fetched {
        let since = self.memory.moment();
        match self.read(keys, how).await {
            Ok(kept) => {
                let entries = kept.entries.into_iter().map(|(key, entry)| {
                    let entry = Arc::new(entry);
                    self.memory.was_read(&key, &entry, since);
                    (key, entry)
                });
                Fetched {
                    entries: entries.collect(),
                    unread: kept.unread.into_keys().collect(),
                }
            }
            Err(error) => {
                tracing::warn!(
                    keys = keys.len(),
                    error = with_causes(&error),
                    "store not readable"
                );
                Fetched {
                    entries: HashMap::new(),
                    unread: keys.iter().cloned().collect(),
                }
            }
        }
    }

    /// What the store has, or why that can't be told of all of it.
    pub async fn look(&self, keys: &[CacheKey], how: Consistency) -> Result<Seen, StoreError> {
        let kept = self.read(keys, how).await?;
        if let Some(error) = kept.unread.into_values().next() {
            return Err(error);
        }
        let entries = kept.entries.into_iter();
        Ok(Seen {
            entries: entries.map(|(key, entry)| (key, Arc::new(entry))).collect(),
            damaged: kept.damaged,
        })
    }
}
