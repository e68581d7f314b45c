//! A search's answer: the answers of what it found, joined as they are kept.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use futures_util::stream::{self, StreamExt};
use tokio::time::{Instant, timeout_at};

use linernotes_shared::Mbid;
use linernotes_shared::cache::{CacheKey, Freshness, State, fitting, tag};
use linernotes_shared::http::{CacheStatus, Forward};
use linernotes_shared::request::{Entity, Search, SearchKind};

use super::terms::Term;
use super::{Hit, list, wants};
use crate::cache::{Composed, Kind, NAME, Segment, Served, now};
use crate::lookup;
use crate::service::Service;
use crate::telemetry::with_causes;

/// Entities built at once for one answer: others want to be built too.
const AT_ONCE: usize = 4;

/// How long an answer that lacks something is used.
const PARTIAL_SECONDS: u64 = 60;

/// How long an answer is used at most, in seconds.
const MOST_SECONDS: u64 = 60 * 60;

/// A search can't be answered now. It says nothing about what there is.
#[derive(Debug, thiserror::Error)]
#[error("the search can't be answered now")]
pub struct Unanswered;

/// What an item of an answer comes to.
enum Item {
    Here(Hit, Arc<Composed>),
    /// The catalogue doesn't know it, or not any more.
    Gone,
    /// It can't be had now.
    Missing,
}

/// The answer of `GET /search`.
pub async fn search(service: &Arc<Service>, search: &Search) -> Result<Served, Unanswered> {
    match Term::of(&search.query) {
        Term::Text => {}
        Term::Mbid(mbid) => return by_mbid(service, search.kind, mbid).await,
        Term::Malformed => return Ok(joined(Vec::new(), search.kind, usable_for(MOST_SECONDS))),
    }
    let listed = list::of(service, search).await.map_err(|error| {
        tracing::error!(error = with_causes(&error), "search not answered");
        Unanswered
    })?;
    let items = items(service, listed.hits).await;
    let is_whole = items.iter().all(|item| matches!(item, Item::Here(..)));
    let is_in_trouble = items.iter().any(|item| matches!(item, Item::Missing));
    let here = here(items);
    // An empty list would say that there is nothing.
    if is_in_trouble && here.is_empty() {
        return Err(Unanswered);
    }
    let mut freshness = listed.served.answer.freshness;
    if !is_whole {
        freshness = shorter(freshness, usable_for(PARTIAL_SECONDS));
    }
    let mut served = joined(here, search.kind, freshness);
    served.status = listed.served.status;
    Ok(served)
}

/// The artist or album of an MBID.
async fn by_mbid(
    service: &Arc<Service>,
    kind: SearchKind,
    mbid: Mbid,
) -> Result<Served, Unanswered> {
    let hits = [Entity::Artist, Entity::Album]
        .into_iter()
        .filter(|entity| wants(kind, *entity))
        .map(|entity| Hit {
            entity,
            mbid,
            score: 100,
        })
        .collect();
    let items = items(service, hits).await;
    let is_in_trouble = items.iter().any(|item| matches!(item, Item::Missing));
    let here = here(items);
    if is_in_trouble && here.is_empty() {
        return Err(Unanswered);
    }
    let seconds = if here.is_empty() {
        PARTIAL_SECONDS
    } else {
        MOST_SECONDS
    };
    Ok(joined(here, kind, usable_for(seconds)))
}

/// The albums of MBIDs, as a list.
pub async fn albums(service: &Arc<Service>, mbids: &[Mbid]) -> Result<Served, Unanswered> {
    let hits = mbids.iter().map(|mbid| Hit {
        entity: Entity::Album,
        mbid: *mbid,
        score: 100,
    });
    let items = items(service, hits.collect()).await;
    let is_in_trouble = items.iter().any(|item| matches!(item, Item::Missing));
    let here = here(items);
    if is_in_trouble && here.is_empty() {
        return Err(Unanswered);
    }
    Ok(joined(here, SearchKind::Album, usable_for(PARTIAL_SECONDS)))
}

fn here(items: Vec<Item>) -> Vec<(Hit, Arc<Composed>)> {
    items
        .into_iter()
        .filter_map(|item| match item {
            Item::Here(hit, answer) => Some((hit, answer)),
            Item::Gone | Item::Missing => None,
        })
        .collect()
}

