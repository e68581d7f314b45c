use std::sync::Arc;

use linernotes_shared::Mbid;
use linernotes_shared::cache::{CacheKey, Collection};

use super::{ListError, absent, listed, whole};
use crate::cache::{Built, Entry, Kind, Served, Unavailable, now, now_millis};
use crate::service::Service;

/// The answer of `GET /series/{mbid}`, "not found" included.
pub async fn series(service: &Arc<Service>, mbid: Mbid) -> Result<Served, Unavailable> {
    let builder = Arc::clone(service);
    let key = CacheKey::new(Collection::Series, mbid);
    service
        .cache
        .get_or_build(
            key.clone(),
            || async move { build(&builder, &key, mbid).await },
        )
        .await
}

async fn build(service: &Service, key: &CacheKey, mbid: Mbid) -> Result<Built, ListError> {
    let started = now_millis();
    let albums = service.catalogue.series(mbid).await?;
    let now = now();
    let Some(albums) = albums else {
        let error = format!("series {mbid} isn't in MusicBrainz");
        return Ok(absent(error, service.lifetime.unknown(now), now, started)?);
    };
    let albums: Vec<_> = albums.into_iter().map(listed).collect();
    let body = serde_json::to_vec(&albums)?;
    // Tags of all its albums could be more than a header holds; titles that have changed can wait a day.
    let tags = vec![format!("series-{mbid}")];
    let freshness = service.lifetime.complete(key, now);
    Ok(whole(
        Entry::new(Kind::Found, &body, tags, freshness, now),
        started,
    ))
}
