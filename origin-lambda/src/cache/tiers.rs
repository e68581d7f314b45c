use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use moka::ops::compute::Op;
use tokio::task::JoinError;

use linernotes_shared::cache::CacheKey;

use super::counters::{Finding, Finds};
use super::flight::{Flights, Landing};
use super::store::{Consistency, Kept};
use super::{Composed, Entry, Store, StoreError};
use crate::telemetry::{figures, with_causes};

/// How long memory is believed over a store that others write too, who may know better by then.
const BELIEVED_OVER_SHARED: Duration = Duration::from_secs(60);

/// Bytes that an entry takes in memory beside its key and content, about: the map's node for it, its places in the queues
/// by which the map decides what to keep, counters of references, and what the allocator adds to each of these and to the
/// entry's own pieces. Of "not found" it is most.
const OVERHEAD: usize = 512;

/// Memory over the store.
#[derive(Clone)]
pub(super) struct Tiers {
    memory: moka::sync::Cache<CacheKey, Arc<Entry>>,
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
pub(super) type Whole = Option<(Composed, Found)>;

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
        let mut memory = moka::sync::Cache::builder()
            .weigher(|key: &CacheKey, entry: &Arc<Entry>| {
                let weight = OVERHEAD + key.as_str().len() + entry.weight();
                u32::try_from(weight).unwrap_or(u32::MAX)
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

    /// The reads of answers that are under way.
    pub fn reads(&self) -> &Flights<Whole> {
        &self.reads
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
        let fetched = if missing.is_empty() {
            Fetched::default()
        } else {
            self.fetch_each(&missing, Consistency::Eventual).await
        };
        let in_store = fetched.entries.len();
        self.finding.in_memory.add(keys.len() - missing.len());
        self.finding.in_store.add(in_store);
        self.finding
            .nowhere
            .add(missing.len().saturating_sub(in_store));
        keys.iter()
            .zip(in_memory)
            .map(|(key, entry)| match entry {
                Some(entry) => Ok(Some(entry)),
                None if fetched.unread.contains(key) => Err(StoreError::Unread),
                None => Ok(fetched.entries.get(key).cloned()),
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
        match self.read(keys, how).await {
            Ok(kept) => {
                let entries = kept.entries.into_iter().map(|(key, entry)| {
                    let entry = Arc::new(entry);
                    self.remember(&key, &entry);
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
    pub async fn look(&self, keys: &[CacheKey]) -> Result<Seen, StoreError> {
        let kept = self.read(keys, Consistency::Eventual).await?;
        if let Some(error) = kept.unread.into_values().next() {
            return Err(error);
        }
        let entries = kept.entries.into_iter();
        Ok(Seen {
            entries: entries.map(|(key, entry)| (key, Arc::new(entry))).collect(),
            damaged: kept.damaged,
        })
    }

    /// Drops entries from memory, not from the store.
    pub fn forget(&self, keys: &[CacheKey]) {
        for key in keys {
            self.memory.invalidate(key);
        }
    }

    /// Takes an entry into memory, unless a later one is there: this one may have been read before that was put.
    pub fn remember(&self, key: &CacheKey, entry: &Arc<Entry>) {
        self.memory
            .entry_by_ref(key)
            .and_compute_with(|kept| match kept {
                Some(kept) if kept.value().built_at > entry.built_at => Op::Nop,
                Some(_) | None => Op::Put(Arc::clone(entry)),
            });
    }
}

#[cfg(test)]
mod tests {
    use linernotes_shared::cache::{Collection, Freshness};

    use super::*;
    use crate::cache::{EmbeddedStore, Kind};

    #[test]
    fn of_small_entries_memory_holds_no_more_than_it_has_room_for_with_all_that_is_about_them() {
        const ROOM: u64 = 100;
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(EmbeddedStore::open(folder.path()).unwrap());
        let tiers = Tiers::new(store, ROOM * OVERHEAD as u64);
        let fresh = Freshness::starting(1, 60, 60);
        let entry = Arc::new(Entry::new(Kind::Unknown, b"{}", Vec::new(), fresh, 1));
        for number in 0..1_000 {
            let mbid = uuid::Uuid::from_u128(number).into();
            tiers.remember(&CacheKey::new(Collection::Artist, mbid), &entry);
        }
        tiers.memory.run_pending_tasks();
        assert!((1..ROOM).contains(&tiers.memory.entry_count()));
    }
}
