//! One answer built again now, because somebody wants it, and what follows from it.

use std::sync::Arc;

use linernotes_shared::Mbid;
use linernotes_shared::cache::CacheKey;
use linernotes_shared::request::Entity;

use super::{CrawlError, Report, doubts, retries, settle, unsettled};
use crate::cache::{Refresh, Refreshed, now};
use crate::lookup;
use crate::service::Service;
use crate::telemetry::with_causes;

/// Builds one answer again, and settles what follows from it. What can't be settled now is the next look for changes'.
pub async fn refresh(
    service: &Arc<Service>,
    entity: Entity,
    mbid: Mbid,
) -> Result<Refreshed, CrawlError> {
    let from = now();
    let key = CacheKey::lookup(entity, mbid);
    let mut noted = Vec::new();
    let building = async {
        let built = lookup::build(service, entity, mbid).await?;
        noted = unsettled::note_surely(service, &key, &built)
            .await
            .map_err(Box::new)?;
        Ok::<_, lookup::BuildError>(built)
    };
    // Boxed, here and below: these futures are deep, and a thread's stack isn't.
    let refreshed = service
        .cache
        .refresh(&key, Refresh::default(), Box::pin(building))
        .await?;
    let settling = async {
        let store = service.cache.store();
        if refreshed == Refreshed::Doubted {
            doubts::note(&**store, std::slice::from_ref(&key), now()).await?;
        }
        let keys: Vec<CacheKey> = noted
            .iter()
            .filter_map(|(key, _)| key.parse().ok())
            .collect();
        // Of the others, only what is to change is noted.
        let is_known = matches!(refreshed, Refreshed::New | Refreshed::Changed);
        let known = keys.iter().filter(|one| is_known || **one != key);
        let mut report = Report::default();
        let untold = settle::settle(service, &mut report, &keys, from, known).await?;
        retries::note(service, &untold, &[]).await?;
        unsettled::strike_off(service, &noted).await
    };
    let settled: Result<(), CrawlError> = Box::pin(settling).await;
    if let Err(error) = settled {
        tracing::warn!(%key, error = with_causes(&error), "what follows from a new answer is left to the next run");
    }
    Ok(refreshed)
}
