//! `GET /artist/{mbid}` and `GET /album/{mbid}`.

use std::sync::Arc;

use http::HeaderMap;

use linernotes_shared::Mbid;
use linernotes_shared::request::Entity;

use super::Response;
use super::error::ErrorReply;
use super::reply;
use crate::lookup;
use crate::service::Service;

/// The answer if memory has it as the client wants it: found and made without waiting, so there is nothing to log about it
/// but that it was given. To unpack one takes longer, and can fail.
pub(super) fn from_memory(
    service: &Service,
    entity: Entity,
    mbid: Mbid,
    headers: &HeaderMap,
) -> Option<Response> {
    if !reply::takes_gzip(headers) {
        return None;
    }
    let served = lookup::answer_in_memory(service, entity, mbid)?;
    reply::kept(&served, service.edge_seconds, headers).ok()
}

pub(super) async fn get(
    service: &Arc<Service>,
    entity: Entity,
    mbid: Mbid,
    headers: &HeaderMap,
) -> Result<Response, ErrorReply> {
    let served = lookup::answer(service, entity, mbid)
        .await
        .map_err(|_| ErrorReply::unavailable())?;
    reply::kept(&served, service.edge_seconds, headers)
}
