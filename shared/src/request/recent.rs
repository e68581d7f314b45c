use super::RequestError;
use super::field::parameter;

/// The first `since` parameter in unix seconds; a fresh Lidarr sends the year 1, far below zero, which is legal.
pub(super) fn since(query: &str) -> Result<i64, RequestError> {
    match parameter(query, "since") {
        None => Ok(0),
        Some(value) if value.is_empty() => Ok(0),
        Some(value) => value.parse().map_err(|_| RequestError::Invalid {
            field: "since",
            rule: "must be a whole number of seconds since 1970".to_owned(),
        }),
    }
}
