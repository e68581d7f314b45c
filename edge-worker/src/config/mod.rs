//! The worker's settings, from its variables and secrets.

mod origin;
mod secret;
#[cfg(test)]
mod tests;

use std::cell::OnceCell;
use std::ops::RangeInclusive;
use std::rc::Rc;

use worker::Env;
use worker::js_sys::Reflect;
use worker::wasm_bindgen::JsValue;

pub use origin::{Access, Aws, Origin};
pub use secret::Secret;

use crate::copies::durable::Durable;

/// No such host can exist, so no fetched page can share a key with a copy.
const DEFAULT_CACHE_HOST: &str = "cache.linernotes.invalid";
/// Seconds for which a stale copy is served while a new answer is fetched, if `REVALIDATE_SECONDS` isn't set: a day, as
/// long as answers are fresh.
const DEFAULT_REVALIDATE: u64 = 24 * 3_600;
/// Beyond the 30 days that answers are usable in trouble, none is left to serve.
const MAX_REVALIDATE: u64 = 30 * 24 * 3_600;
/// Requests a minute that may go to the origin for one client, if `CLIENT_LIMIT` isn't set: twice what one Lidarr asks
/// for at a first import.
const DEFAULT_CLIENT_LIMIT: u64 = 1_200;
const MAX_CLIENT_LIMIT: u64 = 1_000_000;

/// The worker's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The origin.
    pub origin: Origin,
    /// `CACHE_HOST`: the host name in the keys of kept copies.
    pub cache_host: String,
    /// `REVALIDATE_SECONDS`: for so long after its freshness a copy is served while a new answer is fetched.
    pub revalidate_for: u64,
    /// `WORKERS_CACHE`: whether Cloudflare's cache stands in front of the worker.
    pub workers_cache: bool,
    /// `PURGE_KEY`: who knows it may purge. Without it, nobody may.
    pub purge_key: Option<Secret>,
    /// `CLIENT_LIMIT`: requests a minute that may go to the origin for one client, counted here where there is no
    /// rate-limit binding.
    pub client_limit: u32,
    /// Whether there is a durable store, which also holds the marks of purges: the binding `COPIES`.
    pub is_durable: bool,
    /// `CONTACT`: an address or page that art hosts are told, so that they can complain before they block.
    pub contact: Option<String>,
}

/// A setting that can't be used. Values stay out of the text: they may hold what isn't for logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// `ORIGIN_URL` is missing or not a plain URL.
    #[error("ORIGIN_URL: must be set to an http or https URL without user, query or fragment")]
    Origin,
    /// `ORIGIN_TIMEOUT_MS` is no number or out of range.
    #[error("ORIGIN_TIMEOUT_MS: must be a whole number of milliseconds from 1 to 25000")]
    Timeout,
    /// `ORIGIN_KEY` can't be sent.
    #[error("ORIGIN_KEY: must be of visible ASCII characters")]
    OriginKey,
    /// Both ways of access at once, or half of one.
    #[error(
        "ORIGIN_KEY, ORIGIN_AWS_ACCESS_KEY_ID, ORIGIN_AWS_SECRET_ACCESS_KEY: set none, the first alone, or the other two"
    )]
    Access,
    /// The region isn't known.
    #[error("ORIGIN_AWS_REGION: must be set, as ORIGIN_URL is no Lambda Function URL")]
    Region,
    /// `CACHE_HOST` is no host name.
    #[error("CACHE_HOST: must be a host name in lower case, without scheme, port or path")]
    CacheHost,
    /// `REVALIDATE_SECONDS` is no number or out of range.
    #[error("REVALIDATE_SECONDS: must be a whole number of seconds from 0 to 2592000")]
    Revalidate,
    /// `WORKERS_CACHE` is neither.
    #[error("WORKERS_CACHE: must be true or false")]
    WorkersCache,
    /// `PURGE_KEY` is too easy to guess.
    #[error("PURGE_KEY: must have at least 16 characters")]
    PurgeKey,
    /// `CLIENT_LIMIT` is no number or out of range.
    #[error("CLIENT_LIMIT: must be a whole number of requests a minute from 1 to 1000000")]
    ClientLimit,
    /// `CONTACT` can't be sent.
    #[error("CONTACT: must be an address or a URL of visible ASCII characters")]
    Contact,
}

