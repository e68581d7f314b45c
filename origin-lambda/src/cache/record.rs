//! Records: what providers say about a subject, kept as answers are.
//!
//! A record outlives its provider's troubles: it goes stale in days, but may be used for half a year, and "nothing there"
//! never takes the place of something.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use linernotes_shared::cache::{CacheKey, State};

use super::build::BuildFailure;
use super::flight::Awaited;
use super::lifetime::spread;
use super::{Cache, Entry, Kind, StoreError, now};

/// How long a stale record is better than none.
const USABLE: Duration = Duration::from_secs(180 * 24 * 60 * 60);

/// A record on its way. Whether or not anybody waits for it, it will be kept.
pub type Renewal = Awaited<Outcome>;

/// What becomes of a fetch.
pub type Outcome = Result<Arc<Entry>, BuildFailure>;

impl Cache {
    /// The kept records of keys, however old, in one read of the store, each unless it can't be read for the moment.
    /// Those that aren't kept are left out.
    pub async fn records(
        &self,
        keys: &[CacheKey],
    ) -> HashMap<CacheKey, Result<Arc<Entry>, StoreError>> {
        let found = self.tiers.find_each(keys).await;
        keys.iter()
            .cloned()
            .zip(found)
            .filter_map(|(key, entry)| Some((key, entry.transpose()?)))
            .collect()
    }

    /// The record of a key that is in memory, as one is that was kept just now.
    pub fn record_in_memory(&self, key: &CacheKey) -> Option<Arc<Entry>> {
        self.tiers.in_memory(key)
    }

    /// Fetches and keeps a record, once however many ask for it at the same time in this process.
    pub fn renew<F, E>(&self, key: &CacheKey, fetch: impl FnOnce() -> F) -> Renewal
    where
        F: Future<Output = Result<Entry, E>> + Send + 'static,
        E: std::error::Error + Send + Sync + 'static,
    {
        let flight = self.fetches.join(key, || {
            let (tiers, key, fetching) = (self.tiers.clone(), key.clone(), fetch());
            async move {
                match fetching.await {
                    Ok(entry) => Ok(tiers.put(key, entry).await),
                    Err(error) => Err(Arc::new(error) as BuildFailure),
                }
            }
        });
        flight.landing
    }

    /// Keeps records that came with another, each unless the kept one says the same and is young.
    pub async fn keep_news(&self, records: Vec<(CacheKey, Entry)>) {
        self.tiers.put_news(records).await;
    }
}

impl Entry {
    /// A record, fetched from `fetched_at` (unix milliseconds) on and fresh for so long from now: what a provider says,
    /// or that it says nothing. Then what it said `before`, if anything, stays.
    pub fn record(
        key: &CacheKey,
        said: Option<&[u8]>,
        before: Option<&Self>,
        fresh_for: Duration,
        fetched_at: u64,
    ) -> Self {
        let now = now();
        let freshness = spread(key, now, fresh_for.as_secs(), USABLE.as_secs());
        let entry = match (said, before) {
            (Some(said), _) => Self::new(Kind::Found, said, Vec::new(), freshness, now),
            (None, Some(before)) if before.kind == Kind::Found => Self {
                freshness,
                ..before.clone()
            },
            (None, _) => Self::new(Kind::Unknown, b"", Vec::new(), freshness, now),
        };
        entry.built_at(fetched_at)
    }

    /// What may be done with it now.
    pub fn state(&self) -> State {
        self.freshness.at(now())
    }
}
