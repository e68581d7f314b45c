//! Kept answers: memory over a store, and one build at a time for each key.

mod embedded;
mod entry;
mod flight;
mod segment;
mod store;

use std::future::Future;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use linernotes_shared::cache::{CacheKey, State};
use linernotes_shared::http::{CacheStatus, Forward};

pub use embedded::EmbeddedStore;
pub use entry::{Entry, Kind};
pub use segment::{Segment, SegmentError};
pub use store::{Store, StoreError};

use crate::telemetry::with_causes;
use flight::Flights;

/// How the origin names itself in `Cache-Status`.
const NAME: &str = "linernotes-origin";

/// Seconds for which a stale answer is given without trying the build again after it failed.
const RETRY_SECONDS: u64 = 30;

/// The tiers of kept answers.
pub struct Cache {
    memory: moka::sync::Cache<CacheKey, Arc<Entry>>,
    store: Arc<dyn Store>,
    flights: Flights,
}

/// An answer and how it came about.
#[derive(Clone, Debug)]
pub struct Served {
    /// The answer.
    pub entry: Arc<Entry>,
    /// For the `Cache-Status` header.
    pub status: CacheStatus,
}

/// There is no answer, for now: none is kept, and building one failed.
#[derive(Clone, Debug, thiserror::Error)]
#[error("no answer is kept and none can be built now")]
pub struct Unavailable(#[source] pub Arc<dyn std::error::Error + Send + Sync>);

impl Cache {
    /// Tiers of `memory_bytes` of memory over `store`.
    pub fn new(store: Box<dyn Store>, memory_bytes: u64) -> Self {
        Self {
            memory: moka::sync::Cache::builder()
                .weigher(|key: &CacheKey, entry: &Arc<Entry>| {
                    u32::try_from(key.as_str().len() + entry.weight()).unwrap_or(u32::MAX)
                })
                .max_capacity(memory_bytes)
                .build(),
            store: Arc::from(store),
            flights: Flights::default(),
        }
    }

    /// The kept answer if it's fresh, else a new one from `build`, else the kept one if it's usable in trouble.
    ///
    /// However many ask for a key at once, one build runs; it goes on when its first asker leaves.
    pub async fn get_or_build<B, F, E>(
        &self,
        key: CacheKey,
        build: B,
    ) -> Result<Served, Unavailable>
    where
        B: FnOnce() -> F,
        F: Future<Output = Result<Entry, E>> + Send + 'static,
        E: std::error::Error + Send + Sync + 'static,
    {
        let kept = self.kept(&key).await;
        let state = kept.as_ref().map(|entry| entry.freshness.at(now()));
        if let (Some(entry), Some(State::Fresh { ttl })) = (&kept, state) {
            return Ok(Served {
                entry: Arc::clone(entry),
                status: CacheStatus::hit(NAME, ttl.try_into().unwrap_or(i64::MAX)),
            });
        }

        let (memory, store) = (self.memory.clone(), Arc::clone(&self.store));
        let previous = kept.clone();
        let (built, collapsed) = self
            .flights
            .join(&key, || {
                let (key, building) = (key.clone(), build());
                async move {
                    let entry = building.await.map_err(|error| {
                        Arc::new(error) as Arc<dyn std::error::Error + Send + Sync>
                    })?;
                    let entry = Arc::new(entry.following(previous.as_deref()));
                    if let Err(error) = store.put(&key, Arc::clone(&entry)).await {
                        tracing::warn!(%key, error = with_causes(&error), "answer not stored");
                    }
                    memory.insert(key, Arc::clone(&entry));
                    Ok(entry)
                }
            })
            .await;

        match (built, kept, state) {
            (Ok(entry), kept, _) => {
                let why = if kept.is_some() {
                    Forward::Stale
                } else {
                    Forward::Miss
                };
                Ok(Served {
                    entry,
                    status: CacheStatus::forwarded(NAME, why)
                        .stored(true)
                        .collapsed(collapsed),
                })
            }
            (Err(error), Some(entry), Some(State::Stale { age })) => {
                tracing::warn!(%key, age, error = with_causes(&*error), "serving a stale answer");
                let entry = Arc::new(entry.excused_until(now() + RETRY_SECONDS));
                self.memory.insert(key, Arc::clone(&entry));
                Ok(Served {
                    entry,
                    status: CacheStatus::hit(NAME, -i64::try_from(age).unwrap_or(i64::MAX))
                        .detail("catalogue-unavailable"),
                })
            }
            (Err(error), _, _) => {
                tracing::error!(%key, error = with_causes(&*error), "no answer");
                Err(Unavailable(error))
            }
        }
    }

    /// The kept answer, from memory or the store. A store in trouble keeps nothing.
    async fn kept(&self, key: &CacheKey) -> Option<Arc<Entry>> {
        if let Some(entry) = self.memory.get(key) {
            return Some(entry);
        }
        match self.store.get(key).await {
            Ok(found) => found.map(|entry| {
                let entry = Arc::new(entry);
                self.memory.insert(key.clone(), Arc::clone(&entry));
                entry
            }),
            Err(error) => {
                tracing::warn!(%key, error = with_causes(&error), "store not readable");
                None
            }
        }
    }
}

/// The time in unix seconds.
pub fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("the clock stands after 1970")
        .as_secs()
}

#[cfg(test)]
mod tests;
