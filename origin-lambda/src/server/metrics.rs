//! `GET /metrics`: figures for Prometheus. The edge doesn't know the route, so only who reaches the origin itself can ask.
//!
//! It is the operator's alone, by the operator's key. That a request comes from this machine proves nothing: so do those
//! of a tunnel or a proxy that runs beside the origin, whoever sent them.

use http::{HeaderMap, HeaderValue, Method, header};

use linernotes_shared::http::NO_STORE;
use linernotes_shared::request::{GET, RequestError};

use super::Response;
use super::access::require_key;
use super::error::ErrorReply;
use super::reply;
use crate::service::Service;
use crate::telemetry::prometheus;

pub(super) const PATH: &str = "/metrics";

pub(super) fn answer(service: &Service, method: &Method, headers: &HeaderMap) -> Response {
    let answer = match *method {
        Method::GET | Method::HEAD => get(service, headers),
        _ => Err(RequestError::MethodNotAllowed { allowed: GET }.into()),
    };
    reply::to(method, answer.unwrap_or_else(ErrorReply::into_response))
}

fn get(service: &Service, headers: &HeaderMap) -> Result<Response, ErrorReply> {
    require_key(headers, service.access.operator_key.as_ref())?;
    let mut response = Response::new(prometheus::text(service).into());
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(prometheus::MEDIA_TYPE),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(NO_STORE));
    Ok(response)
}
