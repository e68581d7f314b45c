//! How entries get into the tiers.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::timeout;

use linernotes_shared::cache::{CacheKey, State};

use super::memory::unstored;
use super::store::Consistency;
use super::tiers::{Found, Tiers};
use super::{Entry, Put, StoreError, now};
use crate::telemetry::{figures, with_causes};

/// How long an answer waits for the store to have it, or all its profiles. After that it goes out, and is stored in its
/// own time.
const PATIENCE: Duration = Duration::from_millis(250);

impl Tiers {
    /// Keeps an entry and returns what is kept then: this one, as the successor of the one before, or one that was built
    /// later. An answer isn't lost because the store is in trouble, nor does it wait for it for long: as long as the store
    /// doesn't have it, it is fresh for a minute at most.
    ///
    /// The one before is the store's, whatever this process remembers: when it changed is what `recent` tells. If it
    /// can't be read, memory alone keeps the new one, or all that is built in such a time would be told as changed.
    pub async fn put(&self, key: CacheKey, entry: Entry) -> Arc<Entry> {
        let ours = Arc::new(entry);
        let held = self.memory().hold(&key, &ours);
        // A task of its own: it goes on when the answer is out.
        let keeping = tokio::spawn(self.clone().keep(key, ours));
        match timeout(2 * PATIENCE, keeping).await {
            Ok(Ok(kept)) => kept,
            Ok(Err(_)) | Err(_) => held,
        }
    }

    async fn keep(self, key: CacheKey, entry: Arc<Entry>) -> Arc<Entry> {
        let looked = self.look(std::slice::from_ref(&key), Consistency::Eventual);
        let previous = match looked.await {
            Ok(mut seen) => seen.entries.remove(&key),
            Err(error) => {
                tracing::warn!(%key, error = with_causes(&error), "answer not stored");
                return self.memory().hold(&key, &entry);
            }
        };
        let putting = vec![(key, succeeding(previous.as_deref(), &entry))];
        let kept = self.store_all(putting).await.into_iter().next();
        kept.unwrap_or(entry)
    }

    /// Keeps entries, each unless the kept one says the same and has more than half of its time to go: an artist's
    /// profile comes with every one of its albums. Returns what is kept then, in their order. As in [`put`](Self::put),
    /// what follows nobody knows what, memory alone keeps.
    pub async fn put_news(&self, entries: Vec<(CacheKey, Entry)>) -> Vec<Arc<Entry>> {
        let entries: Vec<(CacheKey, Arc<Entry>)> = entries
            .into_iter()
            .map(|(key, entry)| (key, Arc::new(entry)))
            .collect();
        let keeping = tokio::spawn(self.clone().keep_news(entries.clone()));
        match timeout(PATIENCE, keeping).await {
            Ok(Ok(kept)) => kept,
            Ok(Err(_)) | Err(_) => {
                let ours = entries.into_iter().map(|(_, entry)| entry);
                ours.map(|entry| Arc::new(unstored(&entry))).collect()
            }
        }
    }

    async fn keep_news(self, entries: Vec<(CacheKey, Arc<Entry>)>) -> Vec<Arc<Entry>> {
        let mut kept: HashMap<CacheKey, Arc<Entry>> = HashMap::new();
        let keys: Vec<CacheKey> = entries.iter().map(|(key, _)| key.clone()).collect();
        let mut news = Vec::new();
        for (key, entry) in entries {
            match self.in_memory(&key) {
                Some(before) if !entry.is_news_to(&before) => {
                    self.count(Some(Found::InMemory));
                    kept.insert(key, before);
                }
                // The store's is the one before: what memory has may never have come there.
                Some(_) | None => news.push((key, entry)),
            }
        }
        let looked_for: Vec<CacheKey> = news.iter().map(|(key, _)| key.clone()).collect();
        let found = self.find_each_in_store(&looked_for).await;
        let mut putting = Vec::new();
        for ((key, entry), found) in news.into_iter().zip(found) {
            match found {
                Ok(Some(before)) if !entry.is_news_to(&before) => {
                    kept.insert(key, before);
                }
                Ok(before) => {
                    let entry = succeeding(before.as_deref(), &entry);
                    self.memory().hold(&key, &entry);
                    putting.push((key, entry));
                }
                Err(_) => {
                    let held = self.memory().hold(&key, &entry);
                    kept.insert(key, held);
                }
            }
        }
        let put: Vec<CacheKey> = putting.iter().map(|(key, _)| key.clone()).collect();
        kept.extend(put.into_iter().zip(self.store_all(putting).await));
        keys.iter()
            .filter_map(|key| kept.get(key).cloned())
            .collect()
    }

    /// Stores entries, and returns what is kept then, in their order.
    async fn store_all(&self, entries: Vec<(CacheKey, Arc<Entry>)>) -> Vec<Arc<Entry>> {
        let since = self.memory().moment();
        let puts = match self.write(&entries).await {
            Ok(puts) => puts,
            Err(error) => {
                let hold = |(key, entry): &(CacheKey, Arc<Entry>)| {
                    tracing::warn!(%key, error = with_causes(&error), "answer not stored");
                    self.memory().hold(key, entry)
                };
                return entries.iter().map(hold).collect();
            }
        };
        let mut superseded = Vec::new();
        for ((key, entry), put) in entries.iter().zip(puts) {
            match put {
                Put::Kept => self.memory().was_put(key, entry, since),
                Put::Superseded => superseded.push(key.clone()),
            }
        }
        let mut later = HashMap::new();
        if !superseded.is_empty() {
            self.memory().forget(&superseded);
            later = self.fetch_as(&superseded, Consistency::Strong).await;
        }
        let kept = entries.into_iter().map(|(key, entry)| {
            let later = later.remove(&key);
            let usable = later.filter(|later| later.state() != State::Expired);
            match usable {
                Some(later) => later,
                None if superseded.contains(&key) => self.memory().hold(&key, &entry),
                None => entry,
            }
        });
        kept.collect()
    }

    /// Keeps entries, each as the successor of the one before, and returns when all are stored: those that aren't,
    /// because one that was built later is there already.
    pub async fn put_surely(
        &self,
        entries: Vec<(CacheKey, Option<&Entry>, Entry)>,
    ) -> Result<Vec<(CacheKey, Arc<Entry>)>, StoreError> {
        let entries: Vec<(CacheKey, Arc<Entry>)> = entries
            .into_iter()
            .map(|(key, before, entry)| (key, Arc::new(entry.following(before))))
            .collect();
        let since = self.memory().moment();
        let puts = self.write(&entries).await?;
        let mut superseded = Vec::new();
        for ((key, entry), put) in entries.into_iter().zip(puts) {
            match put {
                Put::Kept => self.memory().was_put(&key, &entry, since),
                Put::Superseded => {
                    self.memory().forget(std::slice::from_ref(&key));
                    superseded.push((key, entry));
                }
            }
        }
        Ok(superseded)
    }

    async fn write(&self, entries: &[(CacheKey, Arc<Entry>)]) -> Result<Vec<Put>, StoreError> {
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let started = Instant::now();
        let outcome = match entries {
            [(key, entry)] => {
                let put = self.store().put(key, Arc::clone(entry)).await;
                put.map(|put| vec![put])
            }
            _ => self.store().put_all(entries).await,
        };
        figures().stored("put", &outcome, started.elapsed());
        outcome
    }
}

/// The entry as the successor of the one before.
fn succeeding(before: Option<&Entry>, entry: &Entry) -> Arc<Entry> {
    Arc::new(entry.clone().following(before))
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
