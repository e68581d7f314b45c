//! What an operator can set, from environment variables over defaults for one machine.

mod crawler;
mod database;
mod enrichment;
mod freshness;
mod lists;
mod providers;
mod purge;
mod search;
mod secret;
mod secret_settings;
mod spotify;
mod store;

use std::net::SocketAddr;

use figment::Figment;
use figment::providers::{Env, Serialized};
use figment::value::Value;
use serde::{Deserialize, Serialize};

use crate::telemetry::with_causes;
pub use crawler::Crawler;
pub use database::Database;
pub use enrichment::Enrichment;
pub use freshness::{Freshness, Revalidate};
pub use lists::Lists;
pub use providers::{Provider, Providers};
pub use purge::Purge;
pub use search::{Search, SearchProvider};
pub use secret::Secret;
use secret_settings::SecretSettings;
pub use secret_settings::SecretSettingsError;
pub use spotify::Spotify;
pub use store::{Store, StoreKind};

/// Every setting. `LINERNOTES_DATABASE__URL` sets `database.url`, and so on.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Address the single-machine server listens on; port 0 takes a free one. Unused in Lambda.
    pub listen: SocketAddr,
    /// Format of the log.
    pub log: LogFormat,
    /// The MusicBrainz replica.
    pub database: Database,
    /// Where answers are kept.
    pub store: Store,
    /// How long answers are good.
    pub cache: Freshness,
    /// Who counts the calls to providers.
    pub limiter: LimiterKind,
    /// What the edge says to be answered. Without it, everybody is.
    pub origin_key: Option<Secret>,
    /// Whom providers can turn to about our calls: a URL or an e-mail address.
    pub contact: Option<String>,
    /// The providers, each as far as it is set.
    pub providers: Providers,
    /// What providers add to answers.
    pub enrichment: Enrichment,
    /// Charts, and what maps other services' names to MusicBrainz.
    pub lists: Lists,
    /// Spotify, beside what is set of any provider.
    pub spotify: Spotify,
    /// How kept answers are renewed.
    pub crawler: Crawler,
    /// Whose copies are purged when an answer changes.
    pub purge: Purge,
    /// How is searched.
    pub search: Search,
    /// The key for whoever may have answers renewed; without one, nobody may.
    pub operator_key: Option<Secret>,
    /// Who may have a single answer renewed.
    pub refresh: RefreshBy,
    /// Name or ARN of a secret of AWS Secrets Manager that holds further settings. The environment goes before them.
    pub settings_secret: Option<String>,
}

/// Who may have a single answer renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RefreshBy {
    /// Whoever has the operator's key.
    Key,
    /// Anybody, a few times an hour.
    Anybody,
}

/// Who counts the calls to providers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LimiterKind {
    /// Nobody.
    Off,
    /// Each process for itself.
    Process,
    /// All processes that share the store's DynamoDB table, together.
    Shared,
}

/// Format of the log, on standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For a person at a terminal.
    Text,
}

/// A setting that can't be used. The message names the variable.
#[derive(Debug, thiserror::Error)]
#[error("configuration: {0}")]
pub struct ConfigError(String);

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 5001)),
            log: LogFormat::Text,
            database: Database::default(),
            store: Store::default(),
            cache: Freshness::default(),
            limiter: LimiterKind::Process,
            origin_key: None,
            contact: None,
            providers: Providers::new(),
            enrichment: Enrichment::default(),
            lists: Lists::default(),
            spotify: Spotify::default(),
            crawler: Crawler::default(),
            purge: Purge::default(),
            search: Search::default(),
            operator_key: None,
            refresh: RefreshBy::Key,
            settings_secret: None,
        }
    }
}

impl Config {
    /// Reads the environment over `defaults`.
    pub fn from_env(defaults: Self) -> Result<Self, ConfigError> {
        Self::from_env_over(&SecretSettings::default(), defaults)
    }

    /// Reads the environment, over the settings in the secret that `LINERNOTES_SETTINGS_SECRET` names, if any, over
    /// `defaults`.
    pub async fn load(defaults: Self) -> Result<Self, ConfigError> {
        let secret = std::env::var("LINERNOTES_SETTINGS_SECRET").unwrap_or_default();
        if secret.is_empty() {
            return Self::from_env(defaults);
        }
        let settings = SecretSettings::fetch(&secret)
            .await
            .map_err(|error| ConfigError(with_causes(&error)))?;
        Self::from_env_over(&settings, defaults)
    }

