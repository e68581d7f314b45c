use std::collections::HashMap;
use std::sync::Arc;

use futures_util::stream::{self, StreamExt};

use linernotes_shared::cache::{CacheKey, Collection};
use linernotes_shared::request::Entity;

use super::{CrawlError, Report, doubts};
use crate::cache::{Refresh, RefreshError, Refreshed, StoreError, now};
use crate::lookup;
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

/// Builds the answers of keys again, so many at once, and counts each as it is done. What the catalogue doesn't know any
/// more is noted for a second look.
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
    let mut outcomes = stream::iter(keys)
        .map(|key| async move {
            // Boxed, for the futures within are deep.
            let renewed = Box::pin(one(service, &key, how)).await;
            (key, renewed)
        })
        .buffered(at_once);
    let mut renewed = Renewed::default();
    while let Some((key, outcome)) = outcomes.next().await {
        renewed.count(report, key, outcome)?;
    }
    renewed.settle(service, report).await?;
    Ok(renewed)
}

impl Renewed {
    /// Counts what became of a key.
    pub fn count(
        &mut self,
        report: &mut Report,
        key: CacheKey,
        outcome: Result<Refreshed, RefreshError>,
    ) -> Result<(), CrawlError> {
        match outcome {
            Ok(refreshed) => {
                report.count(refreshed);
                self.outcomes.insert(key, refreshed);
            }
            Err(RefreshError::Store(error)) if !matches!(error, StoreError::Entry(_)) => {
                return Err(error.into());
            }
            Err(error) => {
                tracing::warn!(%key, error = with_causes(&error), "not renewed");
                self.failed.push(key);
            }
        }
        Ok(())
    }

    /// When all have been tried.
    pub async fn settle(&self, service: &Service, report: &mut Report) -> Result<(), CrawlError> {
        if !self.failed.is_empty() {
            service.catalogue.check_soundness().await?;
        }
        report.failed += self.failed.len() as u64;
        let doubted = self.outcomes.iter();
        let doubted: Vec<CacheKey> = doubted
            .filter(|(_, refreshed)| **refreshed == Refreshed::Doubted)
            .map(|(key, _)| key.clone())
            .collect();
        doubts::note(&**service.cache.store(), &doubted, now()).await
    }
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
        (Collection::Spotify, _) => spotify::renew(service, key).await,
        _ => Ok(Refreshed::Unknown),
    }
}