/// What is kept of each hit, read at once; what isn't kept or stale is built, as far as the budget goes.
async fn items(service: &Arc<Service>, hits: Vec<Hit>) -> Vec<Item> {
    let deadline = Instant::now() + service.search_budget;
    let keys: Vec<CacheKey> = hits
        .iter()
        .map(|hit| CacheKey::lookup(hit.entity, hit.mbid))
        .collect();
    let kept = service.cache.kept_answers(&keys).await;
    let settling = hits
        .into_iter()
        .zip(keys)
        .zip(kept)
        .map(|((hit, key), kept)| settle(Arc::clone(service), hit, key, kept, deadline));
    stream::iter(settling).buffered(AT_ONCE).collect().await
}

async fn settle(
    service: Arc<Service>,
    hit: Hit,
    key: CacheKey,
    kept: Option<Arc<Composed>>,
    deadline: Instant,
) -> Item {
    if let Some(kept) = &kept
        && matches!(kept.state(), State::Fresh { .. })
    {
        return item(hit, kept.clone());
    }
    let builder = Arc::clone(&service);
    let settling = service.cache.settle(key, kept.clone(), || async move {
        lookup::build_for_request(&builder, hit.entity, hit.mbid).await
    });
    match timeout_at(deadline, settling).await {
        Ok(Ok(served)) => item(hit, served.answer),
        // The build goes on; whoever asks next finds its outcome.
        Ok(Err(_)) | Err(_) => match kept {
            Some(kept) if kept.state() != State::Expired => item(hit, kept),
            _ => Item::Missing,
        },
    }
}

fn item(hit: Hit, answer: Arc<Composed>) -> Item {
    match answer.kind {
        Kind::Found => Item::Here(hit, answer),
        Kind::Unknown => Item::Gone,
    }
}

fn usable_for(seconds: u64) -> Freshness {
    Freshness::starting(now(), seconds, 0)
}

fn shorter(one: Freshness, other: Freshness) -> Freshness {
    Freshness {
        fresh_until: one.fresh_until.min(other.fresh_until),
        stale_until: one.stale_until.min(other.stale_until),
    }
}

/// The answers as one list, in their order, without compressing any again.
fn joined(items: Vec<(Hit, Arc<Composed>)>, kind: SearchKind, freshness: Freshness) -> Served {
    static OPEN: LazyLock<Segment> = LazyLock::new(|| Segment::new(b"["));
    static CLOSE: LazyLock<Segment> = LazyLock::new(|| Segment::new(b"]"));

    let mut freshness = shorter(
        freshness,
        Freshness::starting(now(), MOST_SECONDS, u64::MAX),
    );
    let mut updated = 0;
    let mut around = Vec::with_capacity(items.len());
    for (place, (hit, answer)) in items.iter().enumerate() {
        freshness = shorter(freshness, answer.freshness);
        updated = updated.max(answer.updated);
        let comma = if place == 0 { "" } else { "," };
        around.push(match kind {
            SearchKind::Artist | SearchKind::Album => (comma.to_owned(), ""),
            SearchKind::All => match hit.entity {
                Entity::Artist => (
                    format!(r#"{comma}{{"score":{},"artist":"#, hit.score),
                    r#","album":null}"#,
                ),
                Entity::Album => (
                    format!(r#"{comma}{{"score":{},"artist":null,"album":"#, hit.score),
                    "}",
                ),
            },
        });
    }
    let around: Vec<(Segment, Segment)> = around
        .into_iter()
        .map(|(before, after)| {
            (
                Segment::new(before.as_bytes()),
                Segment::new(after.as_bytes()),
            )
        })
        .collect();
    let mut pieces = vec![&*OPEN];
    for ((_, answer), (before, after)) in items.iter().zip(&around) {
        pieces.extend([before, &answer.body, after]);
    }
    pieces.push(&CLOSE);
    let body = Segment::join(pieces);
    Served {
        answer: Arc::new(Composed {
            kind: Kind::Found,
            etag: body.etag(),
            body,
            tags: tags(&items),
            freshness,
            updated,
        }),
        status: CacheStatus::forwarded(NAME, Forward::Miss),
    }
}

/// The tags of everything that shows, each once: of what was found first, then of all that stands in it, as far as a header
/// goes.
fn tags(items: &[(Hit, Arc<Composed>)]) -> Vec<String> {
    let own: Vec<String> = items
        .iter()
        .map(|(hit, _)| tag(hit.entity, hit.mbid))
        .collect();
    let mut seen = HashSet::new();
    let tags = own
        .iter()
        .chain(items.iter().flat_map(|(_, answer)| &answer.tags))
        .map(String::as_str)
        .filter(|tag| seen.insert(*tag));
    fitting(tags).into_iter().map(str::to_owned).collect()
}
