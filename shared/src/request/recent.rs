use super::RequestError;
use super::field;

/// The first `since` parameter in unix seconds; a fresh Lidarr sends the year 1, far below zero, which is legal.
pub(super) fn since(query: &str) -> Result<i64, RequestError> {
    Ok(field::since(query)?.unwrap_or(0))
}
