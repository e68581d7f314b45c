use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::{BoxFuture, FutureExt, Shared};

use linernotes_shared::cache::CacheKey;

use super::Entry;

/// What a build gives.
type Built = Result<Arc<Entry>, Arc<dyn std::error::Error + Send + Sync>>;

/// Builds under way: whoever asks for a key that is being built waits for that build.
#[derive(Clone, Default)]
pub(super) struct Flights {
    under_way: Arc<Mutex<HashMap<CacheKey, Shared<BoxFuture<'static, Built>>>>>,
}

/// A build ended without a result, which only a panic or the runtime's end can cause.
#[derive(Debug, thiserror::Error)]
#[error("the build was broken off")]
struct BrokenOff(#[source] tokio::task::JoinError);

/// Takes a build off the list when it ends, however it ends.
struct Landing {
    flights: Flights,
    key: CacheKey,
}

impl Drop for Landing {
    fn drop(&mut self) {
        self.flights.list().remove(&self.key);
    }
}

impl Flights {
    fn list(&self) -> MutexGuard<'_, HashMap<CacheKey, Shared<BoxFuture<'static, Built>>>> {
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The result of the build under way for `key`, or of `build`, started now; and whether it was under way.
    ///
    /// The build is a task of its own: it ends even if nobody waits any longer, so that the next asker finds its
    /// result.
    pub(super) async fn join<F>(&self, key: &CacheKey, build: impl FnOnce() -> F) -> (Built, bool)
    where
        F: Future<Output = Built> + Send + 'static,
    {
        let (flight, collapsed) = {
            let mut under_way = self.list();
            match under_way.get(key) {
                Some(flight) => (flight.clone(), true),
                None => {
                    let building = build();
                    let landing = Landing {
                        flights: self.clone(),
                        key: key.clone(),
                    };
                    let task = tokio::spawn(async move {
                        let _landing = landing;
                        building.await
                    });
                    let flight = async {
                        task.await
                            .unwrap_or_else(|error| Err(Arc::new(BrokenOff(error)) as _))
                    }
                    .boxed()
                    .shared();
                    under_way.insert(key.clone(), flight.clone());
                    (flight, false)
                }
            }
        };
        (flight.await, collapsed)
    }
}
