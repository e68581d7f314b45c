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

/// Takes work off the list when it ends, however it ends, once it has begun.
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
        let (flights, of) = (self.clone(), key.clone());
        let task = tokio::spawn(async move {
            // Made when it begins: a runtime that ends drops what it is to begin at once, while the list is still ours.
            let _take_off = TakeOff { flights, key: of };
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use linernotes_shared::cache::Collection;

    use super::*;
    use crate::cache::tiers::Whole;

    #[test]
    fn work_that_a_runtime_does_not_begin_any_more_holds_nobody_up() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let handle = runtime.handle().clone();
        runtime.shutdown_background();
        let (ended, end) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let _runtime = handle.enter();
            let flights = Flights::<Whole>::default();
            let key = CacheKey::new(Collection::Artist, uuid::Uuid::from_u128(1).into());
            let flight = flights.join(&key, || async { None });
            ended.send(flight.landing.now_or_never()).unwrap();
        });
        let landed = end.recv_timeout(Duration::from_secs(10));
        assert_eq!(landed, Ok(Some(None)), "it was broken off");
    }
}
