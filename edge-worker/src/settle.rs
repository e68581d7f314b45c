//! What becomes of a question whose answers are kept, once the origin was asked: decisions without I/O.

use linernotes_shared::http::{CacheStatus, Forward};

use crate::CACHE_NAME;
use crate::answer::{Answer, Body, Serving};
use crate::config::Config;
use crate::copies::{Coding, Usable, Whole};
use crate::origin::{Reply, Trouble, Verdict};

/// Seconds for which caches further out may keep a stale answer, before they ask here again.
pub const STALE_FOR: u64 = 30;

/// What a question comes to once the origin was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The origin's answer, or the copy that the origin confirmed: to be served and kept.
    Answer {
        /// It.
        whole: Whole,
        /// Why the origin was asked.
        why: Forward,
        /// The origin's own members of `Cache-Status`.
        upstream: Option<String>,
        /// How it came about, for the log.
        outcome: &'static str,
    },
    /// The origin's answer, to be served and not kept.
    Passing {
        /// It.
        reply: Reply,
        /// Its body's coding.
        coding: Coding,
        /// Why the origin was asked.
        why: Forward,
    },
    /// A copy, because there is trouble. What is kept stays as it is.
    Stale {
        /// It.
        whole: Whole,
        /// The trouble.
        trouble: Trouble,
        /// Where it was found, for the log.
        outcome: &'static str,
    },
    /// Trouble, and nothing to serve instead.
    Trouble {
        /// Why the origin was asked.
        why: Forward,
        /// The trouble.
        trouble: Trouble,
    },
}

/// How one came by what was settled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wait {
    /// Whether another had begun to ask.
    pub joined: bool,
    /// Whether it may be what was there before a purge: caches further out mustn't keep it, and "unknown" isn't
    /// believed.
    pub is_outdated: bool,
}

/// Settles a question with what the origin said, `asked_at` some moment, and the copy that may be served in trouble.
pub fn settle(copy: Option<Whole>, reply: Result<Reply, Trouble>, asked_at: u64) -> Settled {
    let why = match copy {
        Some(_) => Forward::Stale,
        None => Forward::Miss,
    };
    let upstream = reply.as_ref().ok().and_then(Reply::cache_status);
    let answered = |whole, outcome| Settled::Answer {
        whole,
        why,
        upstream,
        outcome,
    };
    match (reply.and_then(|reply| reply.judged(asked_at)), copy) {
        (Ok(Verdict::Answer(whole)), None) => answered(whole, "miss"),
        (Ok(Verdict::Answer(mut whole)), Some(copy)) => {
            if whole.kept.etag == copy.kept.etag {
                whole.kept.durable_at = copy.kept.durable_at;
            }
            answered(whole, "replaced")
        }
        (Ok(Verdict::Unchanged(renewal)), Some(Whole { kept, body })) => {
            let kept = kept.renewed(renewal);
            answered(Whole { kept, body }, "renewed")
        }
        // Nothing was named that could be unchanged.
        (Ok(Verdict::Unchanged(_)), None) => Settled::Trouble {
            why,
            trouble: Trouble::Malformed,
        },
        // An error of the origin's is no better than the last good answer.
        (Ok(Verdict::Passing(reply, _)), Some(whole)) if reply.status != 200 => Settled::Stale {
            whole,
            trouble: Trouble::Malformed,
            outcome: "stale",
        },
        (Ok(Verdict::Passing(reply, coding)), _) => Settled::Passing { reply, coding, why },
        (Err(trouble), Some(whole)) => Settled::Stale {
            whole,
            trouble,
            outcome: "stale",
        },
        (Err(trouble), None) => Settled::Trouble { why, trouble },
    }
}

impl Settled {
    /// The answer for one who waited for this.
    pub fn to_answer(&self, now: u64, wait: Wait, config: &Config) -> Answer {
        let Wait {
            joined,
            is_outdated,
        } = wait;
        match self {
            Self::Answer {
                whole,
                why,
                upstream,
                outcome,
            } => {
                let (shared_for, is_kept) = match whole.kept.usable(now, config.revalidate_for) {
                    Usable::Fresh { ttl } => (ttl, true),
                    Usable::Revalidating { .. } | Usable::InTrouble { .. } => (STALE_FOR, true),
                    Usable::No => (0, false),
                };
                let shared_for = if is_outdated { 0 } else { shared_for };
                let own = CacheStatus::forwarded(CACHE_NAME, *why).collapsed(joined);
                if is_outdated && whole.kept.status == 404 {
                    let trouble = Trouble::Outdated;
                    return Answer::unavailable(trouble, &own.detail(trouble.detail()));
                }
                let own = own.stored(is_kept);
                let serving = Serving {
                    shared_for,
                    cache_status: with_upstream(upstream.as_deref(), &own),
                    outcome,
                    trouble: None,
                };
                served(whole, serving, now, config)
            }
            Self::Passing { reply, coding, why } => {
                let own = CacheStatus::forwarded(CACHE_NAME, *why).collapsed(joined);
                Answer::passed(reply.clone(), *coding, &own)
            }
            Self::Stale {
                whole,
                trouble,
                outcome,
            } => {
                let usable = whole.kept.usable(now, config.revalidate_for);
                // When it was found, it was usable.
                if usable == Usable::No || is_outdated && whole.kept.status == 404 {
                    let own = CacheStatus::forwarded(CACHE_NAME, Forward::Stale)
                        .collapsed(joined)
                        .detail(trouble.detail());
                    return Answer::unavailable(*trouble, &own);
                }
                let ttl = signed(whole.kept.freshness.fresh_until) - signed(now);
                let own = CacheStatus::hit(CACHE_NAME, ttl).detail(trouble.detail());
                let shared_for = match usable {
                    // What one client is refused is no word on what others get.
                    _ if is_outdated || matches!(trouble, Trouble::TooMany { .. }) => 0,
                    Usable::Fresh { ttl } => ttl.min(STALE_FOR),
                    _ => STALE_FOR,
                };
                let serving = Serving {
                    shared_for,
                    cache_status: own.to_string(),
                    outcome,
                    trouble: Some(*trouble),
                };
                served(whole, serving, now, config)
            }
            Self::Trouble { why, trouble } => {
                let own = CacheStatus::forwarded(CACHE_NAME, *why)
                    .collapsed(joined)
                    .detail(trouble.detail());
                Answer::unavailable(*trouble, &own)
            }
        }
    }
}

/// A whole answer for one of those who waited for it.
fn served(whole: &Whole, serving: Serving, now: u64, config: &Config) -> Answer {
    let body = Body::Bytes(whole.body.clone());
    Answer::kept(whole.kept.clone(), body, serving, now, config)
}

/// `Cache-Status` lists caches from the origin outwards (RFC 9211 §2).
pub fn with_upstream(upstream: Option<&str>, own: &CacheStatus) -> String {
    match upstream {
        Some(upstream) => format!("{upstream}, {own}"),
        None => own.to_string(),
    }
}

/// Seconds as `Cache-Status` counts them, which may be below zero.
pub fn signed(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
