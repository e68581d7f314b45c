//! The service as a whole, from a configuration.

use std::sync::Arc;
use std::time::Duration;

use crate::cache::{self, Cache, Counts, Lifetime, StoreError};
use crate::catalogue::{Catalogue, CatalogueError, SchemaReport, tell_unavailable};
use crate::config::{self, Config, LimiterKind, RefreshBy, Secret};
use crate::limiter::{self, Limiter, ProcessLimiter};
use crate::page::Pictures;
use crate::providers::Providers;
use crate::providers::client::Courtesy;
use crate::purge::{self, Purger};
use crate::search::index::Databases;
use crate::search::{self, SearchProvider};
use crate::telemetry::{figures, with_causes};

/// Everything that a request needs.
pub struct Service {
    /// The replica.
    pub catalogue: Catalogue,
    /// The tiers of kept answers.
    pub cache: Arc<Cache>,
    /// How long answers are good.
    pub lifetime: Lifetime,
    /// How often providers may be asked.
    pub limiter: Arc<dyn Limiter>,
    /// How often strangers may have answers built again.
    pub refreshes: Arc<dyn Limiter>,
    /// What others than MusicBrainz know.
    pub providers: Providers,
    /// How lists are made.
    pub lists: config::Lists,
    /// What is set of Spotify.
    pub spotify: config::Spotify,
    /// What texts mean.
    pub search: Arc<dyn SearchProvider>,
    /// The search index, if it is ours that is searched.
    pub search_index: Option<Databases>,
    /// Time that a search's answer may wait for the entities in it that aren't kept.
    pub search_budget: Duration,
    /// Seconds for which others may keep copies of answers.
    pub edge_seconds: u64,
    /// How kept answers are renewed.
    pub crawling: config::Crawler,
    /// Who keeps copies of answers.
    pub purgers: Vec<Box<dyn Purger>>,
    /// Who may ask what.
    pub access: Access,
    /// Where a page's pictures come from.
    pub pictures: Pictures,
    /// What the clients of others than providers share.
    pub courtesy: Courtesy,
}

/// Who may ask what.
#[derive(Clone, Debug)]
pub struct Access {
    /// What the edge says to be answered. Without it, everybody is.
    pub origin_key: Option<Secret>,
    /// The operator's key, if there is one.
    pub operator_key: Option<Secret>,
    /// Who may have a single one renewed.
    pub refresh: RefreshBy,
}

/// The service can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store can't be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The database's address can't be used.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

impl Service {
    /// Puts the parts together. A replica that can't be reached is no reason not to start: there may be kept answers.
    pub async fn start(config: &Config) -> Result<Self, StartError> {
        let store = cache::open(&config.store).await?;
        let cache = Arc::new(Cache::new(
            store,
            config.store.memory_mib * 1024 * 1024,
            config.cache.revalidate,
        ));
        let limiter = limiter::open(config.limiter, &config.store).await;
        let courtesy = Courtesy::new(config.contact.as_deref(), Arc::clone(&limiter));
        let providers = Providers::open(config, Arc::clone(&cache), Arc::clone(&limiter));
        providers.report();
        Ok(Self {
            catalogue: Catalogue::new(&config.database)?,
            cache,
            lifetime: Lifetime::new(config.cache.clone()),
            search: search::open(config, &courtesy)?,
            search_index: config
                .search
                .uses(config::SearchProvider::Postgres)
                .then(|| Databases::of(config)),
            search_budget: config.search.budget(),
            edge_seconds: config.cache.edge_seconds,
            crawling: config.crawler.clone(),
            purgers: purge::open(&config.purge, &courtesy),
            access: Access {
                // An empty one is none.
                origin_key: config
                    .origin_key
                    .clone()
                    .filter(|key| !key.reveal().is_empty()),
                operator_key: config.operator_key.clone(),
                refresh: config.refresh,
            },
            refreshes: match config.limiter {
                // That is for what providers are asked.
                LimiterKind::Off => Arc::<ProcessLimiter>::default(),
                LimiterKind::Process | LimiterKind::Shared => Arc::clone(&limiter),
            },
            limiter,
            providers,
            lists: config.lists.clone(),
            pictures: Pictures::new(config.enrichment.public_url.as_deref()),
            courtesy,
            spotify: config.spotify.clone(),
        })
    }

    /// Waits until the replica can be reached, and logs what an operator must know of it: how current it is, and every
    /// statement that its schema doesn't fit.
    pub async fn report_catalogue(&self) {
        let report = self.reach_catalogue().await;
        let sequence = match &report.replication {
            Ok(replication) => {
                if let Some(date) = replication.date {
                    figures().saw_packet(date.as_second());
                }
                tracing::info!(
                    schema_sequence = replication.schema_sequence,
                    replication_date = %replication.date.map(|date| date.to_string()).unwrap_or_default(),
                    loaded = replication.loaded,
                    "catalogue reached"
                );
                Some(replication.schema_sequence)
            }
            Err(error) => {
                tracing::error!(error = with_causes(error), "replica's state unknown");
                None
            }
        };
        for (statement, drift) in &report.drifts {
            tracing::error!(
                %statement,
                schema_sequence = sequence,
                error = with_causes(drift),
                "schema drift: what this statement answers is served from kept answers only"
            );
        }
    }

    /// Logs, for as long as it runs, what the store has done, whenever that is more than before.
    pub async fn report_store(&self) {
        const PERIOD: Duration = Duration::from_secs(300);
        let mut reported = Counts::default();
        loop {
            tokio::time::sleep(PERIOD).await;
            let counts = self.cache.counts();
            if counts != reported {
                tracing::info!(
                    reads = counts.reads,
                    writes = counts.writes,
                    retries = counts.retries,
                    throttles = counts.throttles,
                    timeouts = counts.timeouts,
                    failures = counts.failures,
                    rests = counts.rests,
                    damaged = counts.damaged,
                    "store since the start"
                );
                reported = counts;
            }
        }
    }

    /// Looks at the replica, with growing pauses, until it can be reached.
    async fn reach_catalogue(&self) -> SchemaReport {
        const LONGEST_PAUSE: Duration = Duration::from_secs(60);
        let mut pause = Duration::from_secs(1);
        loop {
            match self.catalogue.check_schema().await {
                Ok(report) => return report,
                Err(error) => tell_unavailable(&error, Some(pause.as_secs())),
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}
