//! Questions whose answers are kept: a fresh copy, else a stale one while a new answer is fetched, else the origin's
//! answer, else any usable copy, else 503.

use std::rc::Rc;
use std::time::Duration;

use linernotes_shared::http::{CacheStatus, Forward};
use linernotes_shared::request::Request;

use crate::answer::{Answer, Body, Serving};
use crate::asked::Asked;
use crate::config::Config;
use crate::copies::colo::{self, Found};
use crate::copies::durable::Durable;
use crate::copies::{Kept, Usable, Whole};
use crate::flight::{self, Flight, Seat};
use crate::keep::Place;
use crate::limit;
use crate::origin::{self, Ask, Trouble};
use crate::patience::{FOR_A_WORD, within};
use crate::purge::{self, marks};
use crate::settle::{STALE_FOR, Settled, Wait, settle, signed};
use crate::{CACHE_NAME, Edge, log, now};

/// Time for what a flight does besides asking the origin: looking for copies.
const ALLOWANCE: Duration = Duration::from_secs(5);
/// How an answer came about that is a durable copy, for the log.
const DURABLE: &str = "durable";

/// What identifies a question, and how to ask it.
#[derive(Clone, Debug)]
struct Key {
    path: String,
    /// Where its copy is kept in the data centre.
    url: String,
    /// Of the client that has the origin asked.
    request_id: String,
}

/// Answers from a fresh copy by what is known of it: the line for the log, and what the response is made from besides
/// the copy's body, as JSON. `None` if more is to be done than that.
///
/// `now_ms` is in unix milliseconds.
pub fn hit(asked: &Asked, kept: &str, now_ms: u64, config: &Config) -> Option<[String; 2]> {
    let path = asked.kept_path()?;
    let kept = Kept::from_line(kept)?;
    let now = now_ms / 1000;
    let Usable::Fresh { ttl } = kept.usable(now, config.revalidate_for) else {
        return None;
    };
    if marks::are_due(&kept, &path, now, config) {
        return None;
    }
    let answer = fresh(kept, Body::Empty, ttl, ttl, now, config);
    let init = answer.init_around_body(&asked.client)?;
    let line = log::request(asked, answer.status, answer.outcome, None, now_ms);
    Some([line, init])
}

/// Answers such a question, if its copy, where there is one, isn't a [hit].
pub async fn answer(
    question: &Request,
    asked: &Asked,
    found: Option<Found>,
    request: &web_sys::Request,
    edge: &Rc<Edge>,
) -> Answer {
    let path = question.canonical_path();
    let key = Key {
        url: colo::url(&edge.config, &path),
        path,
        request_id: asked.client.request_id.clone(),
    };
    let Some(mut copy) = found else {
        return wait(key, None, request, edge).await;
    };
    let mut longest = u64::MAX;
    let seen_at = now();
    let usable = copy.kept.usable(seen_at, edge.config.revalidate_for);
    if matches!(usable, Usable::Fresh { .. })
        && marks::are_due(&copy.kept, &key.path, seen_at, &edge.config)
    {
        if edge.config.workers_cache {
            // What is said now, the cache in front repeats for an hour. So who comes during the look looks too.
            match marks::purged_at(&copy.kept, &key.path, edge).await {
                Ok(Some(at)) => {
                    purge::age(&key.path, at, &edge.config).await;
                    copy.kept.purge(at);
                }
                Ok(None) => marks::looked(&key.path, seen_at),
                // It may have been purged, so who comes next looks again, and soon.
                Err(marks::Unreadable) => longest = STALE_FOR,
            }
        } else {
            marks::looked(&key.path, seen_at);
            look_for_purge(&copy, key.clone(), edge);
        }
    }
    // Once more: the look may have taken a while, and have found a mark.
    let now = now();
    match copy.kept.usable(now, edge.config.revalidate_for) {
        Usable::Fresh { ttl } => {
            let (kept, body) = copy.into_parts();
            fresh(kept, body, ttl, ttl.min(longest), now, &edge.config)
        }
        Usable::Revalidating { age } => {
            revalidate(key, edge);
            let (kept, body) = copy.into_parts();
            let serving = Serving {
                shared_for: STALE_FOR,
                cache_status: CacheStatus::hit(CACHE_NAME, -signed(age)).to_string(),
                outcome: "revalidating",
                trouble: None,
            };
            Answer::kept(kept, body, serving, now, &edge.config)
        }
        Usable::InTrouble { .. } => wait(key, Some(copy), request, edge).await,
        Usable::No => wait(key, None, request, edge).await,
    }
}

