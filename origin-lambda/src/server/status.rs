//! `GET /`: which version serves which state of MusicBrainz.

use http::{HeaderValue, StatusCode, header};

use linernotes_shared::http::NO_STORE;
use linernotes_shared::wire::Status;

use super::Response;
use super::error::ErrorReply;
use super::reply;
use crate::service::Service;
use crate::telemetry::with_causes;
use crate::version;

/// Always an answer: a replica in trouble shows as nulls.
pub(super) async fn get(service: &Service) -> Result<Response, ErrorReply> {
    let replication = service
        .catalogue
        .replication()
        .await
        .inspect_err(|error| {
            tracing::warn!(error = with_causes(error), "replica's state unknown");
        })
        .ok();
    let mut response = reply::json(
        StatusCode::OK,
        &Status {
            version: version::NUMBER.to_owned(),
            branch: version::BRANCH.to_owned(),
            commit: version::COMMIT.to_owned(),
            replication_date: replication
                .as_ref()
                .and_then(|replication| replication.date)
                .map(|date| date.to_string()),
            schema_sequence: replication.map(|replication| replication.schema_sequence),
        },
    );
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(NO_STORE));
    headers.insert(header::VARY, HeaderValue::from_static("accept"));
    Ok(response)
}
