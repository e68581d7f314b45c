//! `GET /`: which version serves which state of MusicBrainz.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use linernotes_shared::http::NO_STORE;
use linernotes_shared::wire::Status;

use super::error::ErrorReply;
use super::reply;
use crate::service::Service;
use crate::telemetry::with_causes;

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
            version: env!("CARGO_PKG_VERSION").to_owned(),
            branch: option_env!("LINERNOTES_BRANCH")
                .unwrap_or("main")
                .to_owned(),
            commit: option_env!("LINERNOTES_COMMIT")
                .unwrap_or("unknown")
                .to_owned(),
            replication_date: replication
                .as_ref()
                .and_then(|replication| replication.date)
                .map(|date| date.to_string()),
            schema_sequence: replication.map(|replication| replication.schema_sequence),
        },
    );
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static(NO_STORE));
    Ok(response)
}
