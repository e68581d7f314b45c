use std::sync::Arc;

use linernotes_shared::Mbid;
use linernotes_shared::cache::CacheKey;
use linernotes_shared::request::{Entity, SpotifyId};

use super::kept::{self, key};
use crate::cache::{
    Built, Entry, Refresh, RefreshError, Refreshed, Served, Unavailable, now, now_millis,
};
use crate::catalogue::CatalogueError;
use crate::matching::{self, AlbumCandidate, AlbumName};
use crate::providers::client::ProviderError;
use crate::providers::spotify::{SpotifyAlbum, SpotifyNames};
use crate::service::Service;

/// Why it can't be told what an id is.
#[derive(Debug, thiserror::Error)]
enum IdentityError {
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    #[error(transparent)]
    Provider(#[from] ProviderError),
    #[error("MusicBrainz has no link to it, and Spotify can't be asked: it is off")]
    Off,
    #[error("the answer can't be written as JSON")]
    Json(#[from] serde_json::Error),
}

/// The answer of `GET /spotify/artist/{id}` or `GET /spotify/album/{id}`, as what is kept: that it's found, with
/// [`Composed`](crate::cache::Composed)'s body naming it, or not.
pub async fn identity(
    service: &Arc<Service>,
    entity: Entity,
    id: &SpotifyId,
) -> Result<Identified, Unavailable> {
    let (builder, wanted) = (Arc::clone(service), id.clone());
    let served = service
        .cache
        .get_or_build(key(entity, id), || async move {
            build(&builder, entity, &wanted).await
        })
        .await?;
    let body = served.answer.body.plain().unwrap_or_default();
    Ok(Identified {
        mbid: kept::id(&body).and_then(|id| id.parse().ok()),
        served,
    })
}

/// Finds out again what a kept id is. Links and names change without a trace of the id, so what is found now counts.
pub async fn renew(service: &Service, of: &CacheKey) -> Result<Refreshed, RefreshError> {
    const HOW: Refresh = Refresh {
        touch: false,
        believe_gone: true,
    };
    let Some((entity, id)) = kept::subject(of) else {
        return Ok(Refreshed::Unknown);
    };
    let building = Box::pin(build(service, entity, &id));
    service.cache.refresh(of, HOW, building).await
}

async fn build(service: &Service, entity: Entity, id: &SpotifyId) -> Result<Built, IdentityError> {
    let started = now_millis();
    let entry = identify(service, entity, id).await?;
    Ok(Built {
        answer: entry.built_at(started),
        profiles: Vec::new(),
        unsure: Vec::new(),
        current: None,
    })
}

/// What an id is.
#[derive(Debug)]
pub struct Identified {
    /// Its MBID, unless MusicBrainz or Spotify has no such thing.
    pub mbid: Option<Mbid>,
    /// The same as an answer.
    pub served: Served,
}

async fn identify(
    service: &Service,
    entity: Entity,
    id: &SpotifyId,
) -> Result<Entry, IdentityError> {
    let linked = service.catalogue.by_spotify_id(entity, id.as_str()).await?;
    if let Some(mbid) = linked.first() {
        let now = now();
        let freshness = service.lifetime.complete(&key(entity, id), now);
        return Ok(kept::found(*mbid, freshness, now)?);
    }
    let Some(spotify) = service.providers.spotify_names() else {
        return Err(IdentityError::Off);
    };
    let Some(albums) = albums(&**spotify, entity, id).await? else {
        let now = now();
        let error = format!("id: Spotify has no {entity} {id}");
        return Ok(kept::unknown(error, service.lifetime.unknown(now), now)?);
    };
    match first_match(service, &albums).await? {
        Some((album, candidate)) => {
            remember_other(service, entity, album, &candidate).await;
            Ok(found(service, entity, id, of(entity, &candidate))?)
        }
        None => {
            // Only a current catalogue can say that it has no such thing.
            service.catalogue.require_current().await?;
            let now = now();
            let seconds = service.spotify.unmatched_seconds;
            let freshness = linernotes_shared::cache::Freshness::starting(now, seconds, 0);
            let error = format!("id: MusicBrainz has no {entity} that is like Spotify's {id}");
            Ok(kept::unmatched(error, freshness, now)?)
        }
    }
}

/// The albums at Spotify that tell what an id is, best first.
async fn albums(
    spotify: &dyn SpotifyNames,
    entity: Entity,
    id: &SpotifyId,
) -> Result<Option<Vec<SpotifyAlbum>>, ProviderError> {
    Ok(match entity {
        Entity::Album => spotify.album(id).await?.map(|album| vec![album]),
        Entity::Artist => spotify.albums_of(id).await?,
    })
}

async fn first_match<'a>(
    service: &Service,
    albums: &'a [SpotifyAlbum],
) -> Result<Option<(&'a SpotifyAlbum, AlbumCandidate)>, CatalogueError> {
    let names: Vec<AlbumName> = albums
        .iter()
        .map(|album| AlbumName {
            artist: album.artist_name.clone(),
            title: album.title.clone(),
        })
        .collect();
    let matched = matching::albums(&service.catalogue, &names, service.lists.likeness()).await?;
    Ok(albums
        .iter()
        .zip(matched)
        .find_map(|(album, candidate)| Some((album, candidate?))))
}

const fn of(entity: Entity, candidate: &AlbumCandidate) -> Mbid {
    match entity {
        Entity::Artist => candidate.artist,
        Entity::Album => candidate.album,
    }
}

fn found(
    service: &Service,
    entity: Entity,
    id: &SpotifyId,
    mbid: Mbid,
) -> Result<Entry, serde_json::Error> {
    let now = now();
    let seconds = service.spotify.found_seconds;
    let freshness = service.lifetime.for_seconds(&key(entity, id), now, seconds);
    kept::found(mbid, freshness, now)
}

/// A match tells of the album and of its artist at once: Lidarr asks for both. MusicBrainz's own links know better.
async fn remember_other(
    service: &Service,
    entity: Entity,
    album: &SpotifyAlbum,
    candidate: &AlbumCandidate,
) {
    let (other, id) = match entity {
        Entity::Artist => (Entity::Album, &album.id),
        Entity::Album => (Entity::Artist, &album.artist),
    };
    let linked = service.catalogue.by_spotify_id(other, id.as_str()).await;
    if !linked.is_ok_and(|linked| linked.is_empty()) {
        return;
    }
    if let Ok(entry) = found(service, other, id, of(other, candidate)) {
        service.cache.keep_news(vec![(key(other, id), entry)]).await;
    }
}
