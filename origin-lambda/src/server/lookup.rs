//! `GET /artist/{mbid}` and `GET /album/{mbid}`.

use std::sync::Arc;

use axum::http::HeaderMap;
use axum::response::Response;

use linernotes_shared::Mbid;
use linernotes_shared::request::Entity;

use super::error::ErrorReply;
use super::reply;
use crate::lookup;
use crate::service::Service;

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
