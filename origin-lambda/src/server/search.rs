//! `GET /search` and its kin.

use std::sync::Arc;

use axum::http::HeaderMap;
use axum::response::Response;

use linernotes_shared::request::Search;

use super::error::ErrorReply;
use super::reply;
use crate::search;
use crate::service::Service;

pub(super) async fn get(
    service: &Arc<Service>,
    wanted: &Search,
    headers: &HeaderMap,
) -> Result<Response, ErrorReply> {
    let served = search::search(service, wanted)
        .await
        .map_err(|_| ErrorReply::unavailable())?;
    reply::kept(&served, headers)
}
