use super::RequestError;
use super::field;

/// The first `since` parameter of a request to invalidate, in unix seconds; without one, the service knows where it was.
pub(super) fn since(query: &str) -> Result<Option<i64>, RequestError> {
    match field::since(query)? {
        Some(..0) => Err(field::no_seconds()),
        since => Ok(since),
    }
}
