//! Two providers, of which the second is asked when the first is in trouble.

use std::sync::Arc;

use async_trait::async_trait;

use linernotes_shared::request::Search;

use super::{Hit, SearchError, SearchProvider};
use crate::catalogue::IndexState;
use crate::telemetry::with_causes;

/// The chosen provider and the other.
pub struct Fallback {
    first: Arc<dyn SearchProvider>,
    second: Arc<dyn SearchProvider>,
}

impl Fallback {
    /// Asks `second` whenever `first` gives no answer.
    pub fn new(first: Arc<dyn SearchProvider>, second: Arc<dyn SearchProvider>) -> Self {
        Self { first, second }
    }
}

#[async_trait]
impl SearchProvider for Fallback {
    fn name(&self) -> &'static str {
        self.first.name()
    }

    async fn search(&self, search: &Search) -> Result<Vec<Hit>, SearchError> {
        let trouble = match self.first.search(search).await {
            Ok(hits) => return Ok(hits),
            Err(error) => error,
        };
        tracing::warn!(
            provider = self.first.name(),
            instead = self.second.name(),
            error = with_causes(&trouble),
            "search falls back"
        );
        self.second
            .search(search)
            .await
            .map_err(|second| SearchError::Both {
                first: Box::new(trouble),
                second: Box::new(second),
            })
    }

    async fn index(&self) -> Result<Option<IndexState>, SearchError> {
        match self.first.index().await? {
            Some(state) => Ok(Some(state)),
            None => self.second.index().await,
        }
    }
}
