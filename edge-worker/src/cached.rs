//! Questions whose answers are kept: a fresh copy, else a stale one while a new answer is fetched, else the origin's
//! answer, else any usable copy, else 503.

use std::rc::Rc;
use std::time::Duration;

use linernotes_shared::http::CacheStatus;
use linernotes_shared::request::{Caching, Request};

use crate::answer::{Answer, Serving};
use crate::client::Client;
use crate::copies::colo::{self, Found};
use crate::copies::durable::{self, Durable};
use crate::copies::{Usable, Whole};
use crate::flight::{self, Flight, Seat};
use crate::limit;
use crate::origin::{self, Ask, Trouble};
use crate::purge::marks;
use crate::settle::{STALE_FOR, Settled, settle, signed};
use crate::{CACHE_NAME, Edge, now};

/// Time for what a flight does besides asking the origin: looking for copies.
const ALLOWANCE: Duration = Duration::from_secs(5);

/// What identifies a question, and how to ask it.
#[derive(Clone, Debug)]
struct Key {
    path: String,
    /// Where its copy is kept in the data centre.
    url: String,
    caching: Caching,
    /// Of the client that has the origin asked.
    request_id: String,
}

/// Answers such a question.
pub async fn answer(
    question: &Request,
    request: &web_sys::Request,
    client: &Client,
    edge: &Rc<Edge>,
) -> Answer {
    let path = question.canonical_path();
    let key = Key {
        url: colo::url(&edge.config, &path),
        path,
        caching: question.caching(),
        request_id: client.request_id.clone(),
    };
    let Some(copy) = colo::get(&key.url).await else {
        return wait(key, None, request, edge).await;
    };
    let now = now();
    match copy.kept.usable(now, edge.config.revalidate_for) {
        Usable::Fresh { ttl } => {
            if marks::is_due(&copy.kept, &key.path, now, edge) {
                if edge.config.workers_cache {
                    // What is said now, the cache in front repeats for an hour.
                    if marks::is_purged(&copy.kept, &key.path, edge).await {
                        return wait(key, Some(copy), request, edge).await;
                    }
                } else {
                    look_for_purge(&copy, key, edge);
                }
            }
            hit(copy, signed(ttl), ttl, "hit", now, edge)
        }
        Usable::Revalidating { age } => {
            revalidate(key, edge);
            hit(copy, -signed(age), STALE_FOR, "revalidating", now, edge)
        }
        Usable::InTrouble { .. } => wait(key, Some(copy), request, edge).await,
        Usable::No => wait(key, None, request, edge).await,
    }
}

fn hit(
    copy: Found,
    ttl: i64,
    shared_for: u64,
    outcome: &'static str,
    now: u64,
    edge: &Edge,
) -> Answer {
    let (kept, body) = copy.into_parts();
    let serving = Serving {
        shared_for,
        cache_status: CacheStatus::hit(CACHE_NAME, ttl).to_string(),
        outcome,
        trouble: None,
    };
    Answer::kept(kept, body, serving, now, &edge.config)
}

/// Waits for the origin's answer, together with all others who do.
async fn wait(
    key: Key,
    copy: Option<Found>,
    request: &web_sys::Request,
    edge: &Rc<Edge>,
) -> Answer {
    let limit = edge.config.origin.timeout + ALLOWANCE;
    let caching = key.caching;
    let trouble = match limit::count(request, edge).await {
        Ok(()) => {
            let (flight, joined) = match flight::board(&key.path, limit) {
                Seat::Joined(flight) => (flight, true),
                Seat::First(flight) => {
                    // Goes on if this client goes away: others may wait for it.
                    let flying = fly(Rc::clone(&flight), key, Rc::clone(edge));
                    edge.context.wait_until(async {
                        flying.await;
                    });
                    (flight, false)
                }
            };
            if let Some(settled) = flight.wait(limit).await {
                return settled.to_answer(now(), joined, &edge.config);
            }
            Trouble::Timeout
        }
        Err(trouble) => trouble,
    };
    let copy = match copy {
        Some(copy) => copy.read().await,
        None => None,
    };
    settle(copy, Err(trouble), caching, now()).to_answer(now(), false, &edge.config)
}

