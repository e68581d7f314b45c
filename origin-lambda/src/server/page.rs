//! `GET /` for browsers, and `GET /browse`.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;

use linernotes_shared::http::{HTML, NO_STORE, prefers_html};
use linernotes_shared::request::{Page, RequestError};

use super::error::ErrorReply;
use super::reply::set;
use crate::page::{self, Html, Pictures};
use crate::service::Service;

/// Whether the client wants the front page rather than its JSON.
pub(super) fn is_wanted(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT);
    prefers_html(accept.and_then(|accept| accept.to_str().ok()))
}

pub(super) async fn front(service: &Service) -> Result<Response, ErrorReply> {
    let mut response = response(page::front(service).await, &service.pictures);
    response
        .headers_mut()
        .insert(header::VARY, HeaderValue::from_static("accept"));
    Ok(response)
}

pub(super) async fn get(service: &Arc<Service>, page: &Page) -> Result<Response, ErrorReply> {
    let html = page::page(service, page).await;
    Ok(response(html, &service.pictures))
}

/// A request that can't be read, for a browser that asked for a page.
pub(super) fn refuse(
    error: &RequestError,
    path: &str,
    headers: &HeaderMap,
    pictures: &Pictures,
) -> Option<Response> {
    let is_page = path.contains("/browse") && is_wanted(headers);
    is_page.then(|| response(page::refused(error.status(), &error.to_string()), pictures))
}

fn response(html: Html, pictures: &Pictures) -> Response {
    let mut response = Response::new(Body::from(html.body));
    *response.status_mut() =
        StatusCode::from_u16(html.status).expect("pages have statuses of three digits");
    let headers = response.headers_mut();
    let constants: [(HeaderName, &'static str); 4] = [
        (header::CONTENT_TYPE, HTML),
        (header::CACHE_CONTROL, NO_STORE),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    for (name, value) in constants {
        headers.insert(name, HeaderValue::from_static(value));
    }
    set(
        headers,
        header::CONTENT_SECURITY_POLICY,
        page::policy(pictures),
    );
    if let Some(location) = html.location {
        set(headers, header::LOCATION, location);
    }
    if html.status == 503 {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("30"));
    }
    response
}
