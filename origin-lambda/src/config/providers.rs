use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::Secret;
use crate::limiter::Rate;

/// Providers by their names in settings: `LINERNOTES_PROVIDERS__FANART__API_KEY` sets `fanart`'s `api_key`.
pub type Providers = BTreeMap<String, Provider>;

/// What an operator can set of any provider. What isn't set is as the provider has it.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// Whether it is asked at all.
    pub enabled: Option<bool>,
    /// The key that names the service, or its operator.
    pub api_key: Option<Secret>,
    /// A second key, of a person, if the provider has such.
    pub client_key: Option<Secret>,
    /// Its address.
    pub url: Option<String>,
    /// Milliseconds that it has for one answer.
    pub timeout_ms: Option<u64>,
    /// Calls that it allows in each window.
    pub calls: Option<u32>,
    /// Seconds that a window lasts.
    pub window_seconds: Option<u64>,
    /// Calls that may be under way at once.
    pub at_once: Option<usize>,
}

impl Provider {
    /// Whether it is asked, by default.
    pub fn is_enabled(&self) -> bool {
        self.enabled.unwrap_or(true)
    }

    /// Its key. An empty one counts as none: that is how some set-ups leave a variable out.
    pub fn api_key(&self) -> Option<&Secret> {
        self.api_key.as_ref().filter(|key| !key.reveal().is_empty())
    }

    /// Its second key.
    pub fn client_key(&self) -> Option<&Secret> {
        self.client_key
            .as_ref()
            .filter(|key| !key.reveal().is_empty())
    }

    /// What it has for one answer.
    pub fn timeout(&self, default: Duration) -> Duration {
        self.timeout_ms.map_or(default, Duration::from_millis)
    }

    /// How often it may be asked.
    pub fn rate(&self, default: Rate) -> Rate {
        Rate {
            calls: self.calls.unwrap_or(default.calls),
            window: self
                .window_seconds
                .map_or(default.window, Duration::from_secs),
        }
    }

    /// What can't be used, each with its variable's name.
    fn problems(&self, name: &str) -> Vec<String> {
        let mut problems = Vec::new();
        let mut see = |is_wrong: bool, setting: &str, rule: &str| {
            if is_wrong {
                let name = name.to_uppercase();
                problems.push(format!("LINERNOTES_PROVIDERS__{name}__{setting}: {rule}"));
            }
        };
        // The value may hold a password, so it isn't repeated.
        see(
            self.url.as_deref().is_some_and(|url| !is_server(url)),
            "URL",
            "must be an http:// or https:// URL without user, password, query and fragment",
        );
        see(
            self.timeout_ms
                .is_some_and(|ms| !(1..=60_000).contains(&ms)),
            "TIMEOUT_MS",
            "must be 1 to 60000",
        );
        see(self.calls == Some(0), "CALLS", "must be at least 1");
        see(
            self.window_seconds
                .is_some_and(|seconds| !(1..=86_400).contains(&seconds)),
            "WINDOW_SECONDS",
            "must be 1 to 86400",
        );
        see(
            self.at_once
                .is_some_and(|calls| !(1..=100).contains(&calls)),
            "AT_ONCE",
            "must be 1 to 100",
        );
        problems
    }
}

/// Whether a text is the address of a server, or a folder on it. `{language}` stands for a language's code.
pub(super) fn is_server(text: &str) -> bool {
    Url::parse(&text.replace("{language}", "en")).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    })
}

/// What can't be used, each with its variable's name. `known` are the providers that there are.
pub(super) fn problems(providers: &Providers, known: &[&str]) -> Vec<String> {
    providers
        .iter()
        .flat_map(|(name, provider)| {
            if known.contains(&name.as_str()) {
                provider.problems(name)
            } else {
                vec![format!(
                    "LINERNOTES_PROVIDERS__{}: there is no such provider, only {}",
                    name.to_uppercase(),
                    known.join(", ").to_uppercase()
                )]
            }
        })
        .collect()
}
