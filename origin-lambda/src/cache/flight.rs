use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::{BoxFuture, FutureExt, Shared};

use linernotes_shared::cache::CacheKey;

/// The outcome of work, for all who wait for it.
pub(super) type Awaited<T> = Shared<BoxFuture<'static, T>>;

/// Work under way. It goes on whether or not anybody waits for its landing.
pub(super) struct Flight<T: Clone> {
    /// Its outcome.
    pub landing: Awaited<T>,
    /// Whether it was under way before it was asked for.
    pub was_under_way: bool,
}

/// Work under way, of one sort: whoever asks for a key that is being worked on waits for that outcome.
pub(super) struct Flights<T: Clone> {
    under_way: Arc<Mutex<UnderWay<T>>>,
}

type UnderWay<T> = HashMap<CacheKey, Awaited<T>>;

/// What an outcome is when there is none.
pub(super) trait Landing: Clone + Send + Sync + 'static {
    /// The work ended without an outcome, which only a panic or the runtime's end can cause.
    fn broken_off(error: tokio::task::JoinError) -> Self;
}

/// Takes work off the list when it ends, however it ends.
struct TakeOff<T: Clone> {
    flights: Flights<T>,
    key: CacheKey,
}

impl<T: Clone> Drop for TakeOff<T> {
    fn drop(&mut self) {
        self.flights.list().remove(&self.key);
    }
}

impl<T: Clone> Clone for Flights<T> {
    fn clone(&self) -> Self {
        Self {
            under_way: Arc::clone(&self.under_way),
        }
    }
}

impl<T: Clone> Default for Flights<T> {
    fn default() -> Self {
        Self {
            under_way: Arc::default(),
        }
    }
}

impl<T: Clone> Flights<T> {
    fn list(&self) -> MutexGuard<'_, UnderWay<T>> {
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Landing> Flights<T> {
    /// The work under way for `key`, or `work`, begun now.
    ///
    /// It is a task of its own: it ends even if nobody waits any longer, so that the next asker finds its result.
    pub(super) fn join<F>(&self, key: &CacheKey, work: impl FnOnce() -> F) -> Flight<T>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let mut under_way = self.list();
        if let Some(landing) = under_way.get(key) {
            return Flight {
                landing: landing.clone(),
                was_under_way: true,
            };
        }
        let working = work();
        let take_off = TakeOff {
            flights: self.clone(),
            key: key.clone(),
        };
        let task = tokio::spawn(async move {
            let _take_off = take_off;
            working.await
        });
        let landing = async { task.await.unwrap_or_else(T::broken_off) }
            .boxed()
            .shared();
        under_way.insert(key.clone(), landing.clone());
        Flight {
            landing,
            was_under_way: false,
        }
    }
}