/// An answer from a copy that stays fresh for `ttl` seconds, for `shared_for` of which caches further out may keep it.
fn fresh(kept: Kept, body: Body, ttl: u64, shared_for: u64, now: u64, config: &Config) -> Answer {
    let serving = Serving {
        shared_for,
        cache_status: CacheStatus::hit(CACHE_NAME, signed(ttl)).to_string(),
        outcome: "hit",
        trouble: None,
    };
    Answer::kept(kept, body, serving, now, config)
}

/// Waits for the origin's answer, together with all others who do.
async fn wait(
    key: Key,
    copy: Option<Found>,
    request: &web_sys::Request,
    edge: &Rc<Edge>,
) -> Answer {
    let limit = edge.config.origin.timeout + ALLOWANCE;
    let trouble = match limit::count(request, edge).await {
        Ok(()) => {
            let (flight, joined) = match flight::board(&key.path, limit) {
                Seat::Joined(flight) => (flight, true),
                Seat::First(flight) => {
                    // Goes on if this client goes away: others may wait for it.
                    let flying = fly(Rc::clone(&flight), key.clone(), Rc::clone(edge));
                    edge.context.wait_until(async {
                        flying.await;
                    });
                    (flight, false)
                }
            };
            if let Some(settled) = flight.wait(limit).await {
                let wait = Wait {
                    joined,
                    is_outdated: flight.purged_at() > 0,
                };
                return settled.to_answer(now(), wait, &edge.config);
            }
            Trouble::Timeout
        }
        Err(trouble) => trouble,
    };
    let copy = match copy {
        Some(copy) => copy.read().await,
        None => None,
    };
    let settled = match settle(copy, Err(trouble), now()) {
        Settled::Trouble {
            why,
            trouble: trouble @ Trouble::TooMany { .. },
        } => {
            // Nothing is asked of the origin for what is kept somewhere.
            let found = within(FOR_A_WORD, instead(&key, why, trouble, edge)).await;
            found.unwrap_or(Settled::Trouble { why, trouble })
        }
        settled => settled,
    };
    settled.to_answer(now(), Wait::default(), &edge.config)
}

/// Has a new answer fetched once this one is out, unless somebody in this data centre is at it.
fn revalidate(key: Key, edge: &Rc<Edge>) {
    let edge_of_it = Rc::clone(edge);
    edge.context.wait_until(async move {
        let edge = edge_of_it;
        let limit = edge.config.origin.timeout + ALLOWANCE;
        let refreshing = format!("/refreshing{}", key.path);
        let Seat::First(claiming) = flight::board(&refreshing, limit) else {
            return;
        };
        // Without a fresh answer it is left in place: for so long the copy is served and the origin spared.
        let claim = colo::url(&edge.config, &refreshing);
        if colo::claim(&claim, limit.as_secs()).await {
            // Boarded only now: whoever joins that flight waits for what it brings.
            let is_fresh = match flight::board(&key.path, limit) {
                Seat::First(flight) => fly(flight, key, edge).await,
                Seat::Joined(_) => true,
            };
            if is_fresh {
                colo::release(&claim).await;
            }
        }
        claiming.end(&refreshing);
    });
}

