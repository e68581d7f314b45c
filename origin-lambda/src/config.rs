//! What an operator can set, from environment variables over defaults for one machine.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use figment::Figment;
use figment::providers::{Env, Serialized};
use linernotes_shared::Mbid;
use serde::{Deserialize, Serialize};
use uuid::uuid;

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

/// The MusicBrainz replica.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `postgres://user:password@host:port/database`.
    pub url: String,
    /// Most connections held open at once.
    pub connections: usize,
    /// Seconds that one answer may spend in the database before it counts as trouble.
    pub timeout_seconds: u64,
    /// Hours without a replication packet after which the replica no longer proves that something doesn't exist; 0
    /// trusts it for ever.
    pub max_lag_hours: u32,
    /// File of certificate authorities (PEM) to trust, instead of the public ones, when the URL says `sslmode=require`.
    pub ca_file: Option<PathBuf>,
    /// Whether a transaction-pooling proxy (PgBouncer, RDS Proxy) stands before the database: nothing is then kept on a
    /// connection between transactions.
    pub behind_pooler: bool,
    /// MBIDs of special-purpose artists, whose answers have an empty list of albums.
    pub artists_without_albums: Vec<Mbid>,
}

/// Where answers are kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    /// Which store.
    pub kind: StoreKind,
    /// Folder of the embedded store.
    pub path: PathBuf,
    /// Mebibytes of answers held in memory.
    pub memory_mib: u64,
    /// Name of the DynamoDB table.
    pub table: String,
    /// AWS region of the table, instead of `AWS_REGION`.
    pub region: Option<String>,
    /// URL of an emulator, instead of AWS. No AWS credentials are sent to it.
    pub endpoint: Option<String>,
    /// Milliseconds that DynamoDB has for one response, before it is asked again.
    pub attempt_timeout_ms: u64,
    /// Milliseconds that it has for one request, however often it is asked, and for everything that one answer needs to
    /// read.
    pub timeout_ms: u64,
}

/// Which store answers are kept in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StoreKind {
    /// One file, for one process.
    Embedded,
    /// A DynamoDB table, for any number of processes.
    DynamoDb,
}

/// How long answers are good, in seconds.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Freshness {
    /// An answer is served without asking the replica again.
    pub fresh_seconds: u64,
    /// After that, it is served while a new one is built, and in trouble.
    pub stale_seconds: u64,
    /// "No such artist" is believed.
    pub not_found_seconds: u64,
    /// Whoever finds a stale answer gets it at once, or waits for the new one.
    pub revalidate: Revalidate,
}

/// What to do with whoever finds a stale answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Revalidate {
    /// Give it to them, and build a new one for those who come later.
    Background,
    /// Have them wait for the new one, and give it to them only in trouble. For Lambda, which stops when the answer is
    /// out.
    Wait,
}

/// A setting that can't be used. The message names the variable.
#[derive(Debug, thiserror::Error)]
#[error("configuration: {0}")]
pub struct ConfigError(String);

/// MusicBrainz's special-purpose artists: everybody and nobody.
fn special_purpose_artists() -> Vec<Mbid> {
    [
        // Various Artists
        uuid!("89ad4ac3-39f7-470e-963a-56509c546377"),
        // [anonymous]
        uuid!("f731ccc4-e22a-43af-a747-64213329e088"),
        // [data]
        uuid!("33cf029c-63b0-41a0-9855-be2a3665fb3b"),
        // [dialogue]
        uuid!("314e1c25-dde7-4e4d-b2f4-0a7b9f7c56dc"),
        // [no artist]
        uuid!("eec63d3c-3b81-4ad4-b1e4-7c147d4d2b61"),
        // [traditional]
        uuid!("9be7f096-97ec-4615-8957-8d40b5dcbc41"),
        // [unknown]
        uuid!("125ec42a-7229-4250-afc5-e057484327fe"),
    ]
    .map(Mbid::from)
    .to_vec()
}

