//! `GET /search`: artists and albums by name.

use std::sync::Arc;

use http::HeaderMap;

use linernotes_shared::request::Search;

use super::Response;
use super::error::ErrorReply;
use super::reply;
use crate::search::answer;
use crate::service::Service;

pub(super) async fn get(
    service: &Arc<Service>,
    search: &Search,
    headers: &HeaderMap,
) -> Result<Response, ErrorReply> {
    let served = answer::search(service, search)
        .await
        .map_err(|_| ErrorReply::unavailable())?;
    reply::kept(&served, service.edge_seconds, headers)
}
