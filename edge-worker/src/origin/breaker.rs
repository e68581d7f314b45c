//! Leaving an origin alone that fails again and again, so that clients don't wait for it and it can recover.

/// Failures in a row after which the origin is left alone.
const FAILURES: u32 = 5;
/// Milliseconds for which it is left alone, before one request tries it again.
const PAUSE: u64 = 5_000;

/// The origin's record in this isolate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breaker {
    failures: u32,
    /// In unix milliseconds.
    closed_until: u64,
}

impl Breaker {
    /// With nothing on record.
    pub const fn new() -> Self {
        Self {
            failures: 0,
            closed_until: 0,
        }
    }

    /// Lets a request through `now`, or says for how many milliseconds none will be.
    pub fn admit(&mut self, now: u64) -> Result<(), u64> {
        if self.failures < FAILURES {
            return Ok(());
        }
        // A clock that was set back must not keep it closed.
        let wait = self.closed_until.saturating_sub(now).min(PAUSE);
        if wait > 0 {
            return Err(wait);
        }
        // This one tries; the others wait for what becomes of it.
        self.closed_until = now.saturating_add(PAUSE);
        Ok(())
    }

    /// Notes how a request ended, `now`.
    pub fn note(&mut self, is_failure: bool, now: u64) {
        if is_failure {
            self.failures = self.failures.saturating_add(1);
            self.closed_until = now.saturating_add(PAUSE);
        } else {
            self.failures = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failing() -> Breaker {
        let mut breaker = Breaker::new();
        for _ in 0..FAILURES {
            assert_eq!(breaker.admit(1_000), Ok(()));
            breaker.note(true, 1_000);
        }
        breaker
    }

    #[test]
    fn after_failures_in_a_row_nobody_is_let_through_for_a_while() {
        let mut breaker = failing();
        assert_eq!(breaker.admit(1_000), Err(5_000));
        assert_eq!(breaker.admit(5_999), Err(1));
    }

    #[test]
    fn then_one_tries_and_decides_for_all() {
        let mut breaker = failing();
        assert_eq!(breaker.admit(6_000), Ok(()));
        assert_eq!(breaker.admit(6_001), Err(4_999), "the others wait");
        let mut mended = breaker;
        mended.note(false, 6_100);
        assert_eq!(mended.admit(6_101), Ok(()));
        breaker.note(true, 6_100);
        assert_eq!(breaker.admit(6_101), Err(4_999));
    }

    #[test]
    fn one_success_wipes_the_slate() {
        let mut breaker = Breaker::new();
        for _ in 0..100 {
            breaker.note(true, 0);
            breaker.note(false, 0);
        }
        assert_eq!(breaker.admit(0), Ok(()));
    }

    #[test]
    fn a_clock_set_back_costs_one_pause_at_most() {
        assert_eq!(failing().admit(0), Err(5_000));
    }
}
