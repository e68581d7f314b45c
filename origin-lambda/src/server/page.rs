//! `GET /` for browsers, and `GET /browse`.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use linernotes_shared::http::{HTML, NO_STORE, prefers_html};
use linernotes_shared::request::{Page, Request, RequestError};

use super::Response;
use super::error::ErrorReply;
use super::reply::{set, takes_gzip};
use crate::cache::Segment;
use crate::page::{self, Html, Pictures};
use crate::service::Service;

/// The fields of a request's header that pages depend on; the front page on its media type too.
const BY_CODING: &str = "accept-encoding";
const BY_CODING_AND_TYPE: &str = "accept-encoding, accept";

/// Whether the client wants the front page rather than its JSON.
pub(super) fn is_wanted(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT);
    prefers_html(accept.and_then(|accept| accept.to_str().ok()))
}

pub(super) async fn front(service: &Service, headers: &HeaderMap) -> Result<Response, ErrorReply> {
    let html = page::front(service).await;
    let mut response = response(html, headers, &service.pictures);
    response
        .headers_mut()
        .insert(header::VARY, HeaderValue::from_static(BY_CODING_AND_TYPE));
    Ok(response)
}

pub(super) async fn get(
    service: &Arc<Service>,
    page: &Page,
    headers: &HeaderMap,
) -> Result<Response, ErrorReply> {
    let html = page::page(service, page).await;
    Ok(response(html, headers, &service.pictures))
}

/// A request that can't be read, for a browser that asked for a page.
pub(super) fn refuse(
    error: &RequestError,
    path: &str,
    headers: &HeaderMap,
    pictures: &Pictures,
) -> Option<Response> {
    let is_page = Request::is_of_pages(path) && is_wanted(headers);
    let html = || page::refused(error.status(), &error.to_string());
    is_page.then(|| response(html(), headers, pictures))
}

fn response(html: Html, request: &HeaderMap, pictures: &Pictures) -> Response {
    let is_gzip = !html.body.is_empty() && takes_gzip(request);
    let mut response = Response::new(if is_gzip {
        Segment::new(html.body.as_bytes()).gzip().into()
    } else {
        html.body.into()
    });
    *response.status_mut() =
        StatusCode::from_u16(html.status).expect("pages have statuses of three digits");
    let headers = response.headers_mut();
    let constants: [(HeaderName, &'static str); 5] = [
        (header::VARY, BY_CODING),
        (header::CONTENT_TYPE, HTML),
        (header::CACHE_CONTROL, NO_STORE),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    for (name, value) in constants {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if is_gzip {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
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
