//! Bodies of `POST` requests: JSON arrays of ids, which is all that Lidarr sends. Null stands for what has none, such as a
//! file of the user's own in a list of Spotify's.

use crate::http::essence;

/// The largest body taken, in bytes. [`MOST_IDS`] MBIDs on a line each, as Lidarr writes them, take 43,000.
pub const LARGEST_BODY: usize = 64 * 1024;
/// The most ids in one body.
pub const MOST_IDS: usize = 1_000;

/// A body can't be passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Not JSON by its `Content-Type`.
    #[error("content-type: must be application/json")]
    MediaType,
    /// Too many bytes.
    #[error("body: must have at most {LARGEST_BODY} bytes")]
    TooLarge,
    /// Not a list of ids.
    #[error("body: must be a JSON array of strings")]
    NoList,
    /// Too many ids.
    #[error("body: must have at most {MOST_IDS} ids")]
    TooMany,
}

impl BodyError {
    /// The HTTP status of the answer.
    pub const fn status(self) -> u16 {
        match self {
            Self::MediaType => 415,
            Self::TooLarge | Self::TooMany => 413,
            Self::NoList => 400,
        }
    }
}

/// Whether a body may be passed on, by its `Content-Type` and its bytes.
pub fn check_ids(content_type: Option<&str>, body: &[u8]) -> Result<(), BodyError> {
    if !essence(content_type.unwrap_or_default()).eq_ignore_ascii_case("application/json") {
        return Err(BodyError::MediaType);
    }
    if body.len() > LARGEST_BODY {
        return Err(BodyError::TooLarge);
    }
    let ids: Vec<Option<String>> = serde_json::from_slice(body).map_err(|_| BodyError::NoList)?;
    if ids.len() > MOST_IDS {
        return Err(BodyError::TooMany);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: Option<&str> = Some("application/json; charset=utf-8");

    #[test]
    fn a_list_of_ids_is_passed_on_as_large_as_lidarr_may_send_it() {
        assert_eq!(check_ids(JSON, b"[]"), Ok(()));
        assert_eq!(check_ids(JSON, br#"["x", null, ""]"#), Ok(()));
        let ids: Vec<String> = (0..MOST_IDS)
            .map(|_| "070d193a-845c-479f-980e-bef15710653e".to_owned())
            .collect();
        let body = serde_json::to_vec_pretty(&ids).unwrap();
        assert_eq!(check_ids(JSON, &body), Ok(()));
    }

    #[test]
    fn anything_else_is_refused_with_its_rule() {
        let many = serde_json::to_vec(&vec!["x"; MOST_IDS + 1]).unwrap();
        for (content_type, body, error) in [
            (None, &b"[]"[..], BodyError::MediaType),
            (Some("text/plain"), b"[]", BodyError::MediaType),
            (JSON, b"", BodyError::NoList),
            (JSON, b"{}", BodyError::NoList),
            (JSON, b"[1]", BodyError::NoList),
            (JSON, br#"["x""#, BodyError::NoList),
            (JSON, &many, BodyError::TooMany),
            (JSON, &[b' '; LARGEST_BODY + 1], BodyError::TooLarge),
        ] {
            assert_eq!(check_ids(content_type, body), Err(error));
        }
    }
}
