//! Fields of paths and queries.

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
pub(super) fn percent_decode(segment: &str) -> String {
    // In a form, `+` is a space; in a path it is itself.
    let escaped = segment.replace('+', "%2B");
    form_urlencoded::parse(escaped.as_bytes())
        .next()
        .map(|(decoded, _)| decoded.into_owned())
        .unwrap_or_default()
}

/// The first parameter of a query by that name, in any case.
pub(super) fn parameter(query: &str, name: &str) -> Option<String> {
    form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.into_owned())
}
