//! Kept answers: memory over a store, and one build at a time for each key.
//!
//! An answer is kept as a frame and the profiles of the artists that stand in it, each compressed once; they are joined
//! when it is sent, so a changed artist shows in all its albums at once.

mod batch;
mod breaker;
mod build;
mod composed;
mod counters;
mod dynamodb;
mod embedded;
mod entry;
mod flight;
mod lifetime;
mod memory;
mod putting;
mod record;
mod refresh;
mod segment;
mod shelter;
mod store;
mod tiers;

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::time::timeout;
use uuid::Uuid;

use linernotes_shared::cache::{CacheKey, Collection, State};
use linernotes_shared::http::{CacheStatus, Forward};

pub use build::{BuildFailure, Built};
pub use composed::Composed;
pub use counters::{Counts, Finds};
pub use dynamodb::DynamoDbStore;
pub use embedded::EmbeddedStore;
pub use entry::{Entry, Kind};
pub use lifetime::Lifetime;
pub use record::Renewal;
pub use refresh::{Refresh, RefreshError, Refreshed};
pub use segment::Segment;
pub use store::{Consistency, Kept, LONGEST_NOTE, Listed, Note, Put, Store, StoreError, open};

pub(crate) use breaker::Breaker;

use crate::config::Revalidate;
use crate::telemetry::{Tier, figures, with_causes};
use flight::{Flight, Flights};
use tiers::{Found, Tiers};

/// How the origin names itself in `Cache-Status`.
pub(crate) const NAME: &str = "linernotes-origin";

/// How long a stale answer is given without trying the build again after it failed.
const RETRY_AFTER: Duration = Duration::from_secs(30);

/// Most keys whose failure is remembered.
const FAILURES: u64 = 100_000;

/// The tiers of kept answers.
pub struct Cache {
    tiers: Tiers,
    builds: Flights<build::Outcome>,
    /// Records on their way from providers.
    fetches: Flights<record::Outcome>,
    /// Keys whose last build failed, for a while.
    failures: moka::sync::Cache<CacheKey, ()>,
    revalidate: Revalidate,
    waits: build::Waits,
    /// Who takes leases.
    holder: Arc<str>,
}

/// An answer and how it came about.
#[derive(Clone, Debug)]
pub struct Served {
    /// The answer.
    pub answer: Arc<Composed>,
    /// For the `Cache-Status` header.
    pub status: CacheStatus,
}

