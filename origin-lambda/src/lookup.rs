//! An entity's answer: the kept one, or a new one from the catalogue.

use std::sync::Arc;

use linernotes_shared::Mbid;
use linernotes_shared::cache::{CacheKey, Collection, tag};
use linernotes_shared::request::Entity;
use linernotes_shared::wire::ErrorBody;

use crate::answer::{self, Parts};
use crate::cache::{
    Built, Entry, Kind, Lifetime, Refresh, RefreshError, Refreshed, Served, Unavailable, now,
    now_millis,
};
use crate::catalogue::CatalogueError;
use crate::service::Service;

/// Why an answer couldn't be built.
#[derive(Debug, thiserror::Error)]
enum BuildError {
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    #[error("the answer can't be written as JSON")]
    Json(#[from] serde_json::Error),
    #[error("compressing the answer was broken off")]
    Compression(#[from] tokio::task::JoinError),
}

/// The answer of `GET /artist/{mbid}` or `GET /album/{mbid}`, "not found" included.
pub async fn answer(
    service: &Arc<Service>,
    entity: Entity,
    mbid: Mbid,
) -> Result<Served, Unavailable> {
    let builder = Arc::clone(service);
    service
        .cache
        .get_or_build(CacheKey::lookup(entity, mbid), || async move {
            build(&builder, entity, mbid).await
        })
        .await
}

/// Builds an entity's answer again, whatever is kept.
pub async fn refresh(
    service: &Arc<Service>,
    entity: Entity,
    mbid: Mbid,
    how: Refresh,
) -> Result<Refreshed, RefreshError> {
    // Boxed, like what runs it: their futures are large, and a worker's stack isn't.
    let building = Box::pin(build(service, entity, mbid));
    service
        .cache
        .refresh(&CacheKey::lookup(entity, mbid), how, building)
        .await
}

/// Builds an artist's profile again, without the artist's answer.
pub async fn refresh_profile(service: &Service, mbid: Mbid) -> Result<Refreshed, RefreshError> {
    let failure = |error: BuildError| RefreshError::Build(Arc::new(error));
    let started = now_millis();
    let mut records = service
        .catalogue
        .artists(&[mbid])
        .await
        .map_err(|error| failure(error.into()))?;
    let Some(record) = records.remove(&mbid) else {
        return Ok(Refreshed::Doubted);
    };
    let json = answer::profile(record).map_err(|error| failure(error.into()))?;
    let entry = profile(mbid, &json, &service.lifetime, started);
    Ok(service.cache.refresh_profile(mbid, entry).await?)
}

async fn build(service: &Service, entity: Entity, mbid: Mbid) -> Result<Built, BuildError> {
    let started = now_millis();
    let parts = match entity {
        Entity::Artist => match service.catalogue.artist(mbid).await? {
            Some(found) => {
                let current = found.artist.mbid;
                Some((current, answer::artist_parts(found.artist, &found.albums)?))
            }
            None => None,
        },
        Entity::Album => match service.catalogue.album(mbid).await? {
            Some(album) => Some((album.mbid, answer::album_parts(album)?)),
            None => None,
        },
    };
    let lifetime = service.lifetime.clone();
    let pack = move || match parts {
        Some((current, parts)) => {
            let key = CacheKey::lookup(entity, mbid);
            let built = found(parts, &key, &lifetime, started);
            Ok(Built {
                current: (current != mbid).then(|| CacheKey::lookup(entity, current)),
                ..built
            })
        }
        None => unknown(entity, mbid, &lifetime, started),
    };
    // Compressing an album of hundreds of releases takes tens of milliseconds, which nobody else should wait for.
    tokio::task::spawn_blocking(pack).await?
}

fn found(parts: Parts, key: &CacheKey, lifetime: &Lifetime, started: u64) -> Built {
    let now = now();
    let artists = parts.frame.artists.clone();
    let answer = Entry::framing(
        Kind::Found,
        parts.frame,
        parts.tags,
        lifetime.complete(key, now),
        now,
    );
    let profiles = artists
        .into_iter()
        .zip(parts.profiles)
        .map(|(artist, json)| (artist, profile(artist, &json, lifetime, started)));
    Built {
        answer: answer.built_at(started),
        profiles: profiles.collect(),
        current: None,
    }
}

fn profile(artist: Mbid, json: &[u8], lifetime: &Lifetime, started: u64) -> Entry {
    let now = now();
    let tags = vec![tag(Entity::Artist, artist)];
    let freshness = lifetime.complete(&CacheKey::new(Collection::Profile, artist), now);
    Entry::new(Kind::Found, json, tags, freshness, now).built_at(started)
}

fn unknown(
    entity: Entity,
    mbid: Mbid,
    lifetime: &Lifetime,
    started: u64,
) -> Result<Built, BuildError> {
    let body = serde_json::to_vec(&ErrorBody {
        error: format!("{entity} {mbid} isn't in MusicBrainz"),
    })?;
    let now = now();
    let tags = vec![tag(entity, mbid)];
    let answer = Entry::new(Kind::Unknown, &body, tags, lifetime.unknown(now), now);
    Ok(Built {
        answer: answer.built_at(started),
        profiles: Vec::new(),
        current: None,
    })
}
