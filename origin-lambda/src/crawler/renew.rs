use std::collections::HashMap;
use std::sync::Arc;

use futures_util::stream::{self, StreamExt};

use linernotes_shared::cache::{CacheKey, Collection};
use linernotes_shared::request::Entity;

use super::{CrawlError, Report, doubts};
use crate::cache::{Refresh, RefreshError, Refreshed, StoreError, now};
use crate::lookup;
use crate::providers;
use crate::service::Service;
use crate::spotify;
use crate::telemetry::with_causes;

/// What became of a batch.
#[derive(Debug, Default)]
pub(super) struct Renewed {
    /// What became of those that could be renewed.
    pub outcomes: HashMap<CacheKey, Refreshed>,
    /// Those that couldn't, in order.
    pub failed: Vec<CacheKey>,
}

impl Renewed {
    /// Those that say something else than before.
    pub fn changed(&self) -> impl Iterator<Item = &CacheKey> {
        let is_change = |refreshed| {
            matches!(
                refreshed,
                Refreshed::New | Refreshed::Changed | Refreshed::Gone
            )
        };
        self.outcomes
            .iter()
            .filter(move |(_, refreshed)| is_change(**refreshed))
            .map(|(key, _)| key)
    }
}

/// Builds the answers of keys again, so many at once, and counts them. What the catalogue doesn't know any more is noted
/// for a second look.
///
/// That some can't be built is no error, as long as it's their own fault: with a catalogue or store in trouble, nothing
/// of a batch counts as done.
pub(super) async fn all(
    service: &Arc<Service>,
    report: &mut Report,
    keys: Vec<CacheKey>,
    how: Refresh,
    at_once: usize,
) -> Result<Renewed, CrawlError> {
    let outcomes: Vec<(CacheKey, Result<Refreshed, RefreshError>)> = stream::iter(keys)
        .map(|key| async move {
            let renewed = one(service, &key, how).await;
            (key, renewed)
        })
        .buffered(at_once)
        .collect()
        .await;
    let mut renewed = Renewed::default();
    for (key, outcome) in outcomes {
        match outcome {
            Ok(refreshed) => {
                renewed.outcomes.insert(key, refreshed);
            }
            Err(RefreshError::Store(error)) if !matches!(error, StoreError::Entry(_)) => {
                return Err(error.into());
            }
            Err(error) => {
                tracing::warn!(%key, error = with_causes(&error), "not renewed");
                renewed.failed.push(key);
            }
        }
    }
    if !renewed.failed.is_empty() {
        service.catalogue.replication().await?.require_loaded()?;
    }
    report.failed += renewed.failed.len() as u64;
    let mut doubted = Vec::new();
    for (key, refreshed) in &renewed.outcomes {
        report.count(*refreshed);
        if *refreshed == Refreshed::Doubted {
            doubted.push(key.clone());
        }
    }
    doubts::note(&**service.cache.store(), &doubted, now()).await?;
    Ok(renewed)
}

async fn one(
    service: &Arc<Service>,
    key: &CacheKey,
    how: Refresh,
) -> Result<Refreshed, RefreshError> {
    match (key.collection(), key.mbid()) {
        (Collection::Artist, Some(mbid)) => {
            lookup::refresh(service, Entity::Artist, mbid, how).await
        }
        (Collection::Album, Some(mbid)) => lookup::refresh(service, Entity::Album, mbid, how).await,
        (Collection::Profile, Some(mbid)) => lookup::refresh_profile(service, mbid).await,
        (Collection::FanArt | Collection::TheAudioDb | Collection::Wikipedia, _) => {
            record(service, key).await
        }
        (Collection::Spotify, _) => spotify::renew(service, key).await,
        _ => Ok(Refreshed::Unknown),
    }
}

/// Asks a provider for a record again.
async fn record(service: &Service, key: &CacheKey) -> Result<Refreshed, RefreshError> {
    let kept = service.cache.kept(std::slice::from_ref(key)).await?;
    let before = kept.get(key).map(|record| record.etag.clone());
    match service.providers.refresh(key).await {
        Ok(record) => Ok(match before {
            None => Refreshed::New,
            Some(before) if before == record.etag => Refreshed::Unchanged,
            Some(_) => Refreshed::Changed,
        }),
        // Its provider has been switched off. What it said is kept for as long as it may be used.
        Err(providers::RefreshError::NoSource(_)) => Ok(Refreshed::Unchanged),
        Err(error) => Err(RefreshError::Build(Arc::new(error))),
    }
}
