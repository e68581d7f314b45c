use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::{BoxFuture, FutureExt, Shared};

use linernotes_shared::cache::CacheKey;

use super::Composed;
use super::build::BuildFailure;

/// What a build gives.
type Landing = Result<Composed, BuildFailure>;

/// A build under way. It goes on whether or not anybody waits for its landing.
pub(super) struct Flight {
    /// Its outcome.
    pub landing: Shared<BoxFuture<'static, Landing>>,
    /// Whether it was under way before it was asked for.
    pub was_under_way: bool,
}

/// Builds under way: whoever asks for a key that is being built waits for that build.
#[derive(Clone, Default)]
pub(super) struct Flights {
    under_way: Arc<Mutex<HashMap<CacheKey, Shared<BoxFuture<'static, Landing>>>>>,
}

/// A build ended without a result, which only a panic or the runtime's end can cause.
#[derive(Debug, thiserror::Error)]
#[error("the build was broken off")]
struct BrokenOff(#[source] tokio::task::JoinError);

/// Takes a build off the list when it ends, however it ends.
struct TakeOff {
    flights: Flights,
    key: CacheKey,
}

impl Drop for TakeOff {
    fn drop(&mut self) {
        self.flights.list().remove(&self.key);
    }
}

impl Flights {
    fn list(&self) -> MutexGuard<'_, HashMap<CacheKey, Shared<BoxFuture<'static, Landing>>>> {
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The build under way for `key`, or `build`, begun now.
    ///
    /// The build is a task of its own: it ends even if nobody waits any longer, so that the next asker finds its
    /// result.
    pub(super) fn join<F>(&self, key: &CacheKey, build: impl FnOnce() -> F) -> Flight
    where
        F: Future<Output = Landing> + Send + 'static,
    {
        let mut under_way = self.list();
        if let Some(landing) = under_way.get(key) {
            return Flight {
                landing: landing.clone(),
                was_under_way: true,
            };
        }
        let building = build();
        let take_off = TakeOff {
            flights: self.clone(),
            key: key.clone(),
        };
        let task = tokio::spawn(async move {
            let _take_off = take_off;
            building.await
        });
        let landing = async {
            task.await
                .unwrap_or_else(|error| Err(Arc::new(BrokenOff(error)) as _))
        }
        .boxed()
        .shared();
        under_way.insert(key.clone(), landing.clone());
        Flight {
            landing,
            was_under_way: false,
        }
    }
}
