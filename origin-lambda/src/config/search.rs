use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::providers::is_server;
use super::{Config, Database, Secret};

/// Search.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// Who is asked.
    pub provider: SearchProvider,
    /// Who is asked when that one is in trouble.
    pub fallback: Option<SearchProvider>,
    /// Milliseconds that an answer may wait for the entities in it that aren't kept.
    pub budget_ms: u64,
    /// `postgres://` URL of the index's database; without one, the replica's.
    pub database_url: Option<Secret>,
    /// Most connections held open at once for searching.
    pub connections: usize,
    /// Seconds that one search may take in PostgreSQL.
    pub timeout_seconds: u64,
    /// Address of MusicBrainz's Solr, above its cores.
    pub solr_url: String,
    /// Milliseconds that Solr has for one search.
    pub solr_timeout_ms: u64,
}

/// Who is asked what a text means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SearchProvider {
    /// Our own index, in PostgreSQL.
    Postgres,
    /// MusicBrainz's, in Solr.
    Solr,
}

impl Default for Search {
    fn default() -> Self {
        Self {
            provider: SearchProvider::Postgres,
            fallback: None,
            budget_ms: 4_000,
            database_url: None,
            connections: 4,
            timeout_seconds: 3,
            solr_url: "http://127.0.0.1:8983/solr".to_owned(),
            solr_timeout_ms: 5_000,
        }
    }
}

impl Search {
    /// Time that an answer may wait for the entities in it that aren't kept.
    pub const fn budget(&self) -> Duration {
        Duration::from_millis(self.budget_ms)
    }

    /// Time that Solr has for one search.
    pub const fn solr_timeout(&self) -> Duration {
        Duration::from_millis(self.solr_timeout_ms)
    }

    /// Whether this one is asked, first or after the other.
    pub fn uses(&self, provider: SearchProvider) -> bool {
        self.provider == provider || self.fallback == Some(provider)
    }

    /// What can't be used, each with its variable's name.
    pub(super) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut see = |is_wrong: bool, setting: &str, rule: &str| {
            if is_wrong {
                problems.push(format!("LINERNOTES_SEARCH__{setting}: {rule}"));
            }
        };
        const MILLISECONDS: std::ops::RangeInclusive<u64> = 1..=60_000;
        for (setting, value) in [
            ("BUDGET_MS", self.budget_ms),
            ("SOLR_TIMEOUT_MS", self.solr_timeout_ms),
        ] {
            see(
                !MILLISECONDS.contains(&value),
                setting,
                "must be 1 to 60000",
            );
        }
        see(
            !(1..=60).contains(&self.timeout_seconds),
            "TIMEOUT_SECONDS",
            "must be 1 to 60",
        );
        see(self.connections == 0, "CONNECTIONS", "must be at least 1");
        // The values may hold passwords, so they aren't repeated.
        see(
            self.database_url
                .as_ref()
                .is_some_and(|url| url.reveal().parse::<tokio_postgres::Config>().is_err()),
            "DATABASE_URL",
            "must be a postgres:// URL, with sslmode=require or without",
        );
        see(
            !is_server(&self.solr_url),
            "SOLR_URL",
            "must be an http:// or https:// URL without user, password, query and fragment",
        );
        problems
    }
}

impl Config {
    /// The search index's database: the replica's, if no other is set.
    pub fn search_database(&self) -> Database {
        Database {
            url: self
                .search
                .database_url
                .as_ref()
                .map_or_else(|| self.database.url.clone(), |url| url.reveal().to_owned()),
            connections: self.search.connections,
            timeout_seconds: self.search.timeout_seconds,
            ..self.database.clone()
        }
    }
}
