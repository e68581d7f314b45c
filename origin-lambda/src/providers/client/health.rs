//! How providers are, for whoever runs the service.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::ProviderError;
use super::breaker::{Breaker, Closed};
use crate::cache::now;

/// How a provider is, as its calls have gone since the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Its name.
    pub provider: &'static str,
    /// Whether it is asked at the moment.
    pub asking: Asking,
    /// Calls that were sent.
    pub calls: u64,
    /// Those of them that failed.
    pub failures: u64,
    /// Whether the last one did.
    pub is_failing: bool,
    /// The last failure, if there was one.
    pub trouble: Option<Trouble>,
}

/// Whether a provider is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asking {
    /// It is.
    Yes,
    /// It wants to be left alone for so long.
    Paused(Duration),
    /// It failed too often, and is tried again after so long.
    Resting(Duration),
}

/// A call that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// When, in unix seconds.
    pub at: u64,
    /// What went wrong, without what caused it: that may name hosts that are nobody's business.
    pub what: String,
}

/// A provider's breaker, and how its calls went.
#[derive(Debug)]
pub(super) struct Watched {
    pub breaker: Breaker,
    provider: &'static str,
    past: Mutex<Past>,
}

#[derive(Debug, Default)]
struct Past {
    calls: u64,
    failures: u64,
    is_failing: bool,
    trouble: Option<Trouble>,
}

impl Watched {
    /// Notes how a call went.
    pub fn note(&self, error: Option<&ProviderError>) {
        let mut past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
        past.calls += 1;
        past.is_failing = error.is_some();
        if let Some(error) = error {
            past.failures += 1;
            past.trouble = Some(Trouble {
                at: now(),
                what: error.to_string(),
            });
        }
    }

    fn health(&self) -> Health {
        let past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
        Health {
            provider: self.provider,
            asking: match self.breaker.check(Instant::now()) {
                Ok(()) => Asking::Yes,
                Err(Closed::Paused(wait)) => Asking::Paused(wait),
                Err(Closed::Open(wait)) => Asking::Resting(wait),
            },
            calls: past.calls,
            failures: past.failures,
            is_failing: past.is_failing,
            trouble: past.trouble.clone(),
        }
    }
}

/// All that are watched.
#[derive(Clone, Debug, Default)]
pub(super) struct Ward(Arc<Mutex<Vec<Arc<Watched>>>>);

impl Ward {
    /// Watches one more.
    pub fn admit(&self, provider: &'static str) -> Arc<Watched> {
        let watched = Arc::new(Watched {
            breaker: Breaker::new(provider),
            provider,
            past: Mutex::default(),
        });
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(Arc::clone(&watched));
        watched
    }

    /// How all of them are, by name.
    pub fn health(&self) -> Vec<Health> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut health: Vec<Health> = all.iter().map(|watched| watched.health()).collect();
        health.sort_by_key(|health| health.provider);
        health
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_that_fails_is_shown_with_its_last_trouble() {
        let ward = Ward::default();
        let (well, ill) = (ward.admit("well"), ward.admit("ill"));
        well.note(None);
        for _ in 0..5 {
            ill.note(Some(&ProviderError::Slow { provider: "ill" }));
            let passage = ill.breaker.enter(Instant::now()).unwrap();
            passage.failed(Instant::now());
        }
        let [ill, well] = &ward.health()[..] else {
            panic!("two");
        };
        assert_eq!(
            (well.asking, well.calls, well.failures, &well.trouble),
            (Asking::Yes, 1, 0, &None)
        );
        assert!(matches!(ill.asking, Asking::Resting(wait) if !wait.is_zero()));
        assert_eq!((ill.calls, ill.failures), (5, 5));
        let what = ProviderError::Slow { provider: "ill" }.to_string();
        assert_eq!(ill.trouble.as_ref().unwrap().what, what);
    }
}
