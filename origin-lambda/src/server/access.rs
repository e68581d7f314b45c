use ::http::{HeaderMap, HeaderName, header};
use subtle::ConstantTimeEq;

use linernotes_shared::http;

use super::error::ErrorReply;
use crate::config::Secret;

const OPERATOR_KEY: HeaderName = HeaderName::from_static(http::OPERATOR_KEY);

/// Whether the request carries the operator's key: in `Authorization`, or where the edge puts that, by itself or after
/// `Bearer`. How much of a wrong key is right doesn't show in the time this takes.
pub(super) fn has_key(headers: &HeaderMap, key: Option<&Secret>) -> bool {
    let given = headers
        .get(OPERATOR_KEY)
        .or_else(|| headers.get(header::AUTHORIZATION))
        .map(|value| {
            let value = value.as_bytes();
            value.strip_prefix(b"Bearer ").unwrap_or(value)
        });
    match (key.map(Secret::reveal), given) {
        (Some(key), Some(given)) if !key.is_empty() => key.as_bytes().ct_eq(given).into(),
        _ => false,
    }
}

/// Refuses whoever hasn't the operator's key.
pub(super) fn require_key(headers: &HeaderMap, key: Option<&Secret>) -> Result<(), ErrorReply> {
    if has_key(headers, key) {
        Ok(())
    } else {
        Err(ErrorReply::unauthorised())
    }
}

#[cfg(test)]
mod tests {
    use ::http::HeaderValue;

    use super::*;

    fn given(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static(value))])
    }

    #[test]
    fn the_key_alone_opens_and_nothing_does_without_one() {
        let key: Secret = serde_json::from_str("\"k3y\"").unwrap();
        let empty: Secret = serde_json::from_str("\"\"").unwrap();
        for (value, opens) in [
            ("k3y", true),
            ("Bearer k3y", true),
            ("k3", false),
            ("k3yy", false),
            ("Bearer  k3y", false),
            ("", false),
            ("Bearer ", false),
        ] {
            assert_eq!(has_key(&given(value), Some(&key)), opens, "{value:?}");
            assert!(!has_key(&given(value), Some(&empty)), "{value:?}");
            assert!(!has_key(&given(value), None), "{value:?}");
        }
        assert!(!has_key(&HeaderMap::new(), Some(&key)));
        let by_the_edge = [
            (OPERATOR_KEY, HeaderValue::from_static("Bearer k3y")),
            (
                header::AUTHORIZATION,
                HeaderValue::from_static("AWS4-HMAC-SHA256 Credential=a"),
            ),
        ];
        assert!(has_key(&by_the_edge.into_iter().collect(), Some(&key)));
    }
}
