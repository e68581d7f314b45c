//! Waiting for no longer than there is time.

use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use worker::Delay;

/// What the store and the count of requests have for a word, where an answer waits for it.
pub const FOR_A_WORD: Duration = Duration::from_secs(1);

/// What some work comes to, unless that takes longer than `limit`: then it is given up.
pub async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    match select(pin!(work), Delay::from(limit)).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(_) => None,
    }
}