/// Looks once this answer is out whether it was purged elsewhere, and has a new one fetched if so.
fn look_for_purge(copy: &Found, key: Key, edge: &Rc<Edge>) {
    let kept = copy.kept.clone();
    let edge_of_it = Rc::clone(edge);
    edge.context.wait_until(async move {
        if let Ok(Some(at)) = marks::purged_at(&kept, &key.path, &edge_of_it).await {
            purge::age(&key.path, at, &edge_of_it.config).await;
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
    // A purge meanwhile is of what the origin read before.
    let asked_at = now();
    let reply = origin::ask(&ask, &edge.config.origin).await;
    let mut settled = match settle(copy, reply, asked_at) {
        Settled::Trouble { why, trouble } => instead(&key, why, trouble, &edge).await,
        settled => settled,
    };
    let place = Place {
        path: &key.path,
        url: &key.url,
        flight: &flight,
    };
    if let Settled::Answer { whole, why, .. } = &settled {
        let (why, is_unknown) = (*why, whole.kept.status == 404);
        let admitted = place.admit(&whole.kept, asked_at).await;
        // What is newer may have come after a purge.
        if admitted.is_none_or(|kept| kept.is_purged()) {
            flight.purge(asked_at);
            flight.end(&key.path);
            if is_unknown {
                // Lidarr would delete what has come since.
                settled = instead(&key, why, Trouble::Outdated, &edge).await;
            }
        }
    }
    let settled = Rc::new(settled);
    flight.arrive(Rc::clone(&settled));

    let is_fresh = match &*settled {
        Settled::Answer { whole, .. } => place.keep(whole, before.as_ref(), asked_at, &edge).await,
        Settled::Stale {
            whole,
            outcome: DURABLE,
            ..
        } => {
            // The next to come finds it here.
            let (kept, body) = (&whole.kept, &whole.body);
            place.put(kept, body, kept.made_at, &edge).await;
            false
        }
        Settled::Passing { .. } => true,
        Settled::Stale { .. } | Settled::Trouble { .. } => false,
    };
    flight.end(&key.path);
    is_fresh
}

/// What is served instead of an answer, where the data centre had no copy when the origin was asked.
async fn instead(key: &Key, why: Forward, trouble: Trouble, edge: &Edge) -> Settled {
    // Another isolate may have had an answer meanwhile, and that is newer than any durable copy.
    let (whole, outcome) = match usable_copy(key, edge).await {
        Some(whole) => (whole, "stale"),
        None => match durable_copy(key, edge).await {
            Some(whole) => (whole, DURABLE),
            None => return Settled::Trouble { why, trouble },
        },
    };
    Settled::Stale {
        whole,
        trouble,
        outcome,
    }
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

async fn durable_copy(key: &Key, edge: &Edge) -> Option<Whole> {
    let whole = Durable::of(&edge.env)?.get(&key.path).await?;
    match whole.kept.usable(now(), edge.config.revalidate_for) {
        Usable::No => None,
        _ => Some(whole),
    }
}

#[cfg(test)]
mod tests {
    use linernotes_shared::cache::Freshness;

    use crate::config::example;
    use crate::copies::{Coding, kept_example as kept};

    use super::*;

    const PATH: &str = "/artist/66c662b6-6e2f-4930-8610-912e24c63ed1";

    /// A request 7 ms before the answer.
    fn asked(method: &str, path: &str, coding: &str, if_none_match: &str) -> Asked {
        Asked::read(&format!(
            "1009993\n{method}\nhttps://music.example{path}\n{coding}\n{if_none_match}\nid-1"
        ))
    }

    fn get() -> Asked {
        asked("GET", PATH, "gzip", "")
    }

    fn answered(asked: &Asked, kept: &Kept, config: &Config) -> Option<[String; 2]> {
        hit(asked, &kept.to_line(), 1_010_000, config)
    }

    #[test]
    fn a_fresh_copy_is_an_answer_by_what_is_known_of_it() {
        let [line, init] = answered(&get(), &kept(), &example()).unwrap();
        assert_eq!(
            line,
            format!(
                r#"{{"message":"answered","method":"GET","path":"{PATH}","error":null,"status":200,"cache":"hit","trouble":null,"request_id":"id-1","ms":7}}"#
            )
        );
        assert_eq!(
            init,
            concat!(
                r#"{"status":200,"headers":{"cache-control":"public, s-maxage=60, max-age=0","age":"10","#,
                r#""cache-status":"linernotes-edge; hit; ttl=50","content-type":"application/json; charset=utf-8","#,
                r#""vary":"accept-encoding","etag":"\"a1\"","cache-tag":"artist-x","content-encoding":"gzip","#,
                r#""x-request-id":"id-1"},"encodeBody":"manual"}"#
            )
        );
    }

    #[test]
    fn what_takes_more_than_a_look_is_no_hit() {
        let config = example();
        for (asked, why) in [
            (asked("HEAD", PATH, "gzip", ""), "no body"),
            (asked("GET", PATH, "gzip", r#""a1""#), "the client has it"),
            (asked("GET", PATH, "", ""), "to be decoded"),
            (asked("GET", "/recent/artist", "gzip", ""), "never kept"),
            (asked("GET", "/nothing", "gzip", ""), "no such route"),
        ] {
            assert_eq!(answered(&asked, &kept(), &config), None, "{why}");
        }
        let redirect = Kept {
            status: 301,
            coding: Coding::None,
            location: Some("../../artist/x".to_owned()),
            ..kept()
        };
        let purged = Kept {
            purged_at: 1_000,
            ..kept()
        };
        let stale = Kept {
            freshness: Freshness::starting(900, 60, 600),
            ..kept()
        };
        for kept in [redirect, purged, stale] {
            assert_eq!(answered(&get(), &kept, &config), None, "{kept:?}");
        }
        assert_eq!(hit(&get(), "garbled", 1_010_000, &config), None);
    }

    #[test]
    fn a_copy_whose_marks_are_to_be_looked_for_is_no_hit_until_they_are() {
        let config = Config {
            is_durable: true,
            ..example()
        };
        let old = Kept {
            made_at: 900,
            ..kept()
        };
        assert!(answered(&get(), &kept(), &config).is_some(), "too young");
        assert_eq!(answered(&get(), &old, &config), None);
        assert_eq!(answered(&get(), &old, &config), None, "nobody has looked");
        marks::looked(PATH, 1_010);
        assert!(answered(&get(), &old, &config).is_some());
    }
}
