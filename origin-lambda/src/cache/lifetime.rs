use xxhash_rust::xxh3::xxh3_64;

use linernotes_shared::cache::{CacheKey, Freshness};

use crate::config;

/// An answer that something optional is missing from, such as its pictures, is soon tried again.
const PARTIAL_SECONDS: u64 = 30 * 60;

/// What a search found is looked for again after an hour at most.
const SEARCH_SECONDS: u64 = 60 * 60;

/// There are more questions than answers: what searches found isn't kept for as long as the rest.
const SEARCH_STALE_SECONDS: u64 = 7 * 24 * 60 * 60;

/// Up to this part of its time, as a divisor, an answer is fresh for less than it could be: what was built at once
/// must not grow stale at once.
const JITTER: u64 = 10;

/// How long answers are good.
#[derive(Clone, Debug)]
pub struct Lifetime {
    limits: config::Freshness,
}

impl Lifetime {
    /// As configured.
    pub const fn new(limits: config::Freshness) -> Self {
        Self { limits }
    }

    /// The longest that an answer is fresh.
    pub const fn fresh_seconds(&self) -> u64 {
        self.limits.fresh_seconds
    }

    /// Of an answer that is complete, built `now`, in unix seconds.
    pub fn complete(&self, key: &CacheKey, now: u64) -> Freshness {
        self.starting(key, now, self.limits.fresh_seconds)
    }

    /// Of an answer that is fresh for so many seconds, built `now`.
    pub fn for_seconds(&self, key: &CacheKey, now: u64, seconds: u64) -> Freshness {
        self.starting(key, now, seconds)
    }

    /// Of an answer whose providers weren't all heard, built `now`.
    pub fn partial(&self, key: &CacheKey, now: u64) -> Freshness {
        self.starting(key, now, self.limits.fresh_seconds.min(PARTIAL_SECONDS))
    }

    /// Of what a search found, built `now`.
    pub fn search(&self, key: &CacheKey, now: u64) -> Freshness {
        let fresh = self.starting(key, now, self.limits.fresh_seconds.min(SEARCH_SECONDS));
        let stale = self.limits.stale_seconds.min(SEARCH_STALE_SECONDS);
        Freshness {
            stale_until: fresh.fresh_until.saturating_add(stale),
            ..fresh
        }
    }

    /// Of "not found", believed `now`. In trouble it is no answer to fall back on: it would make Lidarr delete what has
    /// come since.
    pub const fn unknown(&self, now: u64) -> Freshness {
        Freshness::starting(now, self.limits.not_found_seconds, 0)
    }

    fn starting(&self, key: &CacheKey, now: u64, fresh_seconds: u64) -> Freshness {
        spread(key, now, fresh_seconds, self.limits.stale_seconds)
    }
}

/// Freshness of what is kept under a key `now`: for so many seconds, or some less, and then stale for so many more.
pub(super) fn spread(
    key: &CacheKey,
    now: u64,
    fresh_seconds: u64,
    stale_seconds: u64,
) -> Freshness {
    let spread = fresh_seconds / JITTER + 1;
    let early = xxh3_64(format!("{} {now}", key.as_str()).as_bytes()) % spread;
    Freshness::starting(now, fresh_seconds - early, stale_seconds)
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    use super::*;

    fn key(number: u128) -> CacheKey {
        let mbid = uuid::Uuid::from_u128(number).into();
        CacheKey::new(linernotes_shared::cache::Collection::Artist, mbid)
    }

    fn lifetime() -> Lifetime {
        Lifetime::new(config::Freshness {
            fresh_seconds: 100_000,
            stale_seconds: 7,
            ..Config::default().cache
        })
    }

    #[test]
    fn answers_built_at_once_grow_stale_one_after_the_other() {
        let ends: Vec<u64> = (0..1000)
            .map(|number| lifetime().complete(&key(number), 5).fresh_until)
            .collect();
        assert!(ends.iter().all(|end| (90_005..=100_005).contains(end)));
        let in_each_tenth = |tenth: u64| {
            let from = 90_005 + tenth * 1000;
            ends.iter()
                .filter(|end| (from..from + 1000).contains(end))
                .count()
        };
        assert!((0..10).all(|tenth| in_each_tenth(tenth) > 50));
    }

    #[test]
    fn a_partial_answer_is_soon_tried_again_and_not_found_is_nothing_to_fall_back_on() {
        let partial = lifetime().partial(&key(1), 5);
        assert!(
            (1_620..=1_805).contains(&partial.fresh_until),
            "{partial:?}"
        );
        assert_eq!(partial.stale_until, partial.fresh_until + 7);
        assert_eq!(
            lifetime().unknown(5),
            Freshness {
                fresh_until: 305,
                stale_until: 305
            }
        );
    }
}
