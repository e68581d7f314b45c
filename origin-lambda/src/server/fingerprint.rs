//! `POST /search/fingerprint`: albums by their recordings.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue, StatusCode, header};

use linernotes_shared::Mbid;
use linernotes_shared::http::NO_STORE;

use super::Response;
use super::body::{self, RequestBody};
use super::error::ErrorReply;
use super::reply;
use crate::search::answer;
use crate::service::Service;
use crate::telemetry::with_causes;

/// Most recordings of one request.
const MOST_RECORDINGS: usize = 1_000;
/// Most bytes of a body: Lidarr indents it, and a line of an MBID takes less than 64.
const MOST_BYTES: usize = 64 * MOST_RECORDINGS;
/// Most albums of an answer: whoever asks compares each with the files at hand.
const MOST_ALBUMS: u8 = 10;

pub(super) async fn post(
    service: &Arc<Service>,
    headers: &HeaderMap,
    body: impl RequestBody,
) -> Result<Response, ErrorReply> {
    let recordings: Vec<String> = body::json(
        headers,
        body,
        MOST_BYTES,
        "a JSON array of recordings' MBIDs",
    )
    .await?;
    if recordings.len() > MOST_RECORDINGS {
        return Err(ErrorReply::refusing(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("body: must hold at most {MOST_RECORDINGS} recordings' MBIDs"),
        ));
    }
    let mut mbids = Vec::with_capacity(recordings.len());
    for (place, recording) in recordings.iter().enumerate() {
        let mbid: Mbid = recording.trim().parse().map_err(|error| {
            ErrorReply::refusing(
                StatusCode::BAD_REQUEST,
                format!("body: element {place} {error}"),
            )
        })?;
        mbids.push(mbid);
    }
    let albums = if mbids.is_empty() {
        Vec::new()
    } else {
        service
            .catalogue
            .albums_by_recordings(&mbids, MOST_ALBUMS)
            .await
            .map_err(|error| {
                tracing::warn!(error = with_causes(&error), "fingerprints not looked for");
                ErrorReply::unavailable()
            })?
    };
    let served = answer::albums(service, &albums)
        .await
        .map_err(|_| ErrorReply::unavailable())?;
    let mut response = reply::kept(&served, service.edge_seconds, headers)?;
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static(NO_STORE));
    Ok(response)
}
