//! What an operator can set, from environment variables over defaults for one machine.

mod database;
mod freshness;
mod secret;
mod store;

use std::net::SocketAddr;

use figment::Figment;
use figment::providers::{Env, Serialized};
use serde::{Deserialize, Serialize};

pub use database::Database;
pub use freshness::{Freshness, Revalidate};
pub use secret::Secret;
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
        }
    }
}

impl Config {
    /// Reads the environment over `defaults`.
    pub fn from_env(defaults: Self) -> Result<Self, ConfigError> {
        // `LINERNOTES_DEV_…` is for the developer command.
        let environment = Env::prefixed("LINERNOTES_")
            .filter(|name| !name.starts_with("dev_"))
            .split("__");
        let config: Self = Figment::from(Serialized::defaults(defaults))
            .merge(environment)
            .extract()
            .map_err(|error| ConfigError(describe(error)))?;
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
            ..defaults
        }
    }

    fn validate(&self) -> Result<(), ConfigError> {
        let problems = [self.database.problems(), self.store.problems()].concat();
        if problems.is_empty() {
            Ok(())
        } else {
            Err(ConfigError(problems.join("; ")))
        }
    }
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
