use async_trait::async_trait;

use linernotes_shared::Mbid;
use linernotes_shared::request::{Entity, Search};

/// What a search found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// How well it fits and how much it matters, 0 to 100. Of one search, a better hit never has a lower score.
    pub score: u8,
    /// What it is.
    pub entity: Entity,
    /// Its current MBID.
    pub mbid: Mbid,
}

/// Whoever knows names.
#[async_trait]
pub trait Searcher: Send + Sync {
    /// Its name, for logs and settings.
    fn name(&self) -> &'static str;

    /// What fits, best first, each once, at most the search's limit. Nothing is an answer too, but only from an index
    /// that is whole: in any trouble it's an error.
    async fn search(&self, search: &Search) -> Result<Vec<Hit>, SearchError>;
}

/// A search wasn't done. It says nothing about whether there is something to find.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The index isn't there, or isn't whole.
    #[error("the search index isn't built: run `linernotes search-index`")]
    NoIndex,
    /// Who would know is in trouble.
    #[error("{searcher} is in trouble")]
    Trouble {
        /// Who.
        searcher: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
