use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Config, LogFormat, Provider, Secret};

/// What the service runs for. A profile sets defaults, and what must be so; whatever it sets can be set otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// For a person at a terminal.
    Development,
    /// For tests: nothing runs by itself, and no provider is asked that isn't given an address.
    Test,
    /// For users: logs for machines, a contact for providers, and keys that can't be guessed.
    Production,
}

/// Fewest characters of a key in production.
const SHORTEST_KEY: usize = 16;

impl Profile {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Test => "test",
            Self::Production => "production",
        }
    }

    /// The profile of a name.
    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::Development, Self::Test, Self::Production]
            .into_iter()
            .find(|profile| profile.name() == name)
    }

    /// What it makes of the defaults. `has_address` says of a provider whether it is given one.
    pub(super) fn over(self, mut defaults: Config, has_address: impl Fn(&str) -> bool) -> Config {
        defaults.profile = self;
        match self {
            Self::Development => {}
            Self::Test => {
                defaults.crawler.timers = false;
                for name in crate::providers::names() {
                    if !has_address(name) {
                        let off = Provider {
                            enabled: Some(false),
                            ..Provider::default()
                        };
                        defaults.providers.insert(name.to_owned(), off);
                    }
                }
            }
            Self::Production => defaults.log = LogFormat::Json,
        }
        defaults
    }

    /// What it doesn't allow, each with its variable's name.
    pub(super) fn problems(self, config: &Config) -> Vec<String> {
        if self != Self::Production {
            return Vec::new();
        }
        let keys = [
            ("OPERATOR_KEY", &config.operator_key),
            ("ORIGIN_KEY", &config.origin_key),
            ("PURGE__EDGE_KEY", &config.purge.edge_key),
        ];
        let is_short = |key: &Secret| (1..SHORTEST_KEY).contains(&key.reveal().len());
        let short = keys
            .into_iter()
            .filter(|(_, key)| key.as_ref().is_some_and(is_short))
            .map(|(name, _)| {
                format!(
                    "LINERNOTES_{name}: must have {SHORTEST_KEY} characters or more in production, e.g. of `openssl rand -hex 24`"
                )
            });
        let has_contact = config
            .contact
            .as_deref()
            .is_some_and(|text| !text.is_empty());
        let nobody = (!has_contact).then(|| {
            "LINERNOTES_CONTACT: needed in production: a URL or an e-mail address, by which providers can turn to you"
                .to_owned()
        });
        nobody.into_iter().chain(short).collect()
    }
}
