use std::collections::HashMap;
use std::sync::Arc;

use futures_util::stream::{self, StreamExt};

use linernotes_shared::cache::{CacheKey, Collection};
use linernotes_shared::request::Entity;

use crate::cache::{Refresh, Refreshed};
use crate::lookup;
use crate::service::Service;
use crate::telemetry::with_causes;

/// What became of keys; those that couldn't be renewed are missing.
pub(super) type Renewed = HashMap<CacheKey, Refreshed>;

/// Builds the answers of keys again, so many at once.
pub(super) async fn all(
    service: &Arc<Service>,
    keys: Vec<CacheKey>,
    how: Refresh,
    at_once: usize,
) -> Renewed {
    stream::iter(keys)
        .map(|key| async move {
            let renewed = one(service, &key, how).await?;
            Some((key, renewed))
        })
        .buffer_unordered(at_once)
        .filter_map(|renewed| async { renewed })
        .collect()
        .await
}

async fn one(service: &Arc<Service>, key: &CacheKey, how: Refresh) -> Option<Refreshed> {
    let mbid = key.mbid()?;
    let renewed = match key.collection() {
        Collection::Artist => lookup::refresh(service, Entity::Artist, mbid, how).await,
        Collection::Album => lookup::refresh(service, Entity::Album, mbid, how).await,
        Collection::Profile => lookup::refresh_profile(service, mbid).await,
    };
    renewed
        .inspect_err(|error| {
            tracing::warn!(%key, error = with_causes(&**error), "not renewed");
        })
        .ok()
}
