//! Fields of paths and queries.

use std::borrow::Cow;

use super::RequestError;
use crate::mbid::{InvalidMbid, Mbid};

/// An MBID in a path segment, however it is spelled.
pub(super) fn mbid(segment: &str) -> Result<Mbid, RequestError> {
    percent_decode(segment)
        .parse()
        .map_err(|error: InvalidMbid| RequestError::Invalid {
            field: "mbid",
            rule: error.to_string(),
        })
}

/// Braces arrive percent-encoded, so a path segment is decoded before it is read.
pub(super) fn percent_decode(segment: &str) -> Cow<'_, str> {
    percent_encoding::percent_decode_str(segment).decode_utf8_lossy()
}

/// The first parameter of a query by that name, in any case.
pub(super) fn parameter(query: &str, name: &str) -> Option<String> {
    form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.into_owned())
}

/// The first `since` parameter of a query in unix seconds, unless it is empty.
pub(super) fn since(query: &str) -> Result<Option<i64>, RequestError> {
    parameter(query, "since")
        .filter(|value| !value.is_empty())
        .map(|value| value.parse().map_err(|_| no_seconds()))
        .transpose()
}

/// What `since` must be.
pub(super) fn no_seconds() -> RequestError {
    invalid("since", "must be a whole number of seconds since 1970")
}

/// A field that breaks a rule.
pub(super) fn invalid(field: &'static str, rule: &str) -> RequestError {
    RequestError::Invalid {
        field,
        rule: rule.to_owned(),
    }
}
