//! A search's answer, joined of the answers of what it found.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use futures_util::stream::{self, StreamExt};

use linernotes_shared::cache::{CacheKey, Freshness, State};
use linernotes_shared::request::{Entity, Scope, Search};

use super::Hit;
use super::ranked::{Ranked, ranked};
use super::terms::{Term, term};
use crate::cache::{Composed, Kind, Segment, Served, Unavailable, made, now};
use crate::lookup;
use crate::service::Service;

/// Answers built at once.
const AT_ONCE: usize = 4;

/// Seconds for which an answer is fresh that something is left out of, or that is stale itself.
const SOON: u64 = 60;

/// Seconds for which an answer to a name is fresh, at most.
const NAMED: u64 = 60 * 60;

/// What was found is there, but none of it can be had now.
#[derive(Debug, thiserror::Error)]
#[error("none of what was found can be had now")]
struct NothingToShow;

/// The answer of a search.
pub async fn search(service: &Arc<Service>, search: &Search) -> Result<Served, Unavailable> {
    let ranked = match term(&search.query) {
        None => ranked(service, search).await?,
        Some(Term::Malformed) => Ranked::of(Vec::new(), SOON),
        Some(Term::Mbid(mbid)) => {
            let entities = match search.scope {
                Scope::One(entity) => vec![entity],
                Scope::All => vec![Entity::Artist, Entity::Album],
            };
            let hits = entities.into_iter().map(|entity| Hit {
                score: 100,
                entity,
                mbid,
            });
            Ranked::of(hits.collect(), NAMED)
        }
    };
    show(service, ranked, search.scope == Scope::All).await
}

/// The answer of hits that were found otherwise than by a search, fresh for so many seconds.
pub async fn albums(
    service: &Arc<Service>,
    hits: Vec<Hit>,
    fresh_seconds: u64,
) -> Result<Served, Unavailable> {
    show(service, Ranked::of(hits, fresh_seconds), false).await
}

impl Ranked {
    /// Hits that are known just now.
    fn of(hits: Vec<Hit>, fresh_seconds: u64) -> Self {
        let now = now();
        Self {
            hits,
            freshness: Freshness::starting(now, fresh_seconds, 0),
            updated: now,
            status: made(),
        }
    }
}

async fn show(
    service: &Arc<Service>,
    ranked: Ranked,
    with_scores: bool,
) -> Result<Served, Unavailable> {
    let found = fetch(service, &ranked.hits).await;
    let mut items: Vec<(&Hit, &Composed)> = Vec::new();
    let mut is_whole = true;
    for hit in &ranked.hits {
        match found.get(&key(hit)) {
            Some(answer) if answer.kind == Kind::Found => items.push((hit, answer)),
            // It has gone since it was found.
            Some(_) => {}
            None => is_whole = false,
        }
    }
    if items.is_empty() && !is_whole {
        return Err(Unavailable(Arc::new(NothingToShow)));
    }
    let now = now();
    let soonest = items
        .iter()
        .map(|(_, answer)| match answer.freshness.at(now) {
            State::Fresh { .. } => answer.freshness.fresh_until,
            State::Stale { .. } | State::Expired => now + SOON,
        })
        .chain((!is_whole).then_some(now + SOON))
        .fold(ranked.freshness.fresh_until, u64::min);
    let tags: BTreeSet<&String> = items.iter().flat_map(|(_, answer)| &answer.tags).collect();
    let body = join(&items, with_scores);
    Ok(Served {
        answer: Composed {
            kind: Kind::Found,
            etag: body.etag(),
            body,
            tags: tags.into_iter().cloned().collect(),
            freshness: Freshness {
                fresh_until: soonest,
                stale_until: ranked.freshness.stale_until,
            },
            updated: ranked.updated,
        },
        status: ranked.status,
    })
}

/// The answers of hits: the fresh ones in one read, the others each in its own way, as far as they come in time. What
/// comes later is kept for the next search.
async fn fetch(service: &Arc<Service>, hits: &[Hit]) -> HashMap<CacheKey, Composed> {
    let keys: Vec<CacheKey> = hits.iter().map(key).collect();
    let mut found = service.cache.fresh(&keys).await;
    let missing = hits
        .iter()
        .copied()
        .filter(|hit| !found.contains_key(&key(hit)));
    let missing: Vec<Hit> = missing.collect();
    let mut fetched = stream::iter(missing)
        .map(|hit| async move {
            let served = lookup::answer(service, hit.entity, hit.mbid).await.ok()?;
            Some((key(&hit), served.answer))
        })
        .buffer_unordered(AT_ONCE);
    let deadline = tokio::time::Instant::now() + service.searching.budget();
    while let Ok(Some(answer)) = tokio::time::timeout_at(deadline, fetched.next()).await {
        found.extend(answer);
    }
    found
}

fn key(hit: &Hit) -> CacheKey {
    CacheKey::lookup(hit.entity, hit.mbid)
}

/// A JSON array of the answers, without compressing any of them again.
fn join(items: &[(&Hit, &Composed)], with_scores: bool) -> Segment {
    let text = |text: String| Segment::new(text.as_bytes());
    let mut own = vec![text("[".to_owned())];
    for (place, (hit, _)) in items.iter().enumerate() {
        let comma = if place > 0 { "," } else { "" };
        own.push(text(if with_scores {
            let end = if place > 0 { "}" } else { "" };
            format!("{end}{comma}{{\"score\":{},\"{}\":", hit.score, hit.entity)
        } else {
            comma.to_owned()
        }));
    }
    let end = if with_scores && !items.is_empty() {
        "}]"
    } else {
        "]"
    };
    let end = text(end.to_owned());
    let pieces: Vec<&Segment> = std::iter::once(&own[0])
        .chain(
            own[1..]
                .iter()
                .zip(items)
                .flat_map(|(before, (_, answer))| [before, &answer.body]),
        )
        .chain([&end])
        .collect();
    Segment::join(pieces)
}
