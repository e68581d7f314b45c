use std::sync::Arc;

use async_trait::async_trait;

use linernotes_shared::cache::CacheKey;

use super::Entry;
use super::entry::EntryError;

/// A tier that outlives the process.
#[async_trait]
pub trait Store: Send + Sync {
    /// The entry of a key, however old.
    async fn get(&self, key: &CacheKey) -> Result<Option<Entry>, StoreError>;

    /// Keeps an entry; when this returns, it survives a crash.
    async fn put(&self, key: &CacheKey, entry: Arc<Entry>) -> Result<(), StoreError>;
}

/// The store is in trouble.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It can't be opened.
    #[error("the store at {path} can't be opened")]
    Open {
        /// Where it should be.
        path: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It can't be read or written.
    #[error("the store failed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// An entry can't be read.
    #[error(transparent)]
    Entry(#[from] EntryError),
}
