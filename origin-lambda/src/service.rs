//! The service as a whole, from a configuration.

use std::time::Duration;

use crate::cache::{Cache, EmbeddedStore, StoreError};
use crate::catalogue::{Catalogue, CatalogueError};
use crate::config::Config;

/// Everything that a request needs.
pub struct Service {
    /// The replica.
    pub catalogue: Catalogue,
    /// The tiers of kept answers.
    pub cache: Cache,
    /// How long answers are good.
    pub freshness: crate::config::Freshness,
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
    pub fn start(config: &Config) -> Result<Self, StartError> {
        let store = EmbeddedStore::open(&config.store.path)?;
        Ok(Self {
            catalogue: Catalogue::new(&config.database)?,
            cache: Cache::new(Box::new(store), config.store.memory_mib * 1024 * 1024),
            freshness: config.cache.clone(),
        })
    }

    /// Looks at the replica once and logs what an operator must know of it.
    pub async fn report_catalogue(&self) {
        const PATIENCE: Duration = Duration::from_secs(5);
        match tokio::time::timeout(PATIENCE, self.catalogue.replication()).await {
            Ok(Ok(replication)) => tracing::info!(
                schema_sequence = replication.schema_sequence,
                replication_date = %replication.date.map(|date| date.to_string()).unwrap_or_default(),
                "catalogue ready"
            ),
            Ok(Err(error)) => tracing::error!(
                error = &error as &dyn std::error::Error,
                "catalogue unavailable: only kept answers can be served"
            ),
            Err(_) => tracing::error!("catalogue doesn't answer: only kept answers can be served"),
        }
    }
}
