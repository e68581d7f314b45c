//! What becomes of a question whose answers are kept, once the origin was asked: decisions without I/O.

use worker::ResponseBody;

use linernotes_shared::http::{CacheStatus, Forward};
use linernotes_shared::request::Caching;

use crate::CACHE_NAME;
use crate::answer::{Answer, Serving};
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

/// Settles a question with what the origin said `now` and the copy that may be served in trouble.
pub fn settle(
    copy: Option<Whole>,
    reply: Result<Reply, Trouble>,
    caching: Caching,
    now: u64,
) -> Settled {
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
    match (reply.and_then(|reply| reply.judged(caching, now)), copy) {
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
    /// The answer for one who waited for this; `joined` tells whether another had begun.
    pub fn to_answer(&self, now: u64, joined: bool, config: &Config) -> Answer {
        match self {
            Self::Answer {
                whole: Whole { kept, body },
                why,
                upstream,
                outcome,
            } => {
                let (shared_for, is_kept) = match kept.usable(now, config.revalidate_for) {
                    Usable::Fresh { ttl } => (ttl, true),
                    Usable::Revalidating { .. } | Usable::InTrouble { .. } => (STALE_FOR, true),
                    Usable::No => (0, false),
                };
                let own = CacheStatus::forwarded(CACHE_NAME, *why)
                    .stored(is_kept)
                    .collapsed(joined);
                let serving = Serving {
                    shared_for,
                    cache_status: with_upstream(upstream.as_deref(), &own),
                    outcome,
                    trouble: None,
                };
                Answer::kept(
                    kept.clone(),
                    ResponseBody::Body(body.clone()),
                    serving,
                    now,
                    config,
                )
            }
            Self::Passing { reply, coding, why } => {
                let own = CacheStatus::forwarded(CACHE_NAME, *why).collapsed(joined);
                Answer::passed(reply.clone(), *coding, &own)
            }
            Self::Stale {
                whole: Whole { kept, body },
                trouble,
                outcome,
            } => {
                let ttl = signed(kept.freshness.fresh_until) - signed(now);
                let own = CacheStatus::hit(CACHE_NAME, ttl).detail(trouble.detail());
                let serving = Serving {
                    shared_for: STALE_FOR,
                    cache_status: own.to_string(),
                    outcome,
                    trouble: Some(*trouble),
                };
                Answer::kept(
                    kept.clone(),
                    ResponseBody::Body(body.clone()),
                    serving,
                    now,
                    config,
                )
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
