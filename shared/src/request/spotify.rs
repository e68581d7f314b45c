use std::fmt;
use std::str::FromStr;

use super::RequestError;
use super::field::{parameter, percent_decode};

/// An id of Spotify's, e.g. `4dpARuHxo51G3z768sgnrY`: 22 digits of base 62. Capitals count.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpotifyId(String);

/// The text is no id of Spotify's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a Spotify id (22 letters and digits, such as 4dpARuHxo51G3z768sgnrY)")]
pub struct InvalidSpotifyId;

impl SpotifyId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SpotifyId {
    type Err = InvalidSpotifyId;

    fn from_str(text: &str) -> Result<Self, InvalidSpotifyId> {
        let is_id = text.len() == 22 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_id.then(|| Self(text.to_owned())).ok_or(InvalidSpotifyId)
    }
}

impl fmt::Display for SpotifyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Text that may stand in no log: a code or a token.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Confidential(String);

impl Confidential {
    /// The text itself, to be sent to whom it is for.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Confidential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<confidential>")
    }
}

/// What Spotify sends a user back with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Authorization {
    /// What tokens are had for, once.
    pub code: Confidential,
    /// Where Lidarr wants the tokens: the address of its own page for that, as Lidarr's user's browser knows it.
    /// Whoever made the request chose it, so it is followed only if the settings allow it.
    pub state: String,
}

impl Authorization {
    /// The canonical path and query, with the code.
    pub(super) fn canonical_path(&self) -> String {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("code", self.code.reveal())
            .append_pair("state", &self.state)
            .finish();
        format!("/spotify/auth?{query}")
    }
}

/// The canonical path and query of a renewal, with the token.
pub(super) fn renewal(token: &Confidential) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair(REFRESH_TOKEN, token.reveal())
        .finish();
    format!("/spotify/renew?{query}")
}

const REFRESH_TOKEN: &str = "refresh_token";

/// Most bytes of a code, a token or an address; Spotify's own have some hundreds.
const LONGEST: usize = 2_048;

/// An id in a path segment.
pub(super) fn id(segment: &str) -> Result<SpotifyId, RequestError> {
    percent_decode(segment)
        .parse()
        .map_err(|error: InvalidSpotifyId| RequestError::Invalid {
            field: "id",
            rule: error.to_string(),
        })
}

pub(super) fn authorization(query: &str) -> Result<Authorization, RequestError> {
    let code = match parameter(query, "code") {
        Some(code) if !code.is_empty() => visible("code", code)?,
        _ => return Err(without_code(query)),
    };
    let state = parameter(query, "state").unwrap_or_default();
    Ok(Authorization {
        code: Confidential(code),
        state: visible("state", state)?,
    })
}

/// The user said no, or Spotify did; its word for that is one that can be repeated.
fn without_code(query: &str) -> RequestError {
    let is_word = |word: &String| {
        (1..=40).contains(&word.len())
            && word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    RequestError::Invalid {
        field: "code",
        rule: match parameter(query, "error").filter(is_word) {
            Some(word) => format!("Spotify gave none: {word}"),
            None => "must be the code that Spotify gives".to_owned(),
        },
    }
}

pub(super) fn refresh_token(query: &str) -> Result<Confidential, RequestError> {
    let token = parameter(query, REFRESH_TOKEN).unwrap_or_default();
    visible(REFRESH_TOKEN, token).map(Confidential)
}

fn visible(field: &'static str, text: String) -> Result<String, RequestError> {
    let is_visible =
        (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if is_visible {
        Ok(text)
    } else {
        Err(RequestError::Invalid {
            field,
            rule: format!("must be 1 to {LONGEST} visible ASCII characters"),
        })
    }
}
