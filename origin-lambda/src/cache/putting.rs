//! How entries get into the tiers.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::timeout;

use linernotes_shared::cache::{CacheKey, State};

use super::tiers::Tiers;
use super::{Entry, Put, StoreError, now};
use crate::telemetry::{figures, with_causes};

/// How long an answer waits for the store to have it, or all its profiles. After that it goes out, and is stored in its
/// own time.
const PATIENCE: Duration = Duration::from_millis(250);

impl Tiers {
    /// Keeps an entry and returns what is kept then: this one, as the successor of the one before, or one that was built
    /// later. An answer isn't lost because the store is in trouble, nor does it wait for it for long.
    ///
    /// The one before is the store's, whatever this process remembers: when it changed is what `recent` tells. If it
    /// can't be read, memory alone keeps the new one, or all that is built in such a time would be told as changed.
    pub async fn put(&self, key: CacheKey, entry: Entry) -> Arc<Entry> {
        let ours = Arc::new(entry);
        self.remember(&key, &ours);
        // A task of its own: it goes on when the answer is out.
        let keeping = tokio::spawn(self.clone().keep(key, Arc::clone(&ours)));
        match timeout(2 * PATIENCE, keeping).await {
            Ok(Ok(kept)) => kept,
            Ok(Err(_)) | Err(_) => ours,
        }
    }

    async fn keep(self, key: CacheKey, entry: Arc<Entry>) -> Arc<Entry> {
        let previous = match self.look(std::slice::from_ref(&key)).await {
            Ok(mut seen) => seen.entries.remove(&key),
            Err(error) => {
                tracing::warn!(%key, error = with_causes(&error), "answer not stored");
                return entry;
            }
        };
        let entry = self.succeed(&key, previous.as_deref(), &entry);
        let putting = vec![(key.clone(), Arc::clone(&entry))];
        self.store_all(putting).await.remove(&key).unwrap_or(entry)
    }

    /// Keeps entries, each unless the kept one says the same and has more than half of its time to go: an artist's
    /// profile comes with every one of its albums. Returns what is kept then, in their order. As in [`put`](Self::put),
    /// what follows nobody knows what, memory alone keeps.
    pub async fn put_news(&self, entries: Vec<(CacheKey, Entry)>) -> Vec<Arc<Entry>> {
        let entries: Vec<(CacheKey, Arc<Entry>)> = entries
            .into_iter()
            .map(|(key, entry)| (key, Arc::new(entry)))
            .collect();
        let ours = entries.iter().map(|(_, entry)| Arc::clone(entry)).collect();
        let keeping = tokio::spawn(self.clone().keep_news(entries));
        match timeout(PATIENCE, keeping).await {
            Ok(Ok(kept)) => kept,
            Ok(Err(_)) | Err(_) => ours,
        }
    }

    async fn keep_news(self, entries: Vec<(CacheKey, Arc<Entry>)>) -> Vec<Arc<Entry>> {
        let keys: Vec<CacheKey> = entries.iter().map(|(key, _)| key.clone()).collect();
        let found = self.find_each(&keys).await;
        let mut putting = Vec::new();
        let mut kept = Vec::with_capacity(keys.len());
        for ((key, entry), found) in entries.into_iter().zip(found) {
            kept.push(match found {
                Ok(Some(before)) if !entry.is_news_to(&before) => before,
                Ok(before) => {
                    let entry = self.succeed(&key, before.as_deref(), &entry);
                    putting.push((key, Arc::clone(&entry)));
                    entry
                }
                Err(_) => {
                    self.remember(&key, &entry);
                    entry
                }
            });
        }
        let later = self.store_all(putting).await;
        keys.iter()
            .zip(kept)
            .map(|(key, entry)| later.get(key).cloned().unwrap_or(entry))
            .collect()
    }

    /// The entry as the successor of the one before, in memory from now on.
    fn succeed(&self, key: &CacheKey, before: Option<&Entry>, entry: &Entry) -> Arc<Entry> {
        let entry = Arc::new(entry.clone().following(before));
        self.remember(key, &entry);
        entry
    }

    /// Stores entries, and returns those that have superseded any of them.
    async fn store_all(
        &self,
        entries: Vec<(CacheKey, Arc<Entry>)>,
    ) -> HashMap<CacheKey, Arc<Entry>> {
        let puts = match self.write(&entries).await {
            Ok(puts) => puts,
            Err(error) => {
                for (key, _) in &entries {
                    tracing::warn!(%key, error = with_causes(&error), "answer not stored");
                }
                return HashMap::new();
            }
        };
        let superseded: Vec<CacheKey> = entries
            .into_iter()
            .zip(puts)
            .filter(|(_, put)| *put == Put::Superseded)
            .map(|((key, _), _)| key)
            .collect();
        if superseded.is_empty() {
            return HashMap::new();
        }
        self.forget(&superseded);
        self.fetch(&superseded).await
    }

    /// Keeps entries, each as the successor of the one before, and returns when all are stored.
    pub async fn put_surely(
        &self,
        entries: Vec<(CacheKey, Option<&Entry>, Entry)>,
    ) -> Result<(), StoreError> {
        let entries: Vec<(CacheKey, Arc<Entry>)> = entries
            .into_iter()
            .map(|(key, before, entry)| (key, Arc::new(entry.following(before))))
            .collect();
        let puts = self.write(&entries).await?;
        for ((key, entry), put) in entries.iter().zip(puts) {
            match put {
                Put::Kept => self.remember(key, entry),
                Put::Superseded => self.forget(std::slice::from_ref(key)),
            }
        }
        Ok(())
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
