//! `POST /search/fingerprint`: the albums that recordings are on. Lidarr asks it with what AcoustID says of the files in a
//! folder.

use std::collections::HashSet;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;

use linernotes_shared::Mbid;
use linernotes_shared::http::NO_STORE;
use linernotes_shared::request::Entity;

use super::body;
use super::error::ErrorReply;
use super::reply;
use crate::search::{self, Hit};
use crate::service::Service;
use crate::telemetry::with_causes;

/// Most recordings of a question.
const MOST: usize = 1_000;
/// Most bytes of a body: as many MBIDs, indented as Lidarr writes them, and some room.
const MOST_BYTES: usize = 64 * 1024;
/// Albums of an answer.
const ALBUMS: u8 = 10;

pub(super) async fn post(
    service: &Arc<Service>,
    headers: &HeaderMap,
    sent: Body,
) -> Result<Response, ErrorReply> {
    let wanted = "a JSON array of MusicBrainz recording identifiers";
    let texts: Vec<String> = body::json(headers, sent, MOST_BYTES, wanted).await?;
    let recordings = read(&texts)?;
    let albums = service
        .catalogue
        .albums_by_recordings(&recordings, ALBUMS)
        .await
        .map_err(|error| {
            tracing::warn!(error = with_causes(&error), "recordings not looked up");
            ErrorReply::unavailable()
        })?;
    let hits = albums.into_iter().map(|mbid| Hit {
        score: 100,
        entity: Entity::Album,
        mbid,
    });
    let served = search::albums(service, hits.collect(), 0)
        .await
        .map_err(|_| ErrorReply::unavailable())?;
    let mut response = reply::kept(&served, headers)?;
    // An answer to what was sent along, not to the path alone.
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static(NO_STORE));
    Ok(response)
}

/// The MBIDs, each once, in their order.
fn read(texts: &[String]) -> Result<Vec<Mbid>, ErrorReply> {
    if texts.len() > MOST {
        return Err(ErrorReply::refusing(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!(
                "body: must hold at most {MOST} identifiers, and holds {}",
                texts.len()
            ),
        ));
    }
    let mut seen = HashSet::new();
    let mut mbids = Vec::with_capacity(texts.len());
    for (place, text) in texts.iter().enumerate() {
        let mbid: Mbid = text.parse().map_err(|error| {
            ErrorReply::refusing(StatusCode::BAD_REQUEST, format!("body[{place}]: {error}"))
        })?;
        if seen.insert(mbid) {
            mbids.push(mbid);
        }
    }
    Ok(mbids)
}
