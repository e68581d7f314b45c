//! `POST /artist/{mbid}/refresh` and `POST /album/{mbid}/refresh`: a new answer now, for whoever sees that one is old.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;

use linernotes_shared::Mbid;
use linernotes_shared::http::NO_STORE;
use linernotes_shared::request::Entity;

use super::Response;
use super::access::{has_key, require_key};
use super::client::Client;
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

/// Of one client: what somebody sees on a page or two.
const CLIENT: Rate = Rate {
    calls: 10,
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
    client: Option<Client>,
) -> Result<Response, ErrorReply> {
    let key = service.access.operator_key.as_ref();
    match service.access.refresh {
        RefreshBy::Key => require_key(headers, key)?,
        RefreshBy::Anybody if has_key(headers, key) => {}
        RefreshBy::Anybody => require_turn(service, entity, mbid, client).await?,
    }
    // A task of its own, which goes on even if whoever asked hangs up: what follows is to be done.
    let refreshing = tokio::spawn({
        let service = Arc::clone(service);
        async move { crawler::refresh(&service, entity, mbid).await }
    });
    let refreshed = refreshing
        .await
        .map_err(|error| not_refreshed(entity, mbid, &error))?
        .map_err(|error| not_refreshed(entity, mbid, &error))?;
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

fn not_refreshed(entity: Entity, mbid: Mbid, error: &(dyn Error + 'static)) -> ErrorReply {
    tracing::warn!(%entity, %mbid, error = with_causes(error), "not refreshed");
    ErrorReply::unavailable()
}

/// Refuses those who come too often: building is work, and so are the questions that it puts to providers.
///
/// The narrower count comes first each time, or who is refused there would use up what all have together.
async fn require_turn(
    service: &Service,
    entity: Entity,
    mbid: Mbid,
    client: Option<Client>,
) -> Result<(), ErrorReply> {
    let now = now();
    let limiter = &service.refreshes;
    if let Some(client) = client {
        let client = format!("refresh/client/{}", client.mark());
        if !limiter.permits(&client, CLIENT, now).await {
            return Err(ErrorReply::too_often(CLIENT.window));
        }
    }
    let one = format!("refresh/{entity}/{mbid}");
    if !limiter.permits(&one, ONE, now).await {
        return Err(ErrorReply::too_often(ONE.window));
    }
    if !limiter.permits("refresh", ALL, now).await {
        // Its own turn is used up too.
        return Err(ErrorReply::too_often(ONE.window));
    }
    Ok(())
}
