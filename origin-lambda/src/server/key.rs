//! Whether a request comes from the edge, where the two share a key. In Lambda, AWS checks signatures instead.

use ::http::{HeaderMap, HeaderName};
use subtle::ConstantTimeEq;

use linernotes_shared::http;

use crate::config::Secret;

const KEY: HeaderName = HeaderName::from_static(http::ORIGIN_KEY);

/// Whether the request may be answered: it names the key, or there is none. Only the key's length can be told from the
/// time this takes.
pub(super) fn admits(key: Option<&Secret>, headers: &HeaderMap) -> bool {
    let Some(key) = key else {
        return true;
    };
    let given = headers.get(KEY).map_or(&b""[..], |given| given.as_bytes());
    key.reveal().as_bytes().ct_eq(given).into()
}

#[cfg(test)]
mod tests {
    use ::http::HeaderValue;

    use super::*;

    fn admitted(key: &str, given: Option<&str>) -> bool {
        let key: Secret = serde_json::from_value(key.into()).unwrap();
        let given = given.map(|given| (KEY, HeaderValue::from_str(given).unwrap()));
        admits(Some(&key), &given.into_iter().collect())
    }

    #[test]
    fn who_names_the_key_is_admitted_and_all_are_where_there_is_none() {
        assert!(admitted("between-us", Some("between-us")));
        for given in [None, Some(""), Some("between-uS"), Some("between-us-two")] {
            assert!(!admitted("between-us", given), "{given:?}");
        }
        assert!(admits(None, &HeaderMap::new()));
    }
}
