use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::{BoxFuture, FutureExt, Shared};

use linernotes_shared::cache::CacheKey;

use super::build::BuildFailure;

/// What a build gives.
type Landing<T> = Result<T, BuildFailure>;

/// A build's outcome, for all who wait for it.
pub(super) type Awaited<T> = Shared<BoxFuture<'static, Landing<T>>>;

/// A build under way. It goes on whether or not anybody waits for its landing.
pub(super) struct Flight<T> {
    /// Its outcome.
    pub landing: Awaited<T>,
    /// Whether it was under way before it was asked for.
    pub was_under_way: bool,
}

/// Builds under way: whoever asks for a key that is being built waits for that build.
pub(super) struct Flights<T> {
    under_way: Arc<Mutex<HashMap<CacheKey, Awaited<T>>>>,
}

impl<T> Default for Flights<T> {
    fn default() -> Self {
        Self {
            under_way: Arc::default(),
        }
    }
}

impl<T> Clone for Flights<T> {
    fn clone(&self) -> Self {
        Self {
            under_way: Arc::clone(&self.under_way),
        }
    }
}

/// A build ended without a result, which only a panic or the runtime's end can cause.
#[derive(Debug, thiserror::Error)]
#[error("the build was broken off")]
struct BrokenOff(#[source] tokio::task::JoinError);

/// Takes a build off the list when it ends, however it ends.
struct TakeOff<T> {
    flights: Flights<T>,
    key: CacheKey,
}

impl<T> Drop for TakeOff<T> {
    fn drop(&mut self) {
        self.flights.list().remove(&self.key);
    }
}

impl<T> Flights<T> {
    fn list(&self) -> MutexGuard<'_, HashMap<CacheKey, Awaited<T>>> {
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Clone + Send + Sync + 'static> Flights<T> {
    /// The build under way for `key`, or `build`, begun now.
    ///
    /// The build is a task of its own: it ends even if nobody waits any longer, so that the next asker finds its
    /// result.
    pub(super) fn join<F>(&self, key: &CacheKey, build: impl FnOnce() -> F) -> Flight<T>
    where
        F: Future<Output = Landing<T>> + Send + 'static,
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
