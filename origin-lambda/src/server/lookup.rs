//! `GET /artist/{mbid}` and `GET /album/{mbid}`.

use std::sync::Arc;

use axum::http::HeaderMap;
use axum::response::Response;

use linernotes_shared::Mbid;
use linernotes_shared::cache::{CacheKey, Freshness};
use linernotes_shared::request::Entity;
use linernotes_shared::wire::ErrorBody;

use super::error::ErrorReply;
use super::reply;
use crate::answer::{self, Answer};
use crate::cache::{Entry, Kind, now, now_millis};
use crate::catalogue::CatalogueError;
use crate::service::Service;

/// Why an answer couldn't be built.
#[derive(Debug, thiserror::Error)]
enum BuildError {
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    #[error("the answer can't be written as JSON")]
    Json(#[from] serde_json::Error),
}

pub(super) async fn get(
    service: &Arc<Service>,
    entity: Entity,
    mbid: Mbid,
    headers: &HeaderMap,
) -> Result<Response, ErrorReply> {
    let builder = Arc::clone(service);
    let served = service
        .cache
        .get_or_build(CacheKey::lookup(entity, mbid), || async move {
            build(&builder, entity, mbid).await
        })
        .await
        .map_err(|_| ErrorReply::unavailable())?;
    reply::kept(&served, headers)
}

async fn build(service: &Service, entity: Entity, mbid: Mbid) -> Result<Entry, BuildError> {
    let started = now_millis();
    let answer = match entity {
        Entity::Artist => match service.catalogue.artist(mbid).await? {
            Some(found) => Some(answer::artist(found.artist, &found.albums)?),
            None => None,
        },
        Entity::Album => match service.catalogue.album(mbid).await? {
            Some(album) => Some(answer::album(album)?),
            None => None,
        },
    };
    let (now, limits) = (now(), &service.freshness);
    match answer {
        Some(Answer { body, tags }) => {
            let freshness = Freshness::starting(now, limits.fresh_seconds, limits.stale_seconds);
            Ok(Entry::new(Kind::Found, &body, tags, freshness, now).built_at(started))
        }
        None => {
            let body = serde_json::to_vec(&ErrorBody {
                error: format!("{entity} {mbid} isn't in MusicBrainz"),
            })?;
            let tags = vec![linernotes_shared::cache::tag(entity, mbid)];
            // In trouble, "unknown" is no answer to fall back on: it would make Lidarr delete what has come since.
            let freshness = Freshness::starting(now, limits.not_found_seconds, 0);
            Ok(Entry::new(Kind::Unknown, &body, tags, freshness, now).built_at(started))
        }
    }
}