/// Has a new answer fetched once this one is out, unless somebody in this data centre is at it.
fn revalidate(key: Key, edge: &Rc<Edge>) {
    let edge_of_it = Rc::clone(edge);
    edge.context.wait_until(async move {
        let edge = edge_of_it;
        let limit = edge.config.origin.timeout + ALLOWANCE;
        let Seat::First(flight) = flight::board(&key.path, limit) else {
            return;
        };
        // Without a fresh answer it is left in place: for so long the copy is served and the origin spared.
        let claim = colo::url(&edge.config, &format!("/refreshing{}", key.path));
        if colo::claim(&claim, limit.as_secs()).await {
            if fly(flight, key, edge).await {
                colo::release(&claim).await;
            }
        } else {
            flight.end(&key.path);
        }
    });
}

/// Looks once this answer is out whether it was purged elsewhere, and has a new one fetched if so.
fn look_for_purge(copy: &Found, key: Key, edge: &Rc<Edge>) {
    let kept = copy.kept.clone();
    let edge_of_it = Rc::clone(edge);
    edge.context.wait_until(async move {
        if marks::is_purged(&kept, &key.path, &edge_of_it).await {
            let limit = edge_of_it.config.origin.timeout + ALLOWANCE;
            if let Seat::First(flight) = flight::board(&key.path, limit) {
                fly(flight, key, edge_of_it).await;
            }
        }
    });
}

/// Asks the origin on behalf of all who wait, and keeps what it says. Whether it gave a fresh answer: in trouble of its
/// own, it gives a stale one.
async fn fly(flight: Rc<Flight>, key: Key, edge: Rc<Edge>) -> bool {
    let copy = usable_copy(&key, &edge).await;
    let before = copy.as_ref().map(|copy| copy.kept.clone());
    let etag = before.as_ref().and_then(|kept| kept.etag.clone());
    let ask = Ask::lookup(key.path.clone(), etag, key.request_id.clone());
    let reply = origin::ask(&ask, &edge.config.origin).await;
    let now = now();
    let settled = match settle(copy, reply, key.caching, now) {
        Settled::Trouble { why, trouble } => match durable_copy(&key, now, &edge).await {
            Some(whole) => Settled::Stale {
                whole,
                trouble,
                outcome: "durable",
            },
            None => Settled::Trouble { why, trouble },
        },
        settled => settled,
    };
    let settled = Rc::new(settled);
    flight.arrive(Rc::clone(&settled));

    let is_fresh = match &*settled {
        Settled::Answer { whole, .. } => {
            let (mut kept, body) = (whole.kept.clone(), &whole.body);
            let durable = Durable::of(&edge.env)
                .filter(|_| durable::is_worth_it(&kept, before.as_ref(), now));
            if durable.is_some() {
                kept.durable_at = now;
            }
            colo::put(&key.url, &kept, body, now).await;
            if let Some(durable) = durable
                && !durable.put(&key.path, &kept, body, now).await
            {
                kept.durable_at = whole.kept.durable_at;
                colo::put(&key.url, &kept, body, now).await;
            }
            let usable = kept.usable(now, edge.config.revalidate_for);
            matches!(usable, Usable::Fresh { .. })
        }
        Settled::Stale {
            whole,
            outcome: "durable",
            ..
        } => {
            // The next to come finds it here.
            colo::put(&key.url, &whole.kept, &whole.body, now).await;
            false
        }
        Settled::Passing { .. } => true,
        Settled::Stale { .. } | Settled::Trouble { .. } => false,
    };
    flight.end(&key.path);
    is_fresh
}

/// The data centre's copy, if it may be served in trouble. It is read before the origin is given up on: it must be known
/// to be whole.
async fn usable_copy(key: &Key, edge: &Edge) -> Option<Whole> {
    let copy = colo::get(&key.url).await?;
    match copy.kept.usable(now(), edge.config.revalidate_for) {
        Usable::No => None,
        _ => copy.read().await,
    }
}

async fn durable_copy(key: &Key, now: u64, edge: &Edge) -> Option<Whole> {
    let whole = Durable::of(&edge.env)?.get(&key.path).await?;
    match whole.kept.usable(now, edge.config.revalidate_for) {
        Usable::No => None,
        _ => Some(whole),
    }
}
