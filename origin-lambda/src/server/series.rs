//! `GET /series/{mbid}`.

use std::sync::Arc;

use http::HeaderMap;

use linernotes_shared::Mbid;

use super::Response;
use super::error::ErrorReply;
use super::reply;
use crate::lists;
use crate::service::Service;

pub(super) async fn get(
    service: &Arc<Service>,
    mbid: Mbid,
    headers: &HeaderMap,
) -> Result<Response, ErrorReply> {
    let served = lists::series(service, mbid)
        .await
        .map_err(|_| ErrorReply::unavailable())?;
    reply::kept(&served, service.edge_seconds, headers)
}