/// There is no answer, for now: none is kept, and building one failed.
#[derive(Clone, Debug, thiserror::Error)]
#[error("no answer is kept and none can be built now")]
pub struct Unavailable(#[source] pub BuildFailure);

impl Cache {
    /// Tiers of `memory_bytes` of memory over `store`.
    pub fn new(store: Arc<dyn Store>, memory_bytes: u64, revalidate: Revalidate) -> Self {
        Self {
            tiers: Tiers::new(store, memory_bytes),
            builds: Flights::default(),
            fetches: Flights::default(),
            failures: moka::sync::Cache::builder()
                .max_capacity(FAILURES)
                .time_to_live(RETRY_AFTER)
                .build(),
            revalidate,
            waits: build::Waits::default(),
            holder: Uuid::new_v4().to_string().into(),
        }
    }

    /// What the store has done since the start.
    pub fn counts(&self) -> Counts {
        self.tiers.store().counts()
    }

    /// Where entries were found since the start.
    pub fn finds(&self) -> Finds {
        self.tiers.finds()
    }

    /// The kept answer if memory has all of it and it's fresh: what most askers want, had without waiting for anything.
    pub fn fresh_in_memory(&self, key: &CacheKey) -> Option<Served> {
        let began = Instant::now();
        let kept = composed::in_memory(&self.tiers, key)?;
        let State::Fresh { ttl } = kept.state() else {
            return None;
        };
        self.tiers.count(Some(Found::InMemory));
        figures().asked_for(key.collection(), Tier::Memory, began.elapsed());
        Some(fresh(kept, ttl))
    }

    /// The kept answer if it's fresh; a stale one while a new one is built, or if that fails or takes long; else a new
    /// one.
    ///
    /// However many ask for a key at once, one build runs; it goes on when its first asker leaves.
    pub async fn get_or_build<B, F, E>(
        &self,
        key: CacheKey,
        build: B,
    ) -> Result<Served, Unavailable>
    where
        B: FnOnce() -> F,
        F: Future<Output = Result<Built, E>> + Send + 'static,
        E: std::error::Error + Send + Sync + 'static,
    {
        let (collection, began) = (key.collection(), Instant::now());
        let outcome = match composed::kept(&self.tiers, &key).await {
            None => self.build(&key, build, None).await,
            Some((kept, found)) => self.judge(key, kept, found, build).await,
        };
        let tier = outcome
            .as_ref()
            .map_or(Tier::Unavailable, |(_, tier)| *tier);
        figures().asked_for(collection, tier, began.elapsed());
        outcome.map(|(served, _)| served)
    }

    /// The kept answer as far as it may be used, else a new one.
    async fn judge<B, F, E>(
        &self,
        key: CacheKey,
        kept: Arc<Composed>,
        found: Found,
        build: B,
    ) -> Result<(Served, Tier), Unavailable>
    where
        B: FnOnce() -> F,
        F: Future<Output = Result<Built, E>> + Send + 'static,
        E: std::error::Error + Send + Sync + 'static,
    {
        match kept.state() {
            State::Fresh { ttl } => {
                let tier = match found {
                    Found::InMemory => Tier::Memory,
                    Found::InStore => Tier::Store,
                };
                Ok((fresh(kept, ttl), tier))
            }
            State::Stale { age } if self.failures.contains_key(&key) => {
                Ok((stale(kept, age, trouble(&key)), Tier::Stale))
            }
            State::Stale { age } => match self.revalidate {
                Revalidate::Background => {
                    // It goes on by itself; the next asker finds its outcome.
                    drop(self.fly(&key, build));
                    Ok((stale(kept, age, "revalidating"), Tier::Stale))
                }
                Revalidate::Wait => self.build(&key, build, Some((kept, age))).await,
            },
            State::Expired => self.build(&key, build, None).await,
        }
    }

    /// A new answer, or the stale one if that fails or takes long.
    async fn build<B, F, E>(
        &self,
        key: &CacheKey,
        build: B,
        fallback: Option<(Arc<Composed>, u64)>,
    ) -> Result<(Served, Tier), Unavailable>
    where
        B: FnOnce() -> F,
        F: Future<Output = Result<Built, E>> + Send + 'static,
        E: std::error::Error + Send + Sync + 'static,
    {
        let flight = self.fly(key, build);
        let collapsed = flight.was_under_way;
        let (answer, why) = match fallback {
            None => (flight.landing.await.map_err(Unavailable)?, Forward::Miss),
            Some((kept, age)) => match timeout(self.waits.with_stale, flight.landing).await {
                Ok(Ok(answer)) => (answer, Forward::Stale),
                Ok(Err(_)) => return Ok((stale(kept, age, trouble(key)), Tier::Stale)),
                // It goes on by itself; the next asker finds its outcome.
                Err(_) => return Ok((stale(kept, age, "revalidating"), Tier::Stale)),
            },
        };
        let served = Served {
            answer,
            status: CacheStatus::forwarded(NAME, why)
                .stored(true)
                .collapsed(collapsed),
        };
        let tier = if collapsed { Tier::Joined } else { Tier::Built };
        Ok((served, tier))
    }

    /// The build under way for a key, begun now if there is none.
    fn fly<B, F, E>(&self, key: &CacheKey, build: B) -> Flight<build::Outcome>
    where
        B: FnOnce() -> F,
        F: Future<Output = Result<Built, E>> + Send + 'static,
        E: std::error::Error + Send + Sync + 'static,
    {
        self.builds.join(key, || {
            let (tiers, failures) = (self.tiers.clone(), self.failures.clone());
            let (key, holder, building) = (key.clone(), Arc::clone(&self.holder), build());
            let wait = self.waits.for_another;
            async move {
                let outcome = build::run(&tiers, &key, &holder, wait, building).await;
                match &outcome {
                    Ok(_) => failures.invalidate(&key),
                    Err(error) => {
                        tracing::warn!(%key, error = with_causes(&**error), "answer not built");
                        failures.insert(key, ());
                    }
                }
                outcome
            }
        })
    }
}

/// The word for a stale answer that no new one could replace.
const fn trouble(key: &CacheKey) -> &'static str {
    match key.collection() {
        Collection::Chart => "chart-unavailable",
        Collection::Spotify => "identity-unavailable",
        _ => "catalogue-unavailable",
    }
}

fn fresh(answer: Arc<Composed>, ttl: u64) -> Served {
    Served {
        answer,
        status: CacheStatus::hit(NAME, signed(ttl)),
    }
}

fn stale(answer: Arc<Composed>, age: u64, why: &'static str) -> Served {
    Served {
        answer,
        status: CacheStatus::hit(NAME, -signed(age)).detail(why),
    }
}

fn signed(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX)
}

/// The status of an answer that is made of others, each kept for itself.
pub fn made() -> CacheStatus {
    CacheStatus::forwarded(NAME, Forward::Miss)
}

/// The time in unix seconds.
pub fn now() -> u64 {
    since_1970().as_secs()
}

/// The time in unix milliseconds.
pub fn now_millis() -> u64 {
    u64::try_from(since_1970().as_millis()).expect("the clock stands before the year 500 000 000")
}

/// A duration in whole milliseconds.
fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn since_1970() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("the clock stands after 1970")
}

#[cfg(test)]
mod tests;
