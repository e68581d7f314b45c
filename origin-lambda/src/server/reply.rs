//! Responses from bodies.

use ::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use http_body::Body;
use http_body_util::Full;
use serde::Serialize;

use linernotes_shared::cache::State;
use linernotes_shared::http::{self, JSON, accepts_gzip, none_match, public_for};

use super::Response;
use super::error::ErrorReply;
use crate::cache::{Kind, Served, now};
use crate::telemetry::with_causes;

const CACHE_STATUS: HeaderName = HeaderName::from_static(http::CACHE_STATUS);
const CACHE_TAG: HeaderName = HeaderName::from_static(http::CACHE_TAG);
const FRESH_UNTIL: HeaderName = HeaderName::from_static(http::FRESH_UNTIL);
const STALE_UNTIL: HeaderName = HeaderName::from_static(http::STALE_UNTIL);

/// As many as an answer has, from here and from the server.
const HEADERS: usize = 12;

const BY_CODING: HeaderValue = HeaderValue::from_static("accept-encoding");
const GZIP: HeaderValue = HeaderValue::from_static("gzip");

/// A small JSON answer made for this request.
pub(super) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    let body = serde_json::to_vec(body).expect("wire types have string keys, so they serialise");
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
    response
}

/// A kept answer, as the request's headers want it: 304, gzip as kept, or plain.
///
/// Others may keep a copy while the answer is fresh, but for no longer than `edge_seconds`: a copy that isn't purged when
/// the answer changes must not live as long as the answer would have.
pub(super) fn kept(
    served: &Served,
    edge_seconds: u64,
    request: &HeaderMap,
) -> Result<Response, ErrorReply> {
    let answer = &served.answer;
    let mut response = Response::default();
    *response.status_mut() = match answer.kind {
        Kind::Found => StatusCode::OK,
        Kind::Unknown => StatusCode::NOT_FOUND,
    };
    let now = now();
    let fresh_until = answer
        .freshness
        .fresh_until
        .min(now.saturating_add(edge_seconds));
    let ttl = match answer.freshness.at(now) {
        State::Fresh { ttl } => ttl.min(edge_seconds),
        State::Stale { .. } | State::Expired => 0,
    };
    let headers = response.headers_mut();
    headers.reserve(HEADERS);
    set(headers, header::ETAG, answer.etag.clone());
    headers.insert(header::VARY, BY_CODING);
    set(headers, header::CACHE_CONTROL, public_for(ttl));
    set(headers, CACHE_STATUS, served.status.to_string());
    headers.insert(FRESH_UNTIL, fresh_until.into());
    headers.insert(STALE_UNTIL, answer.freshness.stale_until.into());
    if !answer.tags.is_empty() {
        set(headers, CACHE_TAG, answer.tags.join(","));
    }

    let unchanged = text(request, header::IF_NONE_MATCH)
        .is_some_and(|if_none_match| none_match(if_none_match, &answer.etag));
    if unchanged && answer.kind == Kind::Found {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Ok(response);
    }

    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
    let body = if takes_gzip(request) {
        headers.insert(header::CONTENT_ENCODING, GZIP);
        answer.body.gzip()
    } else {
        answer
            .body
            .plain()
            .map_err(|error| {
                tracing::error!(error = with_causes(&error), "a kept answer is damaged");
                ErrorReply::unavailable()
            })?
            .into()
    };
    headers.insert(header::CONTENT_LENGTH, body.len().into());
    *response.body_mut() = body.into();
    Ok(response)
}

/// Whether a client takes what is compressed, as kept answers are.
pub(super) fn takes_gzip(request: &HeaderMap) -> bool {
    accepts_gzip(text(request, header::ACCEPT_ENCODING))
}

/// What a method is answered: to HEAD all of the answer to GET but its body, which nobody else takes away in HTTP/2 and in
/// Lambda.
pub(super) fn to(method: &Method, response: Response) -> Response {
    if method != Method::HEAD {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    if let Some(length) = body.size_hint().exact()
        && parts.status != StatusCode::NOT_MODIFIED
    {
        parts.headers.insert(header::CONTENT_LENGTH, length.into());
    }
    Response::from_parts(parts, Full::default())
}

/// Sets a header whose value is made here.
pub(super) fn set(headers: &mut HeaderMap, name: HeaderName, value: String) {
    // Values are made of numbers, MBIDs, hex, encoded URLs and constants: none holds what a header can't.
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(name, value);
    }
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
