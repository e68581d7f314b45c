//! Artist and album lookups: a fresh copy, else the origin's answer, else a stale copy, else 503.

use worker::{Context, ResponseBody};

use linernotes_shared::Mbid;
use linernotes_shared::cache::{CacheKey, State};
use linernotes_shared::http::{CacheStatus, Forward};
use linernotes_shared::request::{Entity, Request};

use crate::answer::{Answer, Serving};
use crate::client::Client;
use crate::config::Config;
use crate::kept::Whole;
use crate::origin::{self, Ask};
use crate::reply::{Reply, Trouble, Verdict};
use crate::{CACHE_NAME, now, store};

/// Seconds for which caches further out may keep a stale answer, before they ask here again.
const STALE_FOR: u64 = 30;

/// Answers a lookup.
pub async fn answer(
    entity: Entity,
    mbid: Mbid,
    client: &Client,
    config: &Config,
    context: &Context,
) -> Answer {
    let url = store::url(config, &CacheKey::lookup(entity, mbid));
    let stale = match store::get(&url).await {
        None => None,
        Some(copy) => {
            let now = now();
            match copy.kept.freshness.at(now) {
                State::Fresh { ttl } => {
                    let (kept, body) = copy.into_parts();
                    return Answer::kept(&kept, body, hit(ttl), now);
                }
                // Read now: a copy to fall back on must be known to be whole before the origin is given up.
                State::Stale { .. } => copy.read().await,
                State::Expired => None,
            }
        }
    };

    let path = Request::Lookup(entity, mbid).canonical_path();
    let question = Ask {
        method: "GET",
        path: &path,
        request_id: &client.request_id,
        etag: stale.as_ref().and_then(|copy| copy.kept.etag.as_deref()),
    };
    let reply = origin::ask(question, config).await;

    let now = now();
    let settled = settle(stale, reply, now);
    if let Settled::Answer { whole, .. } = &settled {
        context.wait_until(store::put(url, whole.clone(), now));
    }
    settled.into_answer(now)
}

fn hit(ttl: u64) -> Serving {
    Serving {
        shared_for: ttl,
        cache_status: CacheStatus::hit(CACHE_NAME, signed(ttl)).to_string(),
        outcome: "hit",
        trouble: None,
    }
}

/// What a lookup comes to once the origin was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Settled {
    /// The origin's answer, or the copy that the origin confirmed: to be served and kept.
    Answer {
        whole: Whole,
        why: Forward,
        /// The origin's own members of `Cache-Status`.
        upstream: Option<String>,
        outcome: &'static str,
    },
    /// The stale copy, because there is trouble. What is kept stays as it is.
    Stale { whole: Whole, trouble: Trouble },
    /// Trouble, and nothing to serve instead.
    Trouble { why: Forward, trouble: Trouble },
}

fn settle(stale: Option<Whole>, reply: Result<Reply, Trouble>, now: u64) -> Settled {
    let why = match stale {
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
    match (reply.and_then(|reply| reply.lookup(now)), stale) {
        (Ok(Verdict::Answer(whole)), None) => answered(whole, "miss"),
        (Ok(Verdict::Answer(whole)), Some(_)) => answered(whole, "replaced"),
        (Ok(Verdict::Unchanged(renewal)), Some(Whole { kept, body })) => {
            let kept = kept.renewed(renewal);
            answered(Whole { kept, body }, "renewed")
        }
        // Nothing was named that could be unchanged.
        (Ok(Verdict::Unchanged(_)), None) => Settled::Trouble {
            why,
            trouble: Trouble::Malformed,
        },
        // An old "unknown" is nothing to fall back on: Lidarr would delete what has come since.
        (Err(trouble), Some(whole)) if whole.kept.status == 200 => {
            Settled::Stale { whole, trouble }
        }
        (Err(trouble), _) => Settled::Trouble { why, trouble },
    }
}

impl Settled {
    fn into_answer(self, now: u64) -> Answer {
        match self {
            Self::Answer {
                whole: Whole { kept, body },
                why,
                upstream,
                outcome,
            } => {
                let (shared_for, is_kept) = match kept.freshness.at(now) {
                    State::Fresh { ttl } => (ttl, true),
                    State::Stale { .. } => (STALE_FOR, true),
                    State::Expired => (0, false),
                };
                let own = CacheStatus::forwarded(CACHE_NAME, why).stored(is_kept);
                let serving = Serving {
                    shared_for,
                    cache_status: joined(upstream, &own),
                    outcome,
                    trouble: None,
                };
                Answer::kept(&kept, ResponseBody::Body(body), serving, now)
            }
            Self::Stale {
                whole: Whole { kept, body },
                trouble,
            } => {
                let age = now.saturating_sub(kept.freshness.fresh_until);
                let own = CacheStatus::hit(CACHE_NAME, -signed(age)).detail(trouble.detail());
                let serving = Serving {
                    shared_for: STALE_FOR,
                    cache_status: own.to_string(),
                    outcome: "stale",
                    trouble: Some(trouble),
                };
                Answer::kept(&kept, ResponseBody::Body(body), serving, now)
            }
            Self::Trouble { why, trouble } => {
                let own = CacheStatus::forwarded(CACHE_NAME, why).detail(trouble.detail());
                Answer::unavailable(trouble, &own)
            }
        }
    }
}

/// `Cache-Status` lists caches from the origin outwards (RFC 9211 §2).
pub fn joined(upstream: Option<String>, own: &CacheStatus) -> String {
    match upstream {
        Some(upstream) => format!("{upstream}, {own}"),
        None => own.to_string(),
    }
}

fn signed(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
