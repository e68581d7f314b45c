use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use super::{Limiter, Rate};

/// Counts the calls of one process.
#[derive(Debug, Default)]
pub struct ProcessLimiter {
    counts: Mutex<HashMap<String, Count>>,
}

#[derive(Clone, Copy, Debug)]
struct Count {
    window: u64,
    calls: u32,
}

#[async_trait]
impl Limiter for ProcessLimiter {
    async fn permits(&self, provider: &str, rate: Rate, now: u64) -> bool {
        let window = rate.window_at(now);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts
            .entry(provider.to_owned())
            .and_modify(|count| {
                if count.window != window {
                    *count = Count { window, calls: 0 };
                }
            })
            .or_insert(Count { window, calls: 0 });
        let permitted = count.calls < rate.calls;
        if permitted {
            count.calls += 1;
        }
        permitted
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const TWO_A_MINUTE: Rate = Rate {
        calls: 2,
        window: Duration::from_secs(60),
    };

    #[tokio::test]
    async fn a_provider_is_asked_as_often_as_it_allows_in_each_window() {
        let limiter = ProcessLimiter::default();
        let mut permitted = Vec::new();
        for now in [0, 1, 59, 60, 61, 119, 120] {
            permitted.push(limiter.permits("fanart", TWO_A_MINUTE, now).await);
        }
        assert_eq!(permitted, [true, true, false, true, true, false, true]);
    }

    #[tokio::test]
    async fn providers_are_counted_apart() {
        let limiter = ProcessLimiter::default();
        for provider in ["fanart", "fanart", "wikipedia", "wikipedia"] {
            assert!(
                limiter.permits(provider, TWO_A_MINUTE, 0).await,
                "{provider}"
            );
        }
    }
}
