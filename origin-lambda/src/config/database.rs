use std::path::PathBuf;
use std::time::Duration;

use linernotes_shared::Mbid;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::uuid;

/// The MusicBrainz replica.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// The replica, `postgres://user:password@host:port/database`; with `?sslmode=require` by TLS, with its certificate
    /// checked.
    #[schemars(extend("format" = "secret"))]
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
    /// MBIDs of special-purpose artists, whose answers have an empty list of albums: Various Artists, [unknown]…
    #[schemars(with = "Vec<String>")]
    pub artists_without_albums: Vec<Mbid>,
}

impl Default for Database {
    fn default() -> Self {
        Self {
            url: "postgres://musicbrainz@127.0.0.1:5432/musicbrainz".to_owned(),
            connections: 8,
            timeout_seconds: 15,
            max_lag_hours: 72,
            ca_file: None,
            behind_pooler: false,
            artists_without_albums: special_purpose_artists(),
        }
    }
}

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

impl Database {
    /// What can't be used, each with its variable's name.
    pub(super) fn problems(&self) -> Vec<&'static str> {
        let mut problems = Vec::new();
        if self.url.parse::<tokio_postgres::Config>().is_err() {
            // The value may hold a password, so it isn't repeated.
            problems.push("LINERNOTES_DATABASE__URL: must be a postgres:// URL, with sslmode=require or without");
        }
        if self.connections == 0 {
            problems.push("LINERNOTES_DATABASE__CONNECTIONS: must be at least 1");
        }
        if self.timeout_seconds == 0 {
            problems.push("LINERNOTES_DATABASE__TIMEOUT_SECONDS: must be at least 1");
        }
        problems
    }

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
