//! Searching: from what a user typed to artists and albums, best first.
//!
//! A [`Searcher`] knows names and ranks them; its list is kept for an hour. The answer is joined of the found entities'
//! own kept answers.

mod answer;
mod ranked;
mod searcher;
mod solr;
mod terms;

use std::sync::Arc;

pub use answer::{albums, search};
pub use searcher::{Hit, SearchError, Searcher};

use crate::config;
use crate::providers::client::Courtesy;
use solr::Solr;

/// The searchers that the settings name, in their order.
pub fn open(settings: &config::Search, courtesy: &Courtesy) -> Vec<Arc<dyn Searcher>> {
    let mut searchers: Vec<Arc<dyn Searcher>> = Vec::new();
    for name in &settings.searchers {
        if name == "solr"
            && let Some(url) = settings.solr_url.as_deref()
            && let Some(solr) = Solr::open(url, settings.solr_timeout(), courtesy)
        {
            searchers.push(Arc::new(solr));
        }
    }
    searchers
}
