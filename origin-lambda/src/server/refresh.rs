//! `POST /artist/{mbid}/refresh` and `POST /album/{mbid}/refresh`: a new answer now, for whoever sees that one is old.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Serialize;

use linernotes_shared::Mbid;
use linernotes_shared::http::NO_STORE;
use linernotes_shared::request::Entity;

use super::access::{has_key, require_key};
use super::error::ErrorReply;
use super::reply;
use crate::cache::{Refreshed, now};
use crate::config::RefreshBy;
use crate::crawler;
use crate::limiter::Rate;
use crate::service::Service;
use crate::telemetry::with_causes;

/// Of one answer, for those without a key.
const ONE: Rate = Rate {
    calls: 1,
    window: Duration::from_secs(10 * 60),
};

/// Of all answers together, for those without a key.
const ALL: Rate = Rate {
    calls: 30,
    window: Duration::from_secs(60),
};

/// What became of the answer.
#[derive(Serialize)]
struct Outcome {
    refreshed: &'static str,
}

pub(super) async fn post(
    service: &Arc<Service>,
    entity: Entity,
    mbid: Mbid,
    headers: &HeaderMap,
) -> Result<Response, ErrorReply> {
    let key = service.access.operator_key.as_ref();
    match service.access.refresh {
        RefreshBy::Key => require_key(headers, key)?,
        RefreshBy::Anybody if has_key(headers, key) => {}
        RefreshBy::Anybody => require_turn(service, entity, mbid).await?,
    }
    let refreshed = crawler::refresh(service, entity, mbid)
        .await
        .map_err(|error| {
            tracing::warn!(%entity, %mbid, error = with_causes(&error), "not refreshed");
            ErrorReply::unavailable()
        })?;
    let mut response = reply::json(
        StatusCode::OK,
        &Outcome {
            refreshed: match refreshed {
                Refreshed::New => "new",
                Refreshed::Changed => "changed",
                Refreshed::Unchanged => "unchanged",
                Refreshed::Doubted | Refreshed::Gone => "doubted",
                Refreshed::Unknown => return Err(ErrorReply::unknown(entity, mbid)),
            },
        },
    );
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(NO_STORE));
    Ok(response)
}

/// Refuses those who come too often: building is work, and so are the questions that it puts to providers.
async fn require_turn(service: &Service, entity: Entity, mbid: Mbid) -> Result<(), ErrorReply> {
    let now = now();
    let limiter = &service.limiter;
    if !limiter.permits("refresh", ALL, now).await {
        return Err(ErrorReply::too_often(ALL.window));
    }
    let one = format!("refresh/{entity}/{mbid}");
    if !limiter.permits(&one, ONE, now).await {
        return Err(ErrorReply::too_often(ONE.window));
    }
    Ok(())
}
