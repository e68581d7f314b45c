use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, timeout};

use super::{Limiter, ProcessLimiter, Rate};
use crate::cache::{Breaker, DynamoDbStore, StoreError};
use crate::telemetry::{figures, with_causes};

/// Counts the calls of all processes that share a DynamoDB table.
pub struct SharedLimiter {
    store: DynamoDbStore,
    patience: Duration,
    /// Leaves the table alone when it keeps failing.
    breaker: Breaker,
    /// Counts on while the table is in trouble: a provider must not be flooded because of that.
    alone: ProcessLimiter,
}

impl SharedLimiter {
    /// A limiter that counts in the store's table, which has so long to count a call.
    pub fn new(store: DynamoDbStore, patience: Duration) -> Self {
        Self {
            store,
            patience,
            breaker: Breaker::default(),
            alone: ProcessLimiter::default(),
        }
    }

    /// Counts a call in the table, and says whether it may be made.
    async fn count(&self, provider: &str, rate: Rate, now: u64) -> Result<bool, StoreError> {
        let passage = self
            .breaker
            .enter(Instant::now())
            .ok_or(StoreError::Resting)?;
        let (window, end) = (rate.window_at(now), rate.end_of_window_at(now));
        let counting = self.store.count_call(provider, window, end, rate.calls);
        let counted = timeout(self.patience, counting)
            .await
            .unwrap_or(Err(StoreError::Slow));
        if counted.is_ok() {
            passage.succeeded();
        } else {
            passage.failed(Instant::now());
        }
        counted
    }
}

#[async_trait]
impl Limiter for SharedLimiter {
    async fn permits(&self, provider: &str, rate: Rate, now: u64) -> bool {
        // What this process alone may not do, all of them together may not either.
        if !self.alone.permits(provider, rate, now).await {
            return false;
        }
        let started = Instant::now();
        let counted = self.count(provider, rate, now).await;
        figures().stored("count", &counted, started.elapsed());
        counted.unwrap_or_else(|error| {
            tracing::warn!(
                provider,
                error = with_causes(&error),
                "calls counted in this process alone"
            );
            true
        })
    }
}
