//! What the catalogue didn't know any more at the first look.
//!
//! A replica can lack something for a moment. What is kept stands until a second look, some time later, finds the same.

use linernotes_shared::cache::CacheKey;

use super::CrawlError;
use super::pending::{self, Names};
use crate::cache::Store;

const NOTE: &str = "doubts";

/// Notes keys whose subjects weren't found.
pub(super) async fn note(store: &dyn Store, keys: &[CacheKey], now: u64) -> Result<(), CrawlError> {
    pending::update(store, NOTE, &texts(keys), &[], now).await
}

/// Forgets keys: their subjects were found, or looked for twice.
pub(super) async fn forget(store: &dyn Store, keys: &[CacheKey]) -> Result<(), CrawlError> {
    pending::update(store, NOTE, &[], &texts(keys), 0).await
}

/// Keys whose first look was `before` or earlier.
pub(super) async fn due(store: &dyn Store, before: u64) -> Result<Vec<CacheKey>, CrawlError> {
    let names: Names = pending::read(store, NOTE).await?;
    let due = names.iter().filter(|(_, first)| **first <= before);
    Ok(due.filter_map(|(key, _)| key.parse().ok()).collect())
}

/// Keys as names.
pub(super) fn texts(keys: &[CacheKey]) -> Vec<String> {
    keys.iter().map(|key| key.as_str().to_owned()).collect()
}
