use std::time::Duration;

use super::{ConfigError, Secret, number};

/// Milliseconds the origin has when `ORIGIN_TIMEOUT_MS` isn't set.
const DEFAULT_TIMEOUT_MS: u64 = 10_000;
/// Cloudflare lets work go on for 30 s after the answer that caused it.
const MAX_TIMEOUT_MS: u64 = 25_000;

/// Where the origin is and how it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// `ORIGIN_URL` without a trailing slash, so that a canonical path can follow.
    pub url: String,
    /// `ORIGIN_TIMEOUT_MS`: what the origin has for a whole answer, body and repetition included.
    pub timeout: Duration,
    /// How requests prove where they come from.
    pub access: Access,
}

/// How requests to the origin prove where they come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Not at all: the origin answers anybody.
    Open,
    /// By a secret that both sides know: `ORIGIN_KEY`.
    Key(Secret),
    /// Signed for a Lambda Function URL: `ORIGIN_AWS_ACCESS_KEY_ID` and its companions.
    Aws(Aws),
}

/// An AWS identity that may invoke the function's URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aws {
    /// `ORIGIN_AWS_ACCESS_KEY_ID`
    pub access_key_id: String,
    /// `ORIGIN_AWS_SECRET_ACCESS_KEY`
    pub secret_access_key: Secret,
    /// `ORIGIN_AWS_REGION`, else as the URL's host says.
    pub region: String,
}

impl Origin {
    pub(super) fn read(setting: &impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let timeout_ms = number(
            setting,
            "ORIGIN_TIMEOUT_MS",
            DEFAULT_TIMEOUT_MS,
            1..=MAX_TIMEOUT_MS,
        )
        .ok_or(ConfigError::Timeout)?;
        let url = setting("ORIGIN_URL")
            .and_then(|url| plain_url(&url))
            .ok_or(ConfigError::Origin)?;
        Ok(Self {
            access: Access::read(setting, &url)?,
            url,
            timeout: Duration::from_millis(timeout_ms),
        })
    }
}

impl Access {
    fn read(setting: &impl Fn(&str) -> Option<String>, origin: &str) -> Result<Self, ConfigError> {
        let filled = |name| setting(name).filter(|value| !value.is_empty());
        let key = filled("ORIGIN_KEY").and_then(Secret::new);
        let id = filled("ORIGIN_AWS_ACCESS_KEY_ID");
        let secret = filled("ORIGIN_AWS_SECRET_ACCESS_KEY").and_then(Secret::new);
        match (key, id, secret) {
            (None, None, None) => Ok(Self::Open),
            (Some(key), None, None) if is_header_text(key.reveal()) => Ok(Self::Key(key)),
            (Some(_), None, None) => Err(ConfigError::OriginKey),
            (None, Some(access_key_id), Some(secret_access_key)) => Ok(Self::Aws(Aws {
                access_key_id,
                secret_access_key,
                region: filled("ORIGIN_AWS_REGION")
                    .or_else(|| region_in(origin))
                    .ok_or(ConfigError::Region)?,
            })),
            _ => Err(ConfigError::Access),
        }
    }
}

fn is_header_text(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The region in `https://ID.lambda-url.REGION.on.aws`.
fn region_in(origin: &str) -> Option<String> {
    let host = origin.split('/').nth(2)?;
    let (_, rest) = host.split_once(".lambda-url.")?;
    rest.strip_suffix(".on.aws").map(str::to_owned)
}

// The `url` crate would do this with more care, and with 150 kB of Unicode tables in the worker.
fn plain_url(url: &str) -> Option<String> {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))?;
    let authority = rest.split('/').next().unwrap_or_default();
    let is_plain = !authority.is_empty()
        && rest
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'@' | b'?' | b'#' | b'\\'));
    is_plain.then(|| url.trim_end_matches('/').to_owned())
}
