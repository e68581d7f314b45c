//! The HTTP side, the same in Lambda and on one machine.
//!
//! Every path goes through [`linernotes_shared::request::Request::parse`], the same code that the edge runs, and from
//! there to its endpoint's module.

mod access;
mod body;
mod chart;
mod client;
mod connections;
mod error;
mod fingerprint;
mod invalidate;
mod key;
mod lookup;
mod metrics;
mod page;
mod recent;
mod refresh;
mod reply;
mod search;
mod series;
mod spotify;
mod status;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use ::http::request::Parts;
use ::http::{HeaderMap, HeaderName, HeaderValue, Method as HttpMethod, Uri};
use bytes::Bytes;
use http_body_util::Full;
use tracing::Instrument;
use uuid::Uuid;

use linernotes_shared::http;
use linernotes_shared::request::{Method, Request, RequestError};

use crate::service::Service;
use crate::telemetry::{Route, figures};
use body::RequestBody;
use client::Client;
use error::ErrorReply;

pub use connections::serve;

/// An answer: its body is there as a whole before it is sent.
pub type Response = ::http::Response<Full<Bytes>>;

const REQUEST_ID: HeaderName = HeaderName::from_static(http::REQUEST_ID);

/// Answers any request, in Lambda or on one machine. `other_side` is the other end of its connection, if there is one.
pub async fn respond(
    service: &Arc<Service>,
    request: ::http::Request<impl RequestBody>,
    other_side: Option<IpAddr>,
) -> Response {
    let (head, body) = request.into_parts();
    if head.uri.path() == metrics::PATH {
        return metrics::answer(service, &head.method, &head.headers);
    }
    let started = Instant::now();
    let _in_flight = figures().request_begins();
    let request_id = request_id(&head.headers);
    let (route, mut response) = match read(&head.method, &head.uri) {
        _ if !key::admits(service.access.origin_key.as_ref(), &head.headers) => {
            tracing::warn!(request_id, "a request without the edge's key");
            let refusal = ErrorReply::not_from_the_edge().into_response();
            (Route::REFUSED, refusal)
        }
        Ok((method, request)) => {
            let response = match from_memory(service, &request, &head.headers) {
                Some(response) => response,
                None => {
                    let span = tracing::info_span!("request", request_id);
                    // Boxed, so that an answer from memory doesn't carry the room for this.
                    let answering = Box::pin(answer(service, &request, &head, body, other_side));
                    answering.instrument(span).await
                }
            };
            let route = Route::from(&request);
            tracing::info!(
                request_id,
                %method,
                route = route.name(),
                path = request.path_for_log(),
                status = response.status().as_u16(),
                ms = started.elapsed().as_millis(),
                "answered"
            );
            (route, response)
        }
        Err(error) => {
            let refused = page::refuse(&error, head.uri.path(), &head.headers, &service.pictures)
                .unwrap_or_else(|| ErrorReply::from(error).into_response());
            (Route::REFUSED, refused)
        }
    };
    figures().answered(route, response.status().as_u16(), started.elapsed());
    // A generated or checked id holds header characters only.
    if let Ok(value) = HeaderValue::try_from(request_id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    reply::to(&head.method, response)
}

fn read(method: &HttpMethod, uri: &Uri) -> Result<(Method, Request), RequestError> {
    // An unknown method is refused like a known one on the wrong route.
    let method = Method::from_name(method.as_str());
    let request = Request::parse(
        method.unwrap_or(Method::Get),
        uri.path(),
        uri.query().unwrap_or_default(),
    )?;
    match method {
        Some(method) => Ok((method, request)),
        None => Err(RequestError::MethodNotAllowed {
            allowed: request.allowed(),
        }),
    }
}

/// The answer if memory has it. Of an artist or album, it mostly has.
fn from_memory(service: &Service, request: &Request, headers: &HeaderMap) -> Option<Response> {
    match request {
        Request::Lookup(entity, mbid) => lookup::from_memory(service, *entity, *mbid, headers),
        _ => None,
    }
}

async fn answer(
    service: &Arc<Service>,
    request: &Request,
    head: &Parts,
    body: impl RequestBody,
    other_side: Option<IpAddr>,
) -> Response {
    let headers = &head.headers;
    let response = match request {
        Request::Status if page::is_wanted(headers) => page::front(service, headers).await,
        Request::Status => status::get(service).await,
        Request::Page(asked) => Box::pin(page::get(service, asked, headers)).await,
        Request::Lookup(entity, mbid) => lookup::get(service, *entity, *mbid, headers).await,
        Request::Recent(entity, since) => recent::get(service, *entity, *since).await,
        Request::Search(asked) => search::get(service, asked, headers).await,
        Request::Fingerprint => fingerprint::post(service, headers, body).await,
        Request::Series(mbid) => series::get(service, *mbid, headers).await,
        Request::Chart(chart) => chart::get(service, chart, headers).await,
        Request::Spotify(entity, id) => spotify::get(service, *entity, id, headers).await,
        Request::SpotifyLookup => spotify::lookup(service, headers, body).await,
        Request::SpotifyAuth(authorization) => spotify::authorize(service, authorization).await,
        Request::SpotifyRenew(token) => spotify::renew(service, token).await,
        // Rare, and large: boxed, so that other requests don't carry the room for them.
        Request::Refresh(entity, mbid) => {
            let client = Client::of(headers, other_side, service.access.origin_key.is_some());
            Box::pin(refresh::post(service, *entity, *mbid, headers, client)).await
        }
        Request::Invalidate(since) => Box::pin(invalidate::get(service, *since, headers)).await,
    };
    response.unwrap_or_else(ErrorReply::into_response)
}

/// The caller's request id if it's a plain one, else a new one.
fn request_id(headers: &HeaderMap) -> String {
    headers
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(|id| {
            (1..=64).contains(&id.len())
                && id
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        })
        .map_or_else(|| Uuid::new_v4().to_string(), str::to_owned)
}
