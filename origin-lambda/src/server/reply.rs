//! Responses from bodies.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Serialize;

use linernotes_shared::cache::State;
use linernotes_shared::http::{
    CACHE_STATUS, CACHE_TAG, FRESH_UNTIL, JSON, STALE_UNTIL, accepts_gzip, none_match, public_for,
};

use super::error::ErrorReply;
use crate::cache::{Kind, Served, now};
use crate::telemetry::with_causes;

/// A small JSON answer made for this request.
pub(super) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    let body = serde_json::to_vec(body).expect("wire types have string keys, so they serialise");
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
    response
}

/// A kept answer, as the client's headers want it: 304, gzip as kept, or plain.
pub(super) fn kept(served: &Served, headers: &HeaderMap) -> Result<Response, ErrorReply> {
    let answer = &served.answer;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = match answer.kind {
        Kind::Found => StatusCode::OK,
        Kind::Unknown => StatusCode::NOT_FOUND,
    };
    let ttl = match answer.freshness.at(now()) {
        State::Fresh { ttl } => ttl,
        State::Stale { .. } | State::Expired => 0,
    };
    set(&mut response, header::ETAG, &answer.etag);
    set(&mut response, header::VARY, "accept-encoding");
    set(&mut response, header::CACHE_CONTROL, &public_for(ttl));
    set(&mut response, CACHE_STATUS, &served.status.to_string());
    set(
        &mut response,
        FRESH_UNTIL,
        &answer.freshness.fresh_until.to_string(),
    );
    set(
        &mut response,
        STALE_UNTIL,
        &answer.freshness.stale_until.to_string(),
    );
    if !answer.tags.is_empty() {
        set(&mut response, CACHE_TAG, &answer.tags.join(","));
    }

    let unchanged = text(headers, header::IF_NONE_MATCH)
        .is_some_and(|if_none_match| none_match(if_none_match, &answer.etag));
    if unchanged && answer.kind == Kind::Found {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Ok(response);
    }

    set(&mut response, header::CONTENT_TYPE, JSON);
    let body = if accepts_gzip(text(headers, header::ACCEPT_ENCODING)) {
        set(&mut response, header::CONTENT_ENCODING, "gzip");
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
    set(
        &mut response,
        header::CONTENT_LENGTH,
        &body.len().to_string(),
    );
    *response.body_mut() = Body::from(body);
    Ok(response)
}

/// The answer to HEAD: all of the answer to GET but its body.
pub(super) fn without_body(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    if let Some(length) = axum::body::HttpBody::size_hint(&body).exact()
        && parts.status != StatusCode::NOT_MODIFIED
    {
        parts.headers.insert(header::CONTENT_LENGTH, length.into());
    }
    Response::from_parts(parts, Body::empty())
}

fn set(response: &mut Response, name: impl TryInto<HeaderName>, value: &str) {
    // Names are constants; values are numbers, MBIDs, hex and constants: none holds what a header can't.
    if let (Ok(name), Ok(value)) = (name.try_into(), HeaderValue::from_str(value)) {
        response.headers_mut().insert(name, value);
    }
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
