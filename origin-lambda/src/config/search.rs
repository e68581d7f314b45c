use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::providers::is_server;

/// How is searched.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// Who is asked: the first, and where that is in trouble, the next. `postgres` and `solr`.
    pub searchers: Vec<String>,
    /// Address of MusicBrainz's Solr, e.g. `http://127.0.0.1:8983/solr`.
    pub solr_url: Option<String>,
    /// Milliseconds that Solr has for one answer.
    pub solr_timeout_ms: u64,
    /// Milliseconds that an answer waits for artists and albums that aren't kept. What comes later is left out.
    pub budget_ms: u64,
    /// Seconds for which what was found is believed.
    pub fresh_seconds: u64,
}

impl Default for Search {
    fn default() -> Self {
        Self {
            searchers: vec!["postgres".to_owned()],
            solr_url: None,
            solr_timeout_ms: 5_000,
            budget_ms: 5_000,
            fresh_seconds: 60 * 60,
        }
    }
}

impl Search {
    /// Time that Solr has for one answer.
    pub const fn solr_timeout(&self) -> Duration {
        Duration::from_millis(self.solr_timeout_ms)
    }

    /// Time that an answer waits for what isn't kept.
    pub const fn budget(&self) -> Duration {
        Duration::from_millis(self.budget_ms)
    }

    /// What can't be used, each with its variable's name.
    pub(super) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut see = |is_wrong: bool, problem: &str| {
            if is_wrong {
                problems.push(format!("LINERNOTES_SEARCH__{problem}"));
            }
        };
        let is_known = |name: &String| ["postgres", "solr"].contains(&name.as_str());
        see(
            self.searchers.is_empty() || !self.searchers.iter().all(is_known),
            "SEARCHERS: must be [postgres], [solr] or both, in the order in which they are asked",
        );
        let uses_solr = self.searchers.iter().any(|name| name == "solr");
        see(
            uses_solr && self.solr_url.is_none(),
            "SOLR_URL: needed, as LINERNOTES_SEARCH__SEARCHERS names solr",
        );
        see(
            self.solr_url.as_deref().is_some_and(|url| !is_server(url)),
            "SOLR_URL: must be an http:// or https:// URL without user or password",
        );
        see(
            self.solr_timeout_ms == 0,
            "SOLR_TIMEOUT_MS: must be at least 1",
        );
        problems
    }
}
