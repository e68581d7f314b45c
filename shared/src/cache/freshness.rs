/// How long a stored answer may be used. Times are unix seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// Until then the answer is served as it is.
    pub fresh_until: u64,
    /// Until then the answer is better than none.
    pub stale_until: u64,
}

/// What may be done with a stored answer at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Serve it; it stays fresh for so many seconds.
    Fresh {
        /// Seconds of freshness left.
        ttl: u64,
    },
    /// Ask for a new one, and serve this one if there is trouble.
    Stale {
        /// Seconds since it stopped being fresh.
        age: u64,
    },
    /// Too old to serve even in trouble.
    Expired,
}

impl Freshness {
    /// Freshness of an answer made `now` that is fresh for `fresh` seconds and usable in trouble for `stale` more.
    pub const fn starting(now: u64, fresh: u64, stale: u64) -> Self {
        let fresh_until = now.saturating_add(fresh);
        Self {
            fresh_until,
            stale_until: fresh_until.saturating_add(stale),
        }
    }

    /// What may be done with the answer `now`.
    pub const fn at(self, now: u64) -> State {
        if now < self.fresh_until {
            State::Fresh {
                ttl: self.fresh_until - now,
            }
        } else if now < self.stale_until {
            State::Stale {
                age: now - self.fresh_until,
            }
        } else {
            State::Expired
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_fresh_then_stale_then_expired() {
        let freshness = Freshness::starting(1_000, 60, 600);
        assert_eq!(freshness.at(1_000), State::Fresh { ttl: 60 });
        assert_eq!(freshness.at(1_059), State::Fresh { ttl: 1 });
        assert_eq!(freshness.at(1_060), State::Stale { age: 0 });
        assert_eq!(freshness.at(1_659), State::Stale { age: 599 });
        assert_eq!(freshness.at(1_660), State::Expired);
    }
}
