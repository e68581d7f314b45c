//! What a search found, as it is kept: names change rarely, the answers themselves are kept elsewhere.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use linernotes_shared::Mbid;
use linernotes_shared::cache::{CacheKey, Collection, Freshness};
use linernotes_shared::http::CacheStatus;
use linernotes_shared::request::{Entity, Search};

use super::{Hit, SearchError, Searcher};
use crate::cache::{Built, Entry, Kind, Unavailable, now, now_millis};
use crate::service::Service;
use crate::telemetry::with_causes;

/// Seconds for which a list is better than none when nobody can search.
const USABLE: u64 = 30 * 24 * 60 * 60;

/// What was found, and for how long that holds.
#[derive(Clone, Debug)]
pub(super) struct Ranked {
    pub hits: Vec<Hit>,
    pub freshness: Freshness,
    pub updated: u64,
    pub status: CacheStatus,
}

/// A hit as it is stored.
#[derive(Serialize, Deserialize)]
struct Stored {
    score: u8,
    artist: Option<String>,
    album: Option<String>,
}

/// Why nothing was found out.
#[derive(Debug, thiserror::Error)]
enum RankError {
    #[error(transparent)]
    Search(#[from] SearchError),
    #[error("nobody is there to search")]
    NoSearcher,
    #[error("the list can't be written or read as JSON")]
    Json(#[from] serde_json::Error),
}

/// The kept list of a search, or a new one.
pub(super) async fn ranked(service: &Arc<Service>, search: &Search) -> Result<Ranked, Unavailable> {
    let (searching, wanted) = (Arc::clone(service), search.clone());
    let served = service
        .cache
        .get_or_build(
            key(search),
            || async move { build(&searching, &wanted).await },
        )
        .await?;
    let unreadable = |error: RankError| Unavailable(Arc::new(error));
    let plain = served
        .answer
        .body
        .plain()
        .map_err(|error| unreadable(RankError::Json(serde_json::Error::io(error))))?;
    let stored: Vec<Stored> =
        serde_json::from_slice(&plain).map_err(|error| unreadable(error.into()))?;
    Ok(Ranked {
        hits: stored.iter().filter_map(Stored::hit).collect(),
        freshness: served.answer.freshness,
        updated: served.answer.updated,
        status: served.status,
    })
}

async fn build(service: &Service, search: &Search) -> Result<Built, RankError> {
    let started = now_millis();
    let hits = ask(&service.searchers, search).await?;
    let stored: Vec<Stored> = hits.iter().map(Stored::of).collect();
    let now = now();
    let freshness = Freshness::starting(now, service.searching.fresh_seconds, USABLE);
    let answer = Entry::new(
        Kind::Found,
        &serde_json::to_vec(&stored)?,
        Vec::new(),
        freshness,
        now,
    );
    Ok(Built {
        answer: answer.built_at(started),
        profiles: Vec::new(),
    })
}

/// Asks one searcher after the other, until one isn't in trouble.
async fn ask(searchers: &[Arc<dyn Searcher>], search: &Search) -> Result<Vec<Hit>, RankError> {
    let mut trouble = RankError::NoSearcher;
    for searcher in searchers {
        match searcher.search(search).await {
            Ok(hits) => return Ok(hits),
            Err(error) => {
                tracing::warn!(
                    searcher = searcher.name(),
                    error = with_causes(&error),
                    "search failed"
                );
                trouble = error.into();
            }
        }
    }
    Err(trouble)
}

/// A hash, for a query may be longer than a key, and nobody needs to read it there.
fn key(search: &Search) -> CacheKey {
    let name = format!("{:032x}", xxh3_128(search.canonical_path().as_bytes()));
    CacheKey::named(Collection::Search, &name).expect("a hash in hex is a name")
}

impl Stored {
    fn of(hit: &Hit) -> Self {
        let mbid = Some(hit.mbid.to_string());
        match hit.entity {
            Entity::Artist => Self {
                score: hit.score,
                artist: mbid,
                album: None,
            },
            Entity::Album => Self {
                score: hit.score,
                artist: None,
                album: mbid,
            },
        }
    }

    fn hit(&self) -> Option<Hit> {
        let read = |entity: Entity, mbid: &Option<String>| -> Option<(Entity, Mbid)> {
            Some((entity, mbid.as_ref()?.parse().ok()?))
        };
        let (entity, mbid) =
            read(Entity::Artist, &self.artist).or_else(|| read(Entity::Album, &self.album))?;
        Some(Hit {
            score: self.score,
            entity,
            mbid,
        })
    }
}
