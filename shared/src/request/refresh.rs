use super::RequestError;
use super::field::parameter;

/// The first `since` parameter of a request to invalidate, in unix seconds; without one, the service knows where it was.
pub(super) fn since(query: &str) -> Result<Option<i64>, RequestError> {
    match parameter(query, "since").filter(|value| !value.is_empty()) {
        None => Ok(None),
        Some(value) => match value.parse() {
            Ok(seconds) if seconds >= 0 => Ok(Some(seconds)),
            _ => Err(RequestError::Invalid {
                field: "since",
                rule: "must be a whole number of seconds since 1970".to_owned(),
            }),
        },
    }
}
