//! `GET /chart/{source}/{entity}/{selection}`.

use std::sync::Arc;

use http::HeaderMap;

use linernotes_shared::request::Chart;

use super::Response;
use super::error::ErrorReply;
use super::reply;
use crate::lists::{self, ChartAnswer};
use crate::service::Service;

pub(super) async fn get(
    service: &Arc<Service>,
    chart: &Chart,
    headers: &HeaderMap,
) -> Result<Response, ErrorReply> {
    match lists::chart(service, chart).await {
        ChartAnswer::Served(served) => reply::kept(&served, service.edge_seconds, headers),
        ChartAnswer::Unavailable(_) => Err(ErrorReply::out_of_reach(format!(
            "the chart {} can't be had at the moment; try again later",
            chart.name()
        ))),
        ChartAnswer::Off => Err(ErrorReply::switched_off(format!(
            "charts of {} are switched off on this server, or lack their key",
            chart.source()
        ))),
    }
}
