use std::collections::HashMap;
use std::sync::Arc;

use futures_util::stream::{self, StreamExt};

use linernotes_shared::cache::{CacheKey, Collection};
use linernotes_shared::request::Entity;

use crate::cache::{BuildFailure, Refresh, Refreshed};
use crate::lookup;
use crate::providers::RefreshError;
use crate::service::Service;
use crate::telemetry::with_causes;

/// What became of keys; those that couldn't be renewed are missing.
pub(super) type Renewed = HashMap<CacheKey, Refreshed>;

/// Builds the answers of keys again, or asks providers for their records, so many at once.
pub(super) async fn all(
    service: &Arc<Service>,
    keys: Vec<CacheKey>,
    how: Refresh,
    at_once: usize,
) -> Renewed {
    stream::iter(keys)
        .map(|key| async move {
            let renewed = one(service, &key, how).await;
            let renewed = renewed.inspect_err(|error| {
                tracing::warn!(%key, error = with_causes(&**error), "not renewed");
            });
            Some((key, renewed.ok()?))
        })
        .buffer_unordered(at_once)
        .filter_map(std::future::ready)
        .collect()
        .await
}

async fn one(
    service: &Arc<Service>,
    key: &CacheKey,
    how: Refresh,
) -> Result<Refreshed, BuildFailure> {
    match (key.collection(), key.mbid()) {
        (Collection::Artist, Some(mbid)) => {
            lookup::refresh(service, Entity::Artist, mbid, how).await
        }
        (Collection::Album, Some(mbid)) => lookup::refresh(service, Entity::Album, mbid, how).await,
        (Collection::Profile, Some(mbid)) => lookup::refresh_profile(service, mbid).await,
        _ => record(service, key).await,
    }
}

/// Asks a provider for a record again.
async fn record(service: &Service, key: &CacheKey) -> Result<Refreshed, BuildFailure> {
    let kept = service.cache.kept(std::slice::from_ref(key)).await;
    let before = kept.into_iter().next().map(|(_, entry)| entry.etag.clone());
    match service.providers.refresh(key).await {
        Ok(record) => Ok(match before {
            None => Refreshed::New,
            Some(before) if before == record.etag => Refreshed::Unchanged,
            Some(_) => Refreshed::Changed,
        }),
        // Its provider has been switched off. What it said is kept for as long as it may be used.
        Err(RefreshError::NoSource(_)) => Ok(Refreshed::Unchanged),
        Err(error) => Err(Arc::new(error)),
    }
}
