//! The worker's settings, from its bindings.

use std::time::Duration;

use worker::Env;
use worker::js_sys::Reflect;
use worker::wasm_bindgen::JsValue;

/// Milliseconds the origin has when `ORIGIN_TIMEOUT_MS` isn't set.
const DEFAULT_TIMEOUT_MS: u64 = 10_000;
/// Lidarr gives up after 100 s: beyond a minute, nobody listens to the answer.
const MAX_TIMEOUT_MS: u64 = 60_000;
/// No such host can exist, so no fetched page can share a key with a copy.
const DEFAULT_CACHE_HOST: &str = "cache.linernotes.invalid";

/// The worker's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `ORIGIN_URL` without a trailing slash, so that a canonical path can follow.
    pub origin: String,
    /// `ORIGIN_TIMEOUT_MS`: what the origin has for a whole answer, body included.
    pub timeout: Duration,
    /// `CACHE_HOST`: the host name in the keys of kept copies.
    pub cache_host: String,
}

/// A setting that can't be used. Values stay out of the text: they may hold what isn't for logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// `ORIGIN_URL` is missing or not a plain URL.
    #[error("ORIGIN_URL: must be set to an http or https URL without user, query or fragment")]
    Origin,
    /// `ORIGIN_TIMEOUT_MS` is no number or out of range.
    #[error("ORIGIN_TIMEOUT_MS: must be a whole number of milliseconds from 1 to {MAX_TIMEOUT_MS}")]
    Timeout,
    /// `CACHE_HOST` is no host name.
    #[error("CACHE_HOST: must be a host name in lower case, without scheme, port or path")]
    CacheHost,
}

impl Config {
    /// Reads the settings from the worker's bindings.
    pub fn of(env: &Env) -> Result<Self, ConfigError> {
        Self::read(|name| {
            // Wrangler binds quoted settings as strings and bare numbers as numbers.
            let value = Reflect::get(env, &JsValue::from_str(name)).ok()?;
            value
                .as_string()
                .or_else(|| value.as_f64().map(|number| number.to_string()))
        })
    }

    fn read(setting: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let timeout_ms = match setting("ORIGIN_TIMEOUT_MS") {
            Some(text) => text.parse().map_err(|_| ConfigError::Timeout)?,
            None => DEFAULT_TIMEOUT_MS,
        };
        if !(1..=MAX_TIMEOUT_MS).contains(&timeout_ms) {
            return Err(ConfigError::Timeout);
        }
        Ok(Self {
            origin: setting("ORIGIN_URL")
                .and_then(|url| origin(&url))
                .ok_or(ConfigError::Origin)?,
            timeout: Duration::from_millis(timeout_ms),
            cache_host: match setting("CACHE_HOST") {
                Some(host) => cache_host(host).ok_or(ConfigError::CacheHost)?,
                None => DEFAULT_CACHE_HOST.to_owned(),
            },
        })
    }
}

// The `url` crate would do this with more care, and with 150 kB of Unicode tables in the worker.
fn origin(url: &str) -> Option<String> {
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

fn cache_host(host: String) -> Option<String> {
    let is_plain = !host.is_empty()
        && host
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.'));
    is_plain.then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(settings: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::read(|name| {
            settings
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn an_origin_is_enough() {
        assert_eq!(
            read(&[("ORIGIN_URL", "https://origin.example/v1/")]),
            Ok(Config {
                origin: "https://origin.example/v1".to_owned(),
                timeout: Duration::from_secs(10),
                cache_host: "cache.linernotes.invalid".to_owned(),
            })
        );
    }

    #[test]
    fn every_setting_is_taken() {
        assert_eq!(
            read(&[
                ("ORIGIN_URL", "http://127.0.0.1:5001"),
                ("ORIGIN_TIMEOUT_MS", "250"),
                ("CACHE_HOST", "music.example"),
            ]),
            Ok(Config {
                origin: "http://127.0.0.1:5001".to_owned(),
                timeout: Duration::from_millis(250),
                cache_host: "music.example".to_owned(),
            })
        );
    }

    #[test]
    fn a_bad_origin_is_named() {
        assert_eq!(read(&[]), Err(ConfigError::Origin));
        for url in [
            "",
            "origin.example",
            "https://",
            "https:///path",
            "https://origin example",
            "ftp://origin.example",
            "https://user:secret@origin.example",
            "https://origin.example/?key=secret",
            "https://origin.example/#x",
        ] {
            assert_eq!(
                read(&[("ORIGIN_URL", url)]),
                Err(ConfigError::Origin),
                "{url}"
            );
        }
    }

    #[test]
    fn a_bad_time_limit_or_cache_host_is_named() {
        for timeout in ["", "0", "-1", "1.5", "soon", "60001"] {
            assert_eq!(
                read(&[
                    ("ORIGIN_URL", "https://origin.example"),
                    ("ORIGIN_TIMEOUT_MS", timeout)
                ]),
                Err(ConfigError::Timeout),
                "{timeout}"
            );
        }
        for host in [
            "",
            "a b",
            "https://music.example",
            "music.example:8443",
            "music.example/x",
        ] {
            assert_eq!(
                read(&[
                    ("ORIGIN_URL", "https://origin.example"),
                    ("CACHE_HOST", host)
                ]),
                Err(ConfigError::CacheHost),
                "{host}"
            );
        }
    }
}
