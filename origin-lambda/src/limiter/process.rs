use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use super::{Limiter, Rate};

/// So many counts are kept before those of past windows are looked for.
const FEW: usize = 1_000;

/// Counts the calls of one process.
#[derive(Debug, Default)]
pub struct ProcessLimiter {
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    of: HashMap<String, Count>,
    /// How many there were after those of past windows were removed for the last time.
    after_removal: usize,
}

#[derive(Clone, Copy, Debug)]
struct Count {
    window: u64,
    calls: u32,
    /// Unix seconds.
    end: u64,
}

impl Counts {
    /// Removes those of past windows when there are twice as many as after the last time: some names are made of what
    /// strangers ask for.
    fn remove_past(&mut self, now: u64) {
        if self.of.len() >= FEW.max(2 * self.after_removal) {
            self.of.retain(|_, count| count.end > now);
            self.after_removal = self.of.len();
        }
    }
}

#[async_trait]
impl Limiter for ProcessLimiter {
    async fn permits(&self, provider: &str, rate: Rate, now: u64) -> bool {
        let fresh = Count {
            window: rate.window_at(now),
            calls: 0,
            end: rate.end_of_window_at(now),
        };
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if !counts.of.contains_key(provider) {
            counts.remove_past(now);
        }
        let count = counts
            .of
            .entry(provider.to_owned())
            .and_modify(|count| {
                if count.window != fresh.window {
                    *count = fresh;
                }
            })
            .or_insert(fresh);
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

    #[tokio::test]
    async fn names_that_are_not_asked_for_again_are_forgotten_and_others_are_not() {
        let limiter = ProcessLimiter::default();
        assert!(limiter.permits("fanart", TWO_A_MINUTE, 60_000).await);
        for name in 0..10_u64 * FEW as u64 {
            let now = name * 6;
            limiter.permits(&name.to_string(), TWO_A_MINUTE, now).await;
        }
        let kept = limiter.counts.lock().unwrap().of.len();
        assert!(kept <= FEW, "{kept}");
        assert!(limiter.permits("fanart", TWO_A_MINUTE, 60_000).await);
        assert!(!limiter.permits("fanart", TWO_A_MINUTE, 60_000).await);
    }
}
