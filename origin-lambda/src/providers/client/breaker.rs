//! When a provider may be asked.
//!
//! After some failures in a row it is left alone for a while; then one call goes through as a probe, and its outcome
//! decides for the others. A provider that asks for a pause gets it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Failures in a row that open the breaker.
const FAILURES: u32 = 5;
/// How long it stays open the first time; each failed probe doubles it.
const FIRST: Duration = Duration::from_secs(15);
/// The longest it stays open.
const LONGEST: Duration = Duration::from_secs(10 * 60);

/// Lets calls to a provider through, or not.
#[derive(Debug)]
pub(super) struct Breaker {
    provider: &'static str,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Failures in a row.
    failures: u32,
    /// How long it is open next time.
    next: Duration,
    /// Until when it is open.
    open_until: Option<Instant>,
    /// Whether a probe is under way.
    probing: bool,
    /// Until when the provider wants no calls.
    paused_until: Option<Instant>,
}

/// A call isn't let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closed {
    /// The provider wants none for so long.
    Paused(Duration),
    /// It failed too often; the next probe is so far away.
    Open(Duration),
}

/// A call that was let through. Dropped without a verdict, it says nothing about the provider.
#[derive(Debug)]
pub(super) struct Passage<'a> {
    breaker: &'a Breaker,
    is_probe: bool,
}

impl Breaker {
    pub(super) const fn new(provider: &'static str) -> Self {
        Self {
            provider,
            state: Mutex::new(State {
                failures: 0,
                next: FIRST,
                open_until: None,
                probing: false,
                paused_until: None,
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a call would be let through now, without letting it.
    pub(super) fn check(&self, now: Instant) -> Result<(), Closed> {
        self.state().check(now)
    }

    /// Lets a call through, if one may go.
    pub(super) fn enter(&self, now: Instant) -> Result<Passage<'_>, Closed> {
        let mut state = self.state();
        state.check(now)?;
        let is_probe = state.open_until.is_some();
        state.probing |= is_probe;
        Ok(Passage {
            breaker: self,
            is_probe,
        })
    }

    /// No calls for a while, because the provider wants none.
    pub(super) fn pause(&self, now: Instant, wait: Duration) {
        tracing::warn!(
            provider = self.provider,
            seconds = wait.as_secs(),
            "provider wants to be left alone"
        );
        let until = now + wait;
        let mut state = self.state();
        state.paused_until = state.paused_until.max(Some(until));
    }
}

impl State {
    fn check(&self, now: Instant) -> Result<(), Closed> {
        if let Some(until) = self.paused_until
            && now < until
        {
            return Err(Closed::Paused(until - now));
        }
        match self.open_until {
            Some(until) if now < until => Err(Closed::Open(until - now)),
            Some(_) if self.probing => Err(Closed::Open(Duration::ZERO)),
            _ => Ok(()),
        }
    }
}

impl Passage<'_> {
    /// The provider works.
    pub(super) fn succeeded(self) {
        let mut state = self.breaker.state();
        if state.open_until.take().is_some() {
            tracing::info!(provider = self.breaker.provider, "provider works again");
        }
        state.failures = 0;
        state.next = FIRST;
    }

    /// The provider doesn't work.
    pub(super) fn failed(self, now: Instant) {
        let mut state = self.breaker.state();
        state.failures = state.failures.saturating_add(1);
        // Calls that were under way when it opened say nothing new.
        if state.open_until.is_some() && !self.is_probe || state.failures < FAILURES {
            return;
        }
        let wait = state.next;
        state.open_until = Some(now + wait);
        state.next = (wait * 2).min(LONGEST);
        tracing::warn!(
            provider = self.breaker.provider,
            failures = state.failures,
            seconds = wait.as_secs(),
            "provider in trouble: not asked for a while"
        );
    }
}

impl Drop for Passage<'_> {
    fn drop(&mut self) {
        if self.is_probe {
            self.breaker.state().probing = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fail(breaker: &Breaker, times: u32, now: Instant) {
        for _ in 0..times {
            breaker.enter(now).unwrap().failed(now);
        }
    }

    #[test]
    fn failures_in_a_row_open_it_and_successes_between_them_dont() {
        let (breaker, now) = (Breaker::new("test"), Instant::now());
        for _ in 0..3 {
            fail(&breaker, FAILURES - 1, now);
            breaker.enter(now).unwrap().succeeded();
        }
        fail(&breaker, FAILURES, now);
        assert_eq!(breaker.enter(now).unwrap_err(), Closed::Open(FIRST));
    }

    #[test]
    fn one_probe_decides_for_all() {
        let (breaker, mut now) = (Breaker::new("test"), Instant::now());
        fail(&breaker, FAILURES, now);
        now += FIRST;
        let probe = breaker.enter(now).unwrap();
        assert_eq!(
            breaker.enter(now).unwrap_err(),
            Closed::Open(Duration::ZERO)
        );
        probe.failed(now);
        assert_eq!(breaker.enter(now).unwrap_err(), Closed::Open(FIRST * 2));
        now += FIRST * 2;
        breaker.enter(now).unwrap().succeeded();
        fail(&breaker, FAILURES, now);
        assert_eq!(
            breaker.enter(now).unwrap_err(),
            Closed::Open(FIRST),
            "it starts anew"
        );
    }

    #[test]
    fn a_probe_that_is_given_up_makes_room_for_the_next() {
        let (breaker, now) = (Breaker::new("test"), Instant::now());
        fail(&breaker, FAILURES, now);
        drop(breaker.enter(now + FIRST).unwrap());
        assert!(breaker.enter(now + FIRST).is_ok());
    }

    #[test]
    fn what_was_under_way_when_it_opened_doesnt_keep_it_open() {
        let (breaker, now) = (Breaker::new("test"), Instant::now());
        let late = breaker.enter(now).unwrap();
        fail(&breaker, FAILURES, now);
        late.failed(now + FIRST / 3);
        assert!(breaker.enter(now + FIRST).is_ok());
    }

    #[test]
    fn it_is_never_open_for_longer_than_the_longest_time() {
        let (breaker, mut now) = (Breaker::new("test"), Instant::now());
        fail(&breaker, FAILURES, now);
        for _ in 0..20 {
            now += LONGEST;
            fail(&breaker, 1, now);
        }
        assert_eq!(breaker.enter(now).unwrap_err(), Closed::Open(LONGEST));
    }

    #[test]
    fn a_pause_lasts_as_long_as_the_longest_that_was_asked_for() {
        let (breaker, now) = (Breaker::new("test"), Instant::now());
        let minute = Duration::from_secs(60);
        breaker.pause(now, minute);
        breaker.pause(now, Duration::from_secs(5));
        assert_eq!(breaker.check(now), Err(Closed::Paused(minute)));
        assert_eq!(breaker.check(now + minute), Ok(()));
    }
}
