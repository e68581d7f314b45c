//! The HTTP side: one router for Lambda and for one machine.
//!
//! Every path goes through [`linernotes_shared::request::Request::parse`], the same code that the edge runs, and from
//! there to its endpoint's module.

mod access;
mod body;
mod chart;
mod client;
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

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request as HttpRequest, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method as HttpMethod, Uri};
use axum::response::Response;
use axum::routing;
use tracing::Instrument;
use uuid::Uuid;

use linernotes_shared::http;
use linernotes_shared::request::{Method, Request, RequestError};

use crate::service::Service;
use crate::telemetry::{Route, figures};
use client::Client;
use error::ErrorReply;

const REQUEST_ID: HeaderName = HeaderName::from_static(http::REQUEST_ID);

/// The service as a tower service, for `lambda_http` or `axum::serve`.
pub fn router(service: Arc<Service>) -> Router {
    Router::new()
        .route(metrics::PATH, routing::get(metrics::get))
        .fallback(serve)
        .with_state(service)
}

/// Any request: gives it an id, logs it, answers it.
async fn serve(State(service): State<Arc<Service>>, request: HttpRequest) -> Response {
    let started = Instant::now();
    let _in_flight = figures().request_begins();
    // Its parts are taken, for an extractor of each would copy it.
    let (head, body) = request.into_parts();
    let request_id = request_id(&head.headers);
    let span = tracing::info_span!("request", %request_id);
    async {
        let (route, mut response) = match read(&head.method, &head.uri) {
            _ if !key::admits(service.access.origin_key.as_ref(), &head.headers) => {
                tracing::warn!("a request without the edge's key");
                let refusal = ErrorReply::not_from_the_edge().into_response();
                (Route::REFUSED, refusal)
            }
            Ok((method, request)) => {
                let (route, path) = (Route::from(&request), request.path_for_log());
                let response = answer(&service, method, &request, &head, body).await;
                tracing::info!(
                    %method,
                    route = route.name(),
                    path,
                    status = response.status().as_u16(),
                    ms = started.elapsed().as_millis(),
                    "answered"
                );
                (route, response)
            }
            Err(error) => {
                let refused =
                    page::refuse(&error, head.uri.path(), &head.headers, &service.pictures)
                        .unwrap_or_else(|| ErrorReply::from(error).into_response());
                (Route::REFUSED, refused)
            }
        };
        figures().answered(route, response.status().as_u16(), started.elapsed());
        // A generated or checked id holds header characters only.
        if let Ok(value) = HeaderValue::try_from(request_id) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        response
    }
    .instrument(span)
    .await
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

async fn answer(
    service: &Arc<Service>,
    method: Method,
    request: &Request,
    head: &Parts,
    body: Body,
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
            let client = Client::of(head, service.access.origin_key.is_some());
            Box::pin(refresh::post(service, *entity, *mbid, headers, client)).await
        }
        Request::Invalidate(since) => Box::pin(invalidate::get(service, *since, headers)).await,
    };
    let response = response.unwrap_or_else(ErrorReply::into_response);
    match method {
        Method::Head => reply::without_body(response),
        Method::Get | Method::Post => response,
    }
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
