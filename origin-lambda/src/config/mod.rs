//! What an operator can set: environment variables, over a secret, over what the [`Profile`] says, over defaults for one
//! machine or for Lambda.
//!
//! A setting is a field of a struct here, and its doc comment is what operators read of it: [`reference`] makes the table
//! in `docs/configuration.md` of them, and knows by them which variables there are.

mod crawler;
mod database;
mod effective;
mod enrichment;
mod freshness;
mod layers;
mod lists;
mod profile;
mod providers;
mod purge;
pub mod reference;
mod search;
mod secret;
mod secret_settings;
mod setting;
mod spotify;
mod store;
mod telemetry;

use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use crawler::Crawler;
pub use database::Database;
pub use effective::{Effective, Row};
pub use enrichment::Enrichment;
pub use freshness::{Freshness, Revalidate};
pub use layers::Source;
pub use lists::Lists;
pub use profile::Profile;
pub use providers::{Provider, Providers};
pub use purge::Purge;
pub use search::{Search, SearchProvider};
pub use secret::Secret;
pub use secret_settings::SecretSettingsError;
pub use spotify::Spotify;
pub use store::{Store, StoreKind};
pub use telemetry::Telemetry;

/// Every setting. `LINERNOTES_DATABASE__URL` sets `database.url`, and so on.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What the service runs for: more care in `production`, nothing that reaches out in `test`.
    pub profile: Profile,
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
    /// Who is told of errors, and which figures.
    pub telemetry: Telemetry,
    /// Name or ARN of a secret of AWS Secrets Manager that holds further settings. The environment goes before them.
    pub settings_secret: Option<String>,
}

/// Who may have a single answer renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RefreshBy {
    /// Whoever has the operator's key.
    Key,
    /// Anybody, a few times an hour.
    Anybody,
}

/// Who counts the calls to providers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For a person at a terminal.
    Text,
}

/// Settings that can't be used: every one of them, by its variable's name, without what a secret is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("configuration: {}", .0.join("; "))]
pub struct ConfigError(Vec<String>);

impl ConfigError {
    /// Each problem by itself.
    pub fn problems(&self) -> &[String] {
        &self.0
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            profile: Profile::Development,
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
            telemetry: Telemetry::default(),
            settings_secret: None,
        }
    }
}

impl Config {
    /// Reads the environment over `defaults`.
    pub fn from_env(defaults: Self) -> Result<Self, ConfigError> {
        Effective::from_env(defaults).map(|effective| effective.config)
    }

    /// Reads the environment, over the settings in the secret that `LINERNOTES_SETTINGS_SECRET` names, if any, over
    /// `defaults`.
    pub async fn load(defaults: Self) -> Result<Self, ConfigError> {
        let effective = Effective::load(defaults).await?;
        Ok(effective.config)
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

    /// What can't be used, each with its variable's name.
    fn problems(&self) -> Vec<String> {
        let own = [
            self.database.problems(),
            self.store.problems(),
            self.lists.problems(),
            self.spotify.problems(),
        ]
        .concat();
        let mut problems: Vec<String> = own.into_iter().map(str::to_owned).collect();
        problems.extend(self.problem_with_contact());
        problems.extend(self.problem_with_limiter());
        let known = crate::providers::names();
        problems.extend(providers::problems(&self.providers, &known));
        problems.extend(self.enrichment.problems(&known));
        problems.extend(self.crawler.problems());
        problems.extend(self.purge.problems());
        problems.extend(self.search.problems());
        problems.extend(self.telemetry.problems());
        problems.extend(self.profile.problems(self));
        problems
    }

    fn problem_with_limiter(&self) -> Option<String> {
        let has_table = self.store.kind == StoreKind::DynamoDb;
        (self.limiter == LimiterKind::Shared && !has_table).then(|| {
            "LINERNOTES_LIMITER: shared needs LINERNOTES_STORE__KIND=dynamodb, whose table it counts in".to_owned()
        })
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
