//! What a client sends along with its question.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use super::error::ErrorReply;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A request's body, as it comes in Lambda or on a connection.
pub trait RequestBody: http_body::Body<Data: Send, Error: Into<BoxError>> + Send {}

impl<B> RequestBody for B where B: http_body::Body<Data: Send, Error: Into<BoxError>> + Send {}

/// Time for a whole body.
const PATIENCE: Duration = Duration::from_secs(10);

/// A body of up to `most` bytes as JSON. `wanted` says in words what it must be.
///
/// Its media type isn't looked at: nothing else is taken here.
pub(super) async fn json<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: impl RequestBody,
    most: usize,
    wanted: &'static str,
) -> Result<T, ErrorReply> {
    let bytes = read(headers, body, most).await?;
    serde_json::from_slice(&bytes).map_err(|error| {
        // The error's own words may repeat what was sent.
        let place = format!("line {}, column {}", error.line(), error.column());
        ErrorReply::refusing(
            StatusCode::BAD_REQUEST,
            format!("body: must be {wanted}; it isn't at {place}"),
        )
    })
}

async fn read(
    headers: &HeaderMap,
    body: impl RequestBody,
    most: usize,
) -> Result<Bytes, ErrorReply> {
    let too_long = || {
        ErrorReply::refusing(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("body: must be at most {most} bytes"),
        )
    };
    let told = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if told.is_some_and(|length| length > most) {
        return Err(too_long());
    }
    let body = std::pin::pin!(Limited::new(body, most));
    match tokio::time::timeout(PATIENCE, body.collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_long()),
        Ok(Err(_)) => Err(ErrorReply::refusing(
            StatusCode::BAD_REQUEST,
            "body: must come to its end".to_owned(),
        )),
        Err(_) => Err(ErrorReply::refusing(
            StatusCode::REQUEST_TIMEOUT,
            format!("body: must come within {} s", PATIENCE.as_secs()),
        )),
    }
}
