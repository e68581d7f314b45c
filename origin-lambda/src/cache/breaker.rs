//! When a store in trouble may be called.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// So many failures in a row are no chance.
const FAILURES: u32 = 3;
/// How long it is left alone then, until one call tries again.
const REST: Duration = Duration::from_secs(5);

/// Opens after [`FAILURES`] in a row; from then on one call every [`REST`] finds out whether the trouble is over.
#[derive(Debug, Default)]
pub(crate) struct Breaker {
    state: Mutex<Trouble>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Trouble {
    failures: u32,
    /// No call before then.
    until: Option<Instant>,
}

/// A call that may be made. Given up without an outcome, it says nothing about the store, and the next one may try in
/// its place.
#[derive(Debug)]
pub(crate) struct Passage<'a> {
    breaker: &'a Breaker,
    /// The end of the rest that it has begun by being the one to try.
    trying_until: Option<Instant>,
}

impl Breaker {
    /// Lets a call through, if one may be made.
    pub(crate) fn enter(&self, now: Instant) -> Option<Passage<'_>> {
        let mut state = self.state();
        let trying_until = match state.until {
            Some(until) if now < until => return None,
            Some(_) => {
                // This call tries; the next ones wait for its outcome.
                state.until = Some(now + REST);
                state.until
            }
            None => None,
        };
        Some(Passage {
            breaker: self,
            trying_until,
        })
    }

    fn state(&self) -> MutexGuard<'_, Trouble> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Passage<'_> {
    /// The store doesn't work. Whether the breaker opens with this failure, and was closed before.
    pub(crate) fn failed(mut self, now: Instant) -> bool {
        self.trying_until = None;
        let mut state = self.breaker.state();
        state.failures = state.failures.saturating_add(1);
        if state.failures >= FAILURES {
            state.until = Some(now + REST);
        }
        state.failures == FAILURES
    }

    /// It works.
    pub(crate) fn succeeded(mut self) {
        self.trying_until = None;
        *self.breaker.state() = Trouble::default();
    }
}

impl Drop for Passage<'_> {
    fn drop(&mut self) {
        let Some(until) = self.trying_until else {
            return;
        };
        let mut state = self.breaker.state();
        if state.until == Some(until) {
            state.until = Some(until - REST);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a call gets through that then fails.
    fn fails(breaker: &Breaker, now: Instant) -> bool {
        let passage = breaker.enter(now);
        let entered = passage.is_some();
        if let Some(passage) = passage {
            passage.failed(now);
        }
        entered
    }

    #[test]
    fn after_three_failures_in_a_row_one_call_in_five_seconds_goes_through() {
        let breaker = Breaker::default();
        let start = Instant::now();
        assert!(fails(&breaker, start) && fails(&breaker, start));
        breaker.enter(start).unwrap().succeeded();
        assert!(fails(&breaker, start) && fails(&breaker, start));
        let third = breaker.enter(start).expect("two failures may be chance");
        assert!(third.failed(start), "it opens");
        assert!(breaker.enter(start).is_none());

        let rested = start + REST;
        let probe = breaker.enter(rested).unwrap();
        assert!(breaker.enter(rested).is_none(), "the others don't wait");
        assert!(!probe.failed(rested), "it was open");
        assert!(breaker.enter(rested).is_none());

        let rested = rested + REST;
        breaker.enter(rested).unwrap().succeeded();
        let calls = [(); 2].map(|()| breaker.enter(rested).is_some());
        assert_eq!(calls, [true, true]);
    }

    #[test]
    fn a_call_that_is_given_up_makes_room_for_the_next() {
        let breaker = Breaker::default();
        let start = Instant::now();
        for _ in 0..FAILURES {
            assert!(fails(&breaker, start));
        }
        let rested = start + REST;
        drop(breaker.enter(rested).unwrap());
        let next = breaker.enter(rested).unwrap();
        assert!(breaker.enter(rested).is_none(), "one at a time");
        next.succeeded();
        assert!(breaker.enter(rested).is_some());
    }
}
