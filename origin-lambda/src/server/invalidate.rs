//! `GET /invalidate`: renews what changed in MusicBrainz, for operators whose replica tells them when it has.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, StatusCode, header};

use linernotes_shared::http::NO_STORE;

use super::Response;
use super::access::require_key;
use super::error::ErrorReply;
use super::reply;
use crate::cache::now;
use crate::crawler::{self, Deadline, Outcome, Task};
use crate::service::Service;
use crate::telemetry::with_causes;

/// The report of a run; 409 if one is under way.
pub(super) async fn get(
    service: &Arc<Service>,
    since: Option<i64>,
    headers: &HeaderMap,
) -> Result<Response, ErrorReply> {
    require_key(headers, service.access.operator_key.as_ref())?;
    let is_ahead = since.is_some_and(|since| u64::try_from(since).is_ok_and(|since| since > now()));
    if is_ahead {
        return Err(ErrorReply::invalid("since", "must not lie in the future"));
    }
    let task = Task::Invalidate { since };
    // What is left then is the next run's.
    let patience = Duration::from_secs(service.crawling.request_seconds);
    // A task of its own, which goes on even if whoever asked hangs up: otherwise nobody else could run for the lease's time.
    let running = tokio::spawn({
        let service = Arc::clone(service);
        async move { crawler::run(&service, &task, Deadline::within(patience)).await }
    });
    let run = running.await.map_err(|error| {
        tracing::error!(
            error = with_causes(&error),
            "invalidation ended by a fault of its own"
        );
        ErrorReply::unavailable()
    })?;
    match run {
        Ok(Outcome::Ran(report)) => {
            let mut response = reply::json(StatusCode::OK, &report);
            let headers = response.headers_mut();
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(NO_STORE));
            Ok(response)
        }
        Ok(Outcome::UnderWay) => Err(ErrorReply::under_way()),
        Err(_) => Err(ErrorReply::unavailable()),
    }
}
