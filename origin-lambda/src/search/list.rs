//! What a search found: kept for an hour, and in trouble for longer. The answer is made of it anew each time, so that it
//! shows each artist and album as it is kept.

use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_128;

use linernotes_shared::cache::{CacheKey, Collection};
use linernotes_shared::request::{Request, Search};

use super::{Hit, SearchError, StoredHit};
use crate::cache::{Built, Entry, Kind, Served, Unavailable, now, now_millis};
use crate::service::Service;
use crate::telemetry::with_causes;

/// A list and how it came about.
pub(super) struct Listed {
    /// Best first.
    pub hits: Vec<Hit>,
    /// The list as it is kept.
    pub served: Served,
}

/// Why a list couldn't be made.
#[derive(Debug, thiserror::Error)]
enum ListError {
    #[error(transparent)]
    Search(#[from] SearchError),
    #[error("the list can't be written as JSON")]
    Json(#[from] serde_json::Error),
}

/// There is no list, for now.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoList {
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    #[error("a kept list is damaged")]
    Damaged(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The kept list of a search, or a new one.
pub(super) async fn of(service: &Arc<Service>, search: &Search) -> Result<Listed, NoList> {
    let key = key(search);
    let building = (Arc::clone(service), search.clone(), key.clone());
    let served = service
        .cache
        .get_or_build(key, || async move {
            let (service, search, key) = building;
            build(&service, &search, &key).await
        })
        .await?;
    let hits = read(&served).map_err(NoList::Damaged)?;
    Ok(Listed { hits, served })
}

/// A key of any text: by hash, because a text may be longer than a store's keys.
fn key(search: &Search) -> CacheKey {
    let question = Request::Search(search.clone()).canonical_path();
    CacheKey::named(
        Collection::Search,
        &format!("{:032x}", xxh3_128(question.as_bytes())),
    )
    .expect("hexadecimal digits are a name")
}

async fn build(service: &Service, search: &Search, key: &CacheKey) -> Result<Built, ListError> {
    let started = now_millis();
    let hits = service.search.search(search).await.inspect_err(|error| {
        tracing::warn!(
            provider = service.search.name(),
            error = with_causes(error),
            "search in trouble"
        );
    })?;
    let stored: Vec<StoredHit> = hits.into_iter().map(StoredHit::from).collect();
    let now = now();
    let answer = Entry::new(
        Kind::Found,
        &serde_json::to_vec(&stored)?,
        Vec::new(),
        service.lifetime.search(key, now),
        now,
    );
    Ok(Built {
        answer: answer.built_at(started),
        profiles: Vec::new(),
        unsure: Vec::new(),
        current: None,
    })
}

fn read(served: &Served) -> Result<Vec<Hit>, Box<dyn std::error::Error + Send + Sync>> {
    let stored: Vec<StoredHit> = serde_json::from_slice(&served.answer.body.plain()?)?;
    Ok(stored.into_iter().map(Hit::from).collect())
}
