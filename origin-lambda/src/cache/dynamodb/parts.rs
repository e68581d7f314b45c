use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use futures_util::{StreamExt, TryStreamExt, stream};
use uuid::Uuid;

use linernotes_shared::cache::CacheKey;

use super::DynamoDbStore;
use super::item::{self, Content, Head, MOST_BYTES, key_of, part_name, read_part};
use crate::cache::entry::EntryError;
use crate::cache::store::Consistency;
use crate::cache::{Entry, StoreError};

/// Parts written at once.
const AT_ONCE: usize = 8;

/// Parts read in one request. What a response's time is enough for, is so on a link of which a response with all parts
/// of a long entry would ask too much.
const IN_ONE_REQUEST: usize = 4;

/// Most parts that a head is believed to have: 100 MB.
const MOST_PARTS: usize = 256;

impl DynamoDbStore {
    /// Writes what of a record doesn't fit into its head, and returns what the head must hold.
    ///
    /// Parts come first and under a new name: until the head names them, nobody sees them, and if it never does, they
    /// expire. So do those of the heads before: to delete them would cost more than to keep them.
    pub(super) async fn write_parts(
        &self,
        key: &CacheKey,
        entry: &Entry,
        record: Vec<u8>,
    ) -> Result<Content, StoreError> {
        if record.len() <= MOST_BYTES {
            return Ok(Content::Record(Blob::new(record)));
        }
        let version = Uuid::new_v4().simple().to_string();
        let parts: Vec<_> = record
            .chunks(MOST_BYTES)
            .enumerate()
            .map(|(index, bytes)| item::part(key, &version, index, bytes, entry))
            .collect();
        let number = parts.len();
        stream::iter(parts)
            .map(|part| async move {
                let request = self.client.put_item().table_name(&self.table);
                let written = request.set_item(Some(part)).send().await;
                written.map_err(|error| self.failure("PutItem", error))
            })
            .buffer_unordered(AT_ONCE)
            .try_for_each(|_| std::future::ready(Ok(())))
            .await?;
        Ok(Content::Parts { version, number })
    }

    /// The entry whose parts a head names, with the head that it was read by; `None` if there is none any more.
    ///
    /// A part may be missing because it was written a moment ago, or because the head is of a moment ago and older
    /// than DynamoDB keeps its parts: then both are read again, as they are now.
    pub(super) async fn entry_of_parts(
        &self,
        key: &CacheKey,
        head: Head,
    ) -> Result<Option<(Head, Result<Entry, EntryError>)>, StoreError> {
        if let Some(record) = self
            .record(key, &head.content, Consistency::Eventual)
            .await?
        {
            let read = head.entry(key, &record);
            return Ok(Some((head, read)));
        }
        self.counters.repeats.add(1);
        let newest = self
            .heads(std::slice::from_ref(key), Consistency::Strong)
            .await?;
        let head = match newest.into_iter().next() {
            None => return Ok(None),
            Some((_, None)) => return Ok(Some((head, Err(EntryError::Checksum)))),
            Some((_, Some(head))) => head,
        };
        let record = self.record(key, &head.content, Consistency::Strong).await?;
        let read = head.entry(key, &record.unwrap_or_default());
        Ok(Some((head, read)))
    }

    /// The record, unless a part is missing.
    async fn record(
        &self,
        key: &CacheKey,
        content: &Content,
        consistency: Consistency,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let (version, number) = match content {
            Content::Record(record) => return Ok(Some(record.as_ref().to_vec())),
            Content::Parts { version, number } => (version, *number),
        };
        if number > MOST_PARTS {
            return Ok(None);
        }
        let names: Vec<String> = (0..number).map(|index| part_name(version, index)).collect();
        let wanted = names.iter().map(|name| key_of(key, name)).collect();
        let items = self.items(wanted, IN_ONE_REQUEST, consistency).await?;
        let parts: HashMap<String, Blob> = items.into_iter().filter_map(read_part).collect();
        let mut record = Vec::with_capacity(number * MOST_BYTES);
        for name in &names {
            let Some(part) = parts.get(name) else {
                return Ok(None);
            };
            record.extend(part.as_ref());
        }
        Ok(Some(record))
    }
}