thread_local! {
    /// Bindings are the same for as long as the isolate lives.
    static CONFIG: OnceCell<Result<Rc<Config>, ConfigError>> = const { OnceCell::new() };
}

impl Config {
    /// The settings, read from the worker's bindings once.
    pub fn of(env: &Env) -> Result<Rc<Self>, ConfigError> {
        CONFIG.with(|config| {
            config
                .get_or_init(|| Self::from_bindings(env).map(Rc::new))
                .clone()
        })
    }

    /// The settings, if they were [read](Self::of) before.
    pub fn known() -> Option<Rc<Self>> {
        CONFIG.with(|config| config.get()?.as_ref().ok().cloned())
    }

    fn from_bindings(env: &Env) -> Result<Self, ConfigError> {
        let config = Self::read(|name| {
            // Wrangler binds quoted settings as strings, bare numbers as numbers and bare booleans as booleans.
            let value = Reflect::get(env, &JsValue::from_str(name)).ok()?;
            value
                .as_string()
                .or_else(|| value.as_f64().map(|number| number.to_string()))
                .or_else(|| value.as_bool().map(|flag| flag.to_string()))
        })?;
        Ok(Self {
            is_durable: Durable::of(env).is_some(),
            ..config
        })
    }

    fn read(setting: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        Ok(Self {
            origin: Origin::read(&setting)?,
            cache_host: match setting("CACHE_HOST") {
                Some(host) => cache_host(host).ok_or(ConfigError::CacheHost)?,
                None => DEFAULT_CACHE_HOST.to_owned(),
            },
            revalidate_for: number(
                &setting,
                "REVALIDATE_SECONDS",
                DEFAULT_REVALIDATE,
                0..=MAX_REVALIDATE,
            )
            .ok_or(ConfigError::Revalidate)?,
            workers_cache: match setting("WORKERS_CACHE").as_deref() {
                None | Some("" | "false") => false,
                Some("true") => true,
                Some(_) => return Err(ConfigError::WorkersCache),
            },
            purge_key: match setting("PURGE_KEY").and_then(Secret::new) {
                Some(key) if key.reveal().len() < 16 => return Err(ConfigError::PurgeKey),
                key => key,
            },
            client_limit: number(
                &setting,
                "CLIENT_LIMIT",
                DEFAULT_CLIENT_LIMIT,
                1..=MAX_CLIENT_LIMIT,
            )
            .and_then(|limit| limit.try_into().ok())
            .ok_or(ConfigError::ClientLimit)?,
            is_durable: false,
            contact: match setting("CONTACT").filter(|contact| !contact.is_empty()) {
                Some(contact) if contact.bytes().all(|byte| byte.is_ascii_graphic()) => {
                    Some(contact)
                }
                Some(_) => return Err(ConfigError::Contact),
                None => None,
            },
        })
    }
}

/// Settings for tests of other modules.
#[cfg(test)]
pub fn example() -> Config {
    let origin = |name: &str| (name == "ORIGIN_URL").then(|| "https://origin.example".to_owned());
    Config::read(origin).expect("an origin is enough")
}

/// A setting that is a whole number in a range; `None` if it is set to anything else.
fn number(
    setting: &impl Fn(&str) -> Option<String>,
    name: &str,
    default: u64,
    range: RangeInclusive<u64>,
) -> Option<u64> {
    match setting(name) {
        None => Some(default),
        Some(text) => text.parse().ok().filter(|number| range.contains(number)),
    }
}

fn cache_host(host: String) -> Option<String> {
    let is_plain = !host.is_empty()
        && host
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.'));
    is_plain.then_some(host)
}
