use std::collections::HashSet;

use aws_sdk_dynamodb::types::KeysAndAttributes;
use futures_util::{StreamExt, TryStreamExt, stream};

use linernotes_shared::cache::CacheKey;

use super::DynamoDbStore;
use super::item::{Content, HEAD, Head, Item, PK, key_of, read_text};
use crate::cache::store::{Consistency, Kept};
use crate::cache::{Entry, StoreError, now};

/// Most keys in one request, by DynamoDB's rules.
const BATCH: usize = 100;

/// Requests for the items of one call or entry that are under way at once.
const AT_ONCE: usize = 8;

/// Entries read at once, of those that have parts.
const ENTRIES_AT_ONCE: usize = 16;

/// How often keys are asked for that DynamoDB left for later.
const ROUNDS: u32 = 6;

/// What a head led to.
enum Read {
    Entry(Box<Entry>),
    /// Something of which nobody can tell any more what it said.
    Damaged,
    /// The same of what was "not found" or is past use.
    Worthless,
    /// It is gone meanwhile.
    Gone,
}

impl DynamoDbStore {
    /// What is kept of keys.
    ///
    /// Eventually consistent reads may be some milliseconds behind: the answer before a change is then given once more,
    /// as it is by every tier above this one. Only where that shows, in a head whose parts aren't there yet, is the
    /// newest asked for.
    ///
    /// The parts of each entry have a time of their own: one whose parts take long keeps no other from being found.
    pub(super) async fn read_all(
        &self,
        keys: &[CacheKey],
        how: Consistency,
    ) -> Result<Kept, StoreError> {
        let heads = self.within_budget(self.heads(keys, how)).await?;
        let reads = stream::iter(heads)
            .map(|(key, head)| async move {
                let read = self.within_budget(self.entry(&key, head)).await;
                (key, read)
            })
            .buffer_unordered(ENTRIES_AT_ONCE);
        let kept = reads.fold(Kept::default(), |mut kept, (key, read)| {
            match read {
                Ok(Read::Entry(entry)) => {
                    kept.entries.insert(key, *entry);
                }
                Ok(Read::Damaged) => {
                    kept.damaged.insert(key);
                }
                Ok(Read::Worthless | Read::Gone) => {}
                Err(error) => {
                    tracing::warn!(%key, error = &error as &dyn std::error::Error, "parts of a kept answer not readable");
                    kept.unread.insert(key, error);
                }
            }
            std::future::ready(kept)
        });
        Ok(kept.await)
    }

    /// Heads of those keys that have one, `None` for one that can't be read.
    pub(super) async fn heads(
        &self,
        keys: &[CacheKey],
        how: Consistency,
    ) -> Result<Vec<(CacheKey, Option<Head>)>, StoreError> {
        // The same key twice is refused.
        let keys: HashSet<&CacheKey> = keys.iter().collect();
        let wanted: Vec<Item> = keys.iter().map(|key| key_of(key, HEAD)).collect();
        let items = self.items(wanted, BATCH, how).await?;
        let heads = items.into_iter().filter_map(|item| {
            let key: CacheKey = read_text(&item, PK)?.parse().ok()?;
            Some((key, Head::of_item(item)))
        });
        Ok(heads.collect())
    }

    /// What a head leads to. Trouble with its parts is trouble with this entry alone.
    async fn entry(&self, key: &CacheKey, head: Option<Head>) -> Result<Read, StoreError> {
        let Some(head) = head else {
            self.report_damage(key, "its head can't be read");
            return Ok(Read::Damaged);
        };
        let (head, read) = match &head.content {
            Content::Record(record) => {
                let read = head.entry(key, record.as_ref());
                (head, read)
            }
            Content::Parts { .. } => match self.entry_of_parts(key, head).await? {
                Some(read) => read,
                None => return Ok(Read::Gone),
            },
        };
        Ok(match read {
            Ok(entry) => Read::Entry(Box::new(entry)),
            Err(error) => {
                self.report_damage(key, &error.to_string());
                if head.found && head.expires > now() {
                    Read::Damaged
                } else {
                    Read::Worthless
                }
            }
        })
    }

    fn report_damage(&self, key: &CacheKey, damage: &str) {
        self.counters.damaged.add(1);
        tracing::warn!(%key, damage, "kept answer damaged: it counts as absent");
    }

    /// Those of the items that are there, so many asked for in one request.
    pub(super) async fn items(
        &self,
        keys: Vec<Item>,
        in_one_request: usize,
        how: Consistency,
    ) -> Result<Vec<Item>, StoreError> {
        let batches = keys.chunks(in_one_request);
        let batches: Vec<_> = batches.map(<[Item]>::to_vec).collect();
        let found: Vec<Vec<Item>> = stream::iter(batches)
            .map(|batch| self.batch(batch, how))
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        Ok(found.concat())
    }

    async fn batch(&self, keys: Vec<Item>, how: Consistency) -> Result<Vec<Item>, StoreError> {
        let mut wanted = KeysAndAttributes::builder()
            .set_keys(Some(keys))
            .consistent_read(how == Consistency::Strong)
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
