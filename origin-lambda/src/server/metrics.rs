//! `GET /metrics`: figures for Prometheus. The edge doesn't know the route, so only who reaches the origin itself can ask.
//!
//! It is the operator's alone, by the operator's key. That a request comes from this machine proves nothing: so do those
//! of a tunnel or a proxy that runs beside the origin, whoever sent them.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

use linernotes_shared::http::NO_STORE;

use super::access::require_key;
use super::error::ErrorReply;
use crate::service::Service;
use crate::telemetry::prometheus;

pub(super) const PATH: &str = "/metrics";

pub(super) async fn get(State(service): State<Arc<Service>>, headers: HeaderMap) -> Response {
    require_key(&headers, service.access.operator_key.as_ref()).map_or_else(
        ErrorReply::into_response,
        |()| {
            let mut response = Response::new(Body::from(prometheus::text(&service)));
            let headers = response.headers_mut();
            headers.insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static(prometheus::MEDIA_TYPE),
            );
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(NO_STORE));
            response
        },
    )
}
