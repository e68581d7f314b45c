use std::collections::{HashMap, HashSet};

use aws_sdk_dynamodb::types::KeysAndAttributes;
use futures_util::{StreamExt, TryStreamExt, stream};

use linernotes_shared::cache::CacheKey;

use super::DynamoDbStore;
use super::item::{Content, HEAD, Head, Item, PK, key_of, read_text};
use crate::cache::entry::EntryError;
use crate::cache::{Entry, StoreError};

/// Most keys in one request, by DynamoDB's rules.
const BATCH: usize = 100;

/// Requests of one call that are under way at once.
const AT_ONCE: usize = 8;

/// How often keys are asked for that DynamoDB left for later.
const ROUNDS: u32 = 6;

/// How reads see writes that have just ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Consistency {
    /// Perhaps not yet, at half the price.
    Eventual,
    /// Always.
    Strong,
}

impl DynamoDbStore {
    /// Entries of keys.
    ///
    /// Reads may be some milliseconds behind: the answer before a change is then given once more, as it is by every
    /// tier above this one. Only where that shows, in a head whose parts aren't there yet, is the newest asked for.
    pub(super) async fn read(
        &self,
        keys: &[CacheKey],
    ) -> Result<HashMap<CacheKey, Entry>, StoreError> {
        let heads = self.heads(keys, Consistency::Eventual).await?;
        let entries = stream::iter(heads)
            .map(|(key, head)| async move {
                let entry = self.entry(&key, head).await?;
                Some((key, entry))
            })
            .buffer_unordered(AT_ONCE)
            .filter_map(std::future::ready);
        Ok(entries.collect().await)
    }

    /// Heads of those keys that have one which can be read.
    pub(super) async fn heads(
        &self,
        keys: &[CacheKey],
        consistency: Consistency,
    ) -> Result<Vec<(CacheKey, Head)>, StoreError> {
        // The same key twice is refused.
        let keys: HashSet<&CacheKey> = keys.iter().collect();
        let wanted: Vec<Item> = keys.iter().map(|key| key_of(key, HEAD)).collect();
        let items = self.items(wanted, consistency).await?;
        let heads = items.into_iter().filter_map(|item| {
            let key: CacheKey = read_text(&item, PK)?.parse().ok()?;
            let head = Head::of_item(item);
            if head.is_none() {
                self.report_damage(&key, "its head can't be read");
            }
            Some((key, head?))
        });
        Ok(heads.collect())
    }

    /// The entry of a head, if it can be read. Trouble with its parts is trouble with this entry alone.
    async fn entry(&self, key: &CacheKey, head: Head) -> Option<Entry> {
        let read = match &head.content {
            Content::Record(record) => head.entry(key, record.as_ref()),
            Content::Parts { .. } => match self.entry_of_parts(key, head).await {
                Ok(entry) => entry,
                Err(error) => {
                    tracing::warn!(%key, error = &error as &dyn std::error::Error, "parts of a kept answer not readable");
                    return None;
                }
            },
        };
        read.inspect_err(|error: &EntryError| self.report_damage(key, &error.to_string()))
            .ok()
    }

    fn report_damage(&self, key: &CacheKey, damage: &str) {
        self.counters.damaged.add(1);
        tracing::warn!(%key, damage, "kept answer damaged: it counts as absent");
    }

    /// Those of the items that are there, by key.
    pub(super) async fn items(
        &self,
        keys: Vec<Item>,
        consistency: Consistency,
    ) -> Result<Vec<Item>, StoreError> {
        let batches: Vec<_> = keys.chunks(BATCH).map(<[Item]>::to_vec).collect();
        let found: Vec<Vec<Item>> = stream::iter(batches)
            .map(|batch| self.batch(batch, consistency))
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        Ok(found.concat())
    }

    async fn batch(
        &self,
        keys: Vec<Item>,
        consistency: Consistency,
    ) -> Result<Vec<Item>, StoreError> {
        let mut wanted = KeysAndAttributes::builder()
            .set_keys(Some(keys))
            .consistent_read(consistency == Consistency::Strong)
            .build()
            .map_err(|error| StoreError::Failed(Box::new(error)))?;
        let mut found = Vec::new();
        for round in 0..ROUNDS {
            let response = self
                .client
                .batch_get_item()
                .request_items(&self.table, wanted)
                .send()
                .await
                .map_err(|error| self.failure("BatchGetItem", error))?;
            let (mut items, mut left) = (
                response.responses.unwrap_or_default(),
                response.unprocessed_keys.unwrap_or_default(),
            );
            let items = items.remove(&self.table).unwrap_or_default();
            let progress = !items.is_empty();
            found.extend(items);
            match left.remove(&self.table) {
                Some(left) if !left.keys.is_empty() => wanted = left,
                _ => return Ok(found),
            }
            self.counters.repeats.add(1);
            // What is left because a response is full, can be asked for at once.
            if !progress {
                self.counters.throttles.add(1);
                super::client::pause(round).await;
            }
        }
        Err(StoreError::Throttled)
    }
}
