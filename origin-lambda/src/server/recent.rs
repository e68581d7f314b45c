//! `GET /recent/artist` and `GET /recent/album`: what changed since a moment.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use jiff::Timestamp;

use linernotes_shared::http::NO_STORE;
use linernotes_shared::request::Entity;
use linernotes_shared::wire::Recent;

use super::error::ErrorReply;
use super::reply;

/// No record of changes is kept yet, and the honest way to say so is `limited`: Lidarr then refreshes by age. Any other
/// answer than this shape makes its scheduled refresh fail.
pub(super) fn get(_: Entity, since: i64) -> Result<Response, ErrorReply> {
    let since = Timestamp::from_second(since).unwrap_or(Timestamp::UNIX_EPOCH);
    let mut response = reply::json(
        StatusCode::OK,
        &Recent {
            since: since.to_string(),
            count: 0,
            limited: true,
            items: Vec::new(),
        },
    );
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static(NO_STORE));
    Ok(response)
}