    fn from_env_over(secret: &SecretSettings, defaults: Self) -> Result<Self, ConfigError> {
        // `LINERNOTES_DEV_…` is for the developer command.
        let environment = Env::prefixed("LINERNOTES_")
            .filter(|name| !name.starts_with("dev_"))
            .split("__");
        let mut figment = Figment::from(Serialized::defaults(defaults));
        for (name, text) in secret.iter() {
            let value = if is_text(name) {
                Value::from(text)
            } else {
                text.parse().unwrap_or_else(|never| match never {})
            };
            figment = figment.merge((name, value));
        }
        let texts = as_they_are(&environment);
        let says_how_fresh = environment
            .iter()
            .map(|(name, _)| name.to_string())
            .chain(secret.iter().map(|(name, _)| name.to_owned()))
            .any(|name| name == "cache.fresh_seconds");
        figment = figment.merge(environment);
        for (name, text) in texts {
            figment = figment.merge((name, text));
        }
        let mut config: Self = figment
            .extract()
            .map_err(|error| ConfigError(describe(error)))?;
        if !config.crawler.timers && !says_how_fresh {
            config.cache.fresh_seconds = Freshness::UNWATCHED_FRESH_SECONDS;
        }
        config.validate()?;
        Ok(config)
    }

    /// Defaults for AWS Lambda: JSON logs, few connections (an instance answers one request at a time), and the only
    /// folder that can be written.
    pub fn for_lambda() -> Self {
        let defaults = Self::default();
        Self {
            log: LogFormat::Json,
            database: Database {
                connections: 2,
                ..defaults.database
            },
            store: Store {
                path: std::env::temp_dir().join("linernotes"),
                memory_mib: 64,
                ..defaults.store
            },
            cache: Freshness {
                revalidate: Revalidate::Wait,
                ..defaults.cache
            },
            search: Search {
                connections: 2,
                ..defaults.search
            },
            crawler: Crawler {
                // The function has half a minute for a request.
                request_seconds: 20,
                ..defaults.crawler
            },
            ..defaults
        }
    }

    fn validate(&self) -> Result<(), ConfigError> {
        let own = [
            self.database.problems(),
            self.store.problems(),
            self.lists.problems(),
            self.spotify.problems(),
        ]
        .concat();
        let mut problems: Vec<String> = own.into_iter().map(str::to_owned).collect();
        problems.extend(self.problem_with_contact());
        let known = crate::providers::names();
        problems.extend(providers::problems(&self.providers, &known));
        problems.extend(self.enrichment.problems(&known));
        problems.extend(self.crawler.problems());
        problems.extend(self.purge.problems());
        problems.extend(self.search.problems());
        if problems.is_empty() {
            Ok(())
        } else {
            Err(ConfigError(problems.join("; ")))
        }
    }

    fn problem_with_contact(&self) -> Option<String> {
        let is_usable = |contact: &str| {
            let fits = contact
                .bytes()
                .all(|byte| byte.is_ascii_graphic() || byte == b' ');
            fits && !contact.contains(['(', ')']) && contact.len() <= 200
        };
        self.contact
            .as_deref()
            .is_some_and(|contact| !is_usable(contact))
            .then(|| {
                "LINERNOTES_CONTACT: must be a URL or an e-mail address, of up to 200 ASCII characters without brackets"
                    .to_owned()
            })
    }
}

/// Whether a setting is text whatever it looks like: a key of digits isn't a number, which could lose its zeros.
fn is_text(name: &str) -> bool {
    name == "contact"
        || ["_id", "_key", "_secret", "_token", "_zone"]
            .iter()
            .any(|end| name.ends_with(end))
}

fn as_they_are(environment: &Env) -> Vec<(String, String)> {
    environment
        .iter()
        .map(|(name, text)| (name.to_string(), text))
        .filter(|(name, _)| is_text(name))
        .collect()
}

/// Every problem figment found, each with the variable's name.
fn describe(error: figment::Error) -> String {
    error
        .into_iter()
        .map(|problem| {
            let name = problem.path.join("__").to_uppercase();
            format!("LINERNOTES_{name}: {}", problem.kind)
        })
        .collect::<Vec<_>>()
        .join("; ")
}
