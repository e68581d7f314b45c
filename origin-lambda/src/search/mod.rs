//! Search: which artists and albums a text means.
//!
//! A [`SearchProvider`] gives a ranked list of MBIDs: [`postgres`] from our own index ([`index`]), [`solr`] from
//! MusicBrainz's. [`list`] keeps it for an hour; [`answer`] makes the answer of what is kept of each entity.

pub mod answer;
pub mod fallback;
mod fold;
pub mod index;
mod list;
pub mod postgres;
mod ranking;
pub mod solr;
pub mod terms;
mod token;

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use linernotes_shared::Mbid;
use linernotes_shared::request::{Entity, Search, SearchKind};

use crate::catalogue::{CatalogueError, IndexState};
use crate::config::{self, Config};
use crate::providers::client::{Courtesy, ProviderError};
use fallback::Fallback;
use postgres::PostgresSearch;
use solr::SolrSearch;

/// Something that a search found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Whether it is an artist or an album.
    pub entity: Entity,
    /// Its MBID.
    pub mbid: Mbid,
    /// How well it fits, 0 to 100.
    pub score: u8,
}

/// Finds artists and albums by name.
#[async_trait]
pub trait SearchProvider: Send + Sync {
    /// Its name, for the log.
    fn name(&self) -> &'static str;

    /// What fits, best first, at most as many as are asked for. An empty list says that a healthy index knows nothing
    /// that fits.
    async fn search(&self, search: &Search) -> Result<Vec<Hit>, SearchError>;

    /// What its own index holds, and of which moment; `None` if it has none of its own.
    async fn index(&self) -> Result<Option<IndexState>, SearchError> {
        Ok(None)
    }
}

/// A search gave no answer. None of these means that something doesn't exist.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// There is no index.
    #[error("there is no search index: run `linernotes search-index`")]
    NotBuilt,
    /// The index is of another version.
    #[error(
        "the search index is of format {found} instead of {wanted}: run `linernotes search-index`"
    )]
    OtherFormat {
        /// The index's.
        found: i32,
        /// This version's.
        wanted: i32,
    },
    /// The index can't be read.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// Solr gave no answer.
    #[error(transparent)]
    Solr(#[from] ProviderError),
    /// Neither of two providers gave an answer.
    #[error("{first}; nor does the other: {second}")]
    Both {
        /// The chosen one's trouble.
        first: Box<SearchError>,
        /// The other's.
        second: Box<SearchError>,
    },
}

/// The provider, or both, that the settings choose.
pub fn open(
    config: &Config,
    courtesy: &Courtesy,
) -> Result<Arc<dyn SearchProvider>, CatalogueError> {
    let settings = &config.search;
    let provider = |kind| -> Result<Arc<dyn SearchProvider>, CatalogueError> {
        Ok(match kind {
            config::SearchProvider::Postgres => Arc::new(PostgresSearch::new(config)?),
            config::SearchProvider::Solr => Arc::new(SolrSearch::new(settings, courtesy)),
        })
    };
    let first = provider(settings.provider)?;
    Ok(match settings.fallback {
        Some(other) if other != settings.provider => {
            Arc::new(Fallback::new(first, provider(other)?))
        }
        _ => first,
    })
}

/// A hit as it is kept.
#[derive(Serialize, Deserialize)]
struct StoredHit {
    score: u8,
    entity: StoredEntity,
    mbid: Mbid,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum StoredEntity {
    Artist,
    Album,
}

impl From<Hit> for StoredHit {
    fn from(hit: Hit) -> Self {
        Self {
            score: hit.score,
            entity: match hit.entity {
                Entity::Artist => StoredEntity::Artist,
                Entity::Album => StoredEntity::Album,
            },
            mbid: hit.mbid,
        }
    }
}

impl From<StoredHit> for Hit {
    fn from(hit: StoredHit) -> Self {
        Self {
            entity: match hit.entity {
                StoredEntity::Artist => Entity::Artist,
                StoredEntity::Album => Entity::Album,
            },
            mbid: hit.mbid,
            score: hit.score,
        }
    }
}

/// Whether a search looks for things of a kind.
const fn wants(kind: SearchKind, entity: Entity) -> bool {
    matches!(
        (kind, entity),
        (SearchKind::All, _)
            | (SearchKind::Artist, Entity::Artist)
            | (SearchKind::Album, Entity::Album)
    )
}
