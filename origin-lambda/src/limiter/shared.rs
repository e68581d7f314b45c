use async_trait::async_trait;

use super::{Limiter, ProcessLimiter, Rate};
use crate::cache::DynamoDbStore;
use crate::telemetry::with_causes;

/// Counts the calls of all processes that share a DynamoDB table.
pub struct SharedLimiter {
    store: DynamoDbStore,
    /// Counts on while the table is in trouble: a provider must not be flooded because of that.
    alone: ProcessLimiter,
}

impl SharedLimiter {
    /// A limiter that counts in the store's table.
    pub fn new(store: DynamoDbStore) -> Self {
        Self {
            store,
            alone: ProcessLimiter::default(),
        }
    }
}

#[async_trait]
impl Limiter for SharedLimiter {
    async fn permits(&self, provider: &str, rate: Rate, now: u64) -> bool {
        // What this process alone may not do, all of them together may not either.
        if !self.alone.permits(provider, rate, now).await {
            return false;
        }
        let window = rate.window_at(now);
        let end = (window + 1).saturating_mul(rate.window.as_secs().max(1));
        match self
            .store
            .count_call(provider, window, end, rate.calls)
            .await
        {
            Ok(permitted) => permitted,
            Err(error) => {
                tracing::warn!(
                    provider,
                    error = with_causes(&error),
                    "calls counted in this process alone"
                );
                true
            }
        }
    }
}