impl Default for Config {
    fn default() -> Self {
        const DAY: u64 = 24 * 60 * 60;
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 5001)),
            log: LogFormat::Text,
            database: Database {
                url: "postgres://musicbrainz@127.0.0.1:5432/musicbrainz".to_owned(),
                connections: 8,
                timeout_seconds: 15,
                max_lag_hours: 72,
                ca_file: None,
                behind_pooler: false,
                artists_without_albums: special_purpose_artists(),
            },
            store: Store {
                kind: StoreKind::Embedded,
                path: PathBuf::from("linernotes-store"),
                memory_mib: 128,
                table: "linernotes".to_owned(),
                region: None,
                endpoint: None,
                attempt_timeout_ms: 700,
                timeout_ms: 2_000,
            },
            cache: Freshness {
                fresh_seconds: DAY,
                stale_seconds: 30 * DAY,
                not_found_seconds: 300,
                revalidate: Revalidate::Background,
            },
            limiter: LimiterKind::Process,
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
        let mut problems = Vec::new();
        if self.database.url.parse::<tokio_postgres::Config>().is_err() {
            // The value may hold a password, so it isn't repeated.
            problems.push("LINERNOTES_DATABASE__URL: must be a postgres:// URL, with sslmode=require or without");
        }
        if self.database.connections == 0 {
            problems.push("LINERNOTES_DATABASE__CONNECTIONS: must be at least 1");
        }
        if self.database.timeout_seconds == 0 {
            problems.push("LINERNOTES_DATABASE__TIMEOUT_SECONDS: must be at least 1");
        }
        if self.store.kind == StoreKind::DynamoDb {
            problems.extend(self.store.problems_with_table());
        }
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

impl Store {
    /// Time for one response of DynamoDB.
    pub const fn attempt_timeout(&self) -> Duration {
        Duration::from_millis(self.attempt_timeout_ms)
    }

    /// Time for one request to DynamoDB.
    pub const fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }

    /// AWS region of the table. An emulator needs none, but requests to it are signed for one.
    pub fn region(&self) -> Option<String> {
        let from_aws = || std::env::var("AWS_REGION").ok();
        let for_emulator = || self.endpoint.as_ref().map(|_| "local".to_owned());
        self.region
            .clone()
            .or_else(from_aws)
            .filter(|region| !region.is_empty())
            .or_else(for_emulator)
    }

    fn problems_with_table(&self) -> Vec<&'static str> {
        let mut problems = Vec::new();
        let is_name = (3..=255).contains(&self.table.len())
            && self
                .table
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
        if !is_name {
            problems.push(
                "LINERNOTES_STORE__TABLE: must be 3 to 255 of the characters a-z A-Z 0-9 _ . -",
            );
        }
        if self.region().is_none() {
            problems.push("LINERNOTES_STORE__REGION: needed, as AWS_REGION isn't set");
        }
        if let Some(endpoint) = &self.endpoint {
            let is_plain = url::Url::parse(endpoint).is_ok_and(|url| {
                matches!(url.scheme(), "http" | "https")
                    && url.username().is_empty()
                    && url.password().is_none()
            });
            if !is_plain {
                // The value may hold a password, so it isn't repeated.
                problems.push("LINERNOTES_STORE__ENDPOINT: must be an http:// or https:// URL without user or password");
            }
        }
        if self.attempt_timeout_ms == 0 {
            problems.push("LINERNOTES_STORE__ATTEMPT_TIMEOUT_MS: must be at least 1");
        }
        if self.timeout_ms < self.attempt_timeout_ms {
            problems.push("LINERNOTES_STORE__TIMEOUT_MS: must be at least LINERNOTES_STORE__ATTEMPT_TIMEOUT_MS");
        }
        problems
    }
}

impl Database {
    /// Time that one answer may spend in the database.
    pub const fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_seconds)
    }

    /// Age of the last packet up to which the replica proves that something doesn't exist; `None` for any age.
    pub fn max_lag(&self) -> Option<Duration> {
        const HOUR: Duration = Duration::from_secs(3600);
        (self.max_lag_hours > 0).then(|| HOUR * self.max_lag_hours)
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database")
            .field("url", &"<redacted>")
            .field("connections", &self.connections)
            .field("timeout_seconds", &self.timeout_seconds)
            .field("max_lag_hours", &self.max_lag_hours)
            .field("ca_file", &self.ca_file)
            .field("behind_pooler", &self.behind_pooler)
            .field("artists_without_albums", &self.artists_without_albums)
            .finish()
    }
}
