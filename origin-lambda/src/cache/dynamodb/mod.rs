//! The store in one DynamoDB table, for any number of processes. `docs/store.md` has its layout and its costs.

mod check;
mod client;
mod error;
mod item;
mod lease;
mod limit;
mod list;
mod mark;
mod note;
mod parts;
mod read;
mod table;
mod write;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;

use linernotes_shared::cache::{CacheKey, Collection};

use super::Entry;
use super::counters::{Counters, Counts};
use super::store::{Consistency, Kept, Listed, Note, Put, Store, StoreError};
use crate::config;

/// A store in one DynamoDB table.
pub struct DynamoDbStore {
    client: Client,
    table: String,
    /// What heads, the parts of one entry or a list may take, however many requests that makes.
    budget: Duration,
    counters: Arc<Counters>,
}

impl DynamoDbStore {
    /// A store in the table that the settings name. Nothing is asked of it yet.
    pub async fn connect(settings: &config::Store) -> Self {
        let counters = Arc::<Counters>::default();
        Self {
            client: client::connect(settings, &counters).await,
            table: settings.table.clone(),
            budget: settings.timeout(),
            counters,
        }
    }

    async fn within_budget<T>(
        &self,
        work: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        tokio::time::timeout(self.budget, work)
            .await
            .unwrap_or_else(|_| Err(self.slow()))
    }
}

#[async_trait]
impl Store for DynamoDbStore {
    async fn read(&self, keys: &[CacheKey], how: Consistency) -> Result<Kept, StoreError> {
        self.counters.reads.add(keys.len());
        self.read_all(keys, how).await
    }

    async fn put(&self, key: &CacheKey, entry: Arc<Entry>) -> Result<Put, StoreError> {
        self.counters.writes.add(1);
        self.write(key, &entry).await
    }

    async fn put_all(&self, entries: &[(CacheKey, Arc<Entry>)]) -> Result<Vec<Put>, StoreError> {
        self.counters.writes.add(entries.len());
        self.write_all(entries).await
    }

    async fn mark_stale(&self, keys: &[CacheKey], from: u64) -> Result<usize, StoreError> {
        self.counters.writes.add(keys.len());
        self.mark_all(keys, from).await
    }

    async fn changed_since(
        &self,
        collection: Collection,
        since: u64,
        limit: usize,
    ) -> Result<Vec<Listed>, StoreError> {
        self.within_budget(self.list_changed(collection, since, limit))
            .await
    }

    async fn going_stale(
        &self,
        collection: Collection,
        before: u64,
        limit: usize,
    ) -> Result<Vec<Listed>, StoreError> {
        self.within_budget(self.list_due(collection, before, limit))
            .await
    }

    async fn acquire(
        &self,
        key: &CacheKey,
        holder: &str,
        now: u64,
        duration: Duration,
    ) -> Result<bool, StoreError> {
        self.acquire_lease(key, holder, now, duration).await
    }

    async fn release(&self, key: &CacheKey, holder: &str) -> Result<(), StoreError> {
        self.release_lease(key, holder).await
    }

    async fn note(&self, name: &str) -> Result<Option<Note>, StoreError> {
        self.read_note(name).await
    }

    async fn write_note(
        &self,
        name: &str,
        value: &[u8],
        over: Option<u64>,
    ) -> Result<bool, StoreError> {
        self.put_note(name, value, over).await
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.check_access().await
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn counts(&self) -> Counts {
        self.counters.counts()
    }
}
