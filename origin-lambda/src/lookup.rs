//! An entity's answer: the kept one, or a new one from the catalogue.

use std::sync::Arc;

use linernotes_shared::Mbid;
use linernotes_shared::cache::{CacheKey, Collection, tag};
use linernotes_shared::request::Entity;
use linernotes_shared::wire::ErrorBody;

use crate::answer::{self, EnrichedAlbum, EnrichedArtist, Parts};
use crate::cache::{
    Built, Entry, Kind, Lifetime, Refresh, RefreshError, Refreshed, Served, Unavailable, now,
    now_millis,
};
use crate::catalogue::CatalogueError;
use crate::crawler::{self, CrawlError};
use crate::providers::{AlbumExtras, ArtistExtras};
use crate::service::Service;

/// Why an answer couldn't be built.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BuildError {
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    #[error("the answer can't be written as JSON")]
    Json(#[from] serde_json::Error),
    #[error("compressing the answer was broken off")]
    Compression(#[from] tokio::task::JoinError),
    #[error("that it is to change can't be noted")]
    Unnoted(#[from] Box<CrawlError>),
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
            build_for_request(&builder, entity, mbid).await
        })
        .await
}

/// The same, if memory has it.
pub fn answer_in_memory(service: &Service, entity: Entity, mbid: Mbid) -> Option<Served> {
    service
        .cache
        .fresh_in_memory(&CacheKey::lookup(entity, mbid))
}

/// Builds an answer because somebody asks for it. If it says something else than what is kept, that is noted for the
/// crawler.
pub(crate) async fn build_for_request(
    service: &Service,
    entity: Entity,
    mbid: Mbid,
) -> Result<Built, BuildError> {
    // Boxed, for the same reason as for a refresh.
    let built = Box::pin(build(service, entity, mbid)).await?;
    let key = CacheKey::lookup(entity, mbid);
    Box::pin(crawler::note_changes(service, &key, &built)).await;
    Ok(built)
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
///
/// That of an artist who was merged into another is left as it is, and stale: answers that it stands in name the old MBID
/// elsewhere too, until they are built again.
pub async fn refresh_profile(service: &Service, mbid: Mbid) -> Result<Refreshed, RefreshError> {
    let failure = |error: BuildError| RefreshError::Build(Arc::new(error));
    let started = now_millis();
    crawler::look_for_newest(service).await;
    let mut records = service
        .catalogue
        .artists(&[mbid])
        .await
        .map_err(|error| failure(error.into()))?;
    let record = records.remove(&mbid).filter(|record| record.mbid == mbid);
    let Some(record) = record else {
        return Ok(Refreshed::Doubted);
    };
    let extras = service
        .providers
        .kept_of_artists(std::slice::from_ref(&record))
        .await?;
    let artist = EnrichedArtist {
        record,
        extras: extras.into_iter().next().unwrap_or_default(),
    };
    let json = answer::profile(artist).map_err(|error| failure(error.into()))?;
    let entry = profile(mbid, &json, &service.lifetime, started);
    service.cache.refresh_profile(mbid, entry).await
}

/// Builds an entity's answer, and keeps nothing.
pub(crate) async fn build(
    service: &Service,
    entity: Entity,
    mbid: Mbid,
) -> Result<Built, BuildError> {
    let started = now_millis();
    crawler::look_for_newest(service).await;
    let enriched = match entity {
        Entity::Artist => artist(service, mbid).await?,
        Entity::Album => album(service, mbid).await?,
    };
    crawler::note_newest(service).await;
    let lifetime = service.lifetime.clone();
    let pack = move || match enriched {
        Some(enriched) => {
            let current = enriched.mbid;
            let key = CacheKey::lookup(entity, mbid);
            let built = found(enriched, &key, &lifetime, started);
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

/// What the catalogue knows, and what providers add to it.
struct Enriched {
    /// The current MBID.
    mbid: Mbid,
    parts: Parts,
    /// Whether every provider was heard.
    is_complete: bool,
    /// Artists whose profiles may say less than the kept ones.
    unsure: Vec<Mbid>,
}

async fn artist(service: &Service, mbid: Mbid) -> Result<Option<Enriched>, BuildError> {
    let Some(found) = service.catalogue.artist(mbid).await? else {
        return Ok(None);
    };
    let ArtistExtras {
        extras,
        is_complete,
        is_unsure,
    } = service.providers.artist(&found.artist).await;
    let artist = EnrichedArtist {
        record: found.artist,
        extras,
    };
    Ok(Some(Enriched {
        mbid: artist.record.mbid,
        unsure: is_unsure
            .then_some(artist.record.mbid)
            .into_iter()
            .collect(),
        parts: answer::artist_parts(artist, &found.albums)?,
        is_complete,
    }))
}

async fn album(service: &Service, mbid: Mbid) -> Result<Option<Enriched>, BuildError> {
    let Some(record) = service.catalogue.album(mbid).await? else {
        return Ok(None);
    };
    let AlbumExtras {
        extras,
        artists,
        is_complete,
    } = service.providers.album(&record).await;
    let unsure = record
        .artists
        .iter()
        .zip(&artists)
        .filter(|(_, added)| added.is_unsure)
        .map(|(artist, _)| artist.mbid)
        .collect();
    let album = EnrichedAlbum {
        record,
        extras,
        artists: artists.into_iter().map(|added| added.extras).collect(),
    };
    Ok(Some(Enriched {
        mbid: album.record.mbid,
        parts: answer::album_parts(album)?,
        is_complete,
        unsure,
    }))
}

/// An answer that a provider is missing from is soon built again. Its profiles aren't: they stand in other answers too,
/// and all of those would be built again for it.
fn found(enriched: Enriched, key: &CacheKey, lifetime: &Lifetime, started: u64) -> Built {
    let now = now();
    let Enriched {
        parts,
        is_complete,
        unsure,
        ..
    } = enriched;
    let artists = parts.frame.artists.clone();
    let freshness = if is_complete {
        lifetime.complete(key, now)
    } else {
        lifetime.partial(key, now)
    };
    let answer = Entry::framing(Kind::Found, parts.frame, parts.tags, freshness, now);
    let profiles = artists
        .into_iter()
        .zip(parts.profiles)
        .map(|(artist, json)| (artist, profile(artist, &json, lifetime, started)));
    Built {
        answer: answer.built_at(started),
        profiles: profiles.collect(),
        unsure,
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
        unsure: Vec::new(),
        current: None,
    })
}
