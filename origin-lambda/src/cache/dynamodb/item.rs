//! Items: what the attributes of each sort are called and hold.

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use xxhash_rust::xxh3::xxh3_64;

use linernotes_shared::cache::{CacheKey, Collection};

use crate::cache::entry::EntryError;
use crate::cache::store::Listed;
use crate::cache::{Entry, Kind};

pub(super) type Item = HashMap<String, AttributeValue>;

/// Partition key of the table: the entry's key.
pub(super) const PK: &str = "pk";
/// Sort key of the table: [`HEAD`], [`LEASE`] or a part's name.
pub(super) const SK: &str = "sk";
/// The entry in its stored form.
pub(super) const RECORD: &str = "record";
/// In place of it, if it is too long for an item: the name that its parts have in common, and their number.
pub(super) const VERSION: &str = "version";
const PARTS: &str = "parts";
/// What a note says.
pub(super) const VALUE: &str = "value";
/// Some of a record's bytes.
const PART: &str = "part";
/// Begin of the build, unix milliseconds.
pub(super) const BUILT_AT: &str = "built_at";
/// End of freshness, marks considered, unix seconds. It may be earlier than the record says, never later.
pub(super) const FRESH_UNTIL: &str = "fresh_until";
/// The latest mark of staleness, unix milliseconds, to be compared with [`BUILT_AT`].
pub(super) const MARKED: &str = "marked";
/// When DynamoDB may remove the item, unix seconds.
pub(super) const EXPIRES: &str = "expires";
/// Partition key of both indexes: collection and slice. Only found entries have it.
pub(super) const SLICE: &str = "slice";
/// Sort key of the index by change: time of change and key.
pub(super) const CHANGED: &str = "changed";
/// Sort key of the index by freshness: end of freshness and key.
pub(super) const DUE: &str = "due";

/// Sort key of the item that makes an entry, or that names its parts.
pub(super) const HEAD: &str = "head";

/// Partitions over which each index spreads a collection. DynamoDB takes 1000 writes a second in each.
pub(super) const SLICES: u64 = 8;

/// Most bytes of a record in one item: 400 KB, DynamoDB's limit, less room for the other attributes.
pub(super) const MOST_BYTES: usize = 380 * 1024;

/// Seconds that parts outlive the head that names them.
const PARTS_GRACE: u64 = 24 * 60 * 60;

/// What a head says of its entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// Unix milliseconds.
    pub built_at: u64,
    /// Unix seconds.
    pub fresh_until: u64,
    /// Unix milliseconds.
    pub marked: Option<u64>,
    /// Whether it was found.
    pub found: bool,
    /// End of use, unix seconds; without end if it doesn't say.
    pub expires: u64,
    pub content: Content,
}

/// Where an entry's record is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Here.
    Record(Blob),
    /// In other items.
    Parts { version: String, number: usize },
}

impl Head {
    /// The head of an entry. `marked` in unix milliseconds.
    pub fn of(entry: &Entry, marked: Option<u64>, content: Content) -> Self {
        Self {
            built_at: entry.built_at,
            fresh_until: entry.fresh_until_under(marked.map(|millis| millis / 1000)),
            marked,
            found: entry.kind == Kind::Found,
            expires: entry.freshness.stale_until,
            content,
        }
    }

    pub fn into_item(self, key: &CacheKey, entry: &Entry) -> Item {
        let mut item = key_of(key, HEAD);
        item.insert(BUILT_AT.to_owned(), number(self.built_at));
        item.insert(FRESH_UNTIL.to_owned(), number(self.fresh_until));
        if let Some(marked) = self.marked {
            item.insert(MARKED.to_owned(), number(marked));
        }
        item.insert(EXPIRES.to_owned(), number(self.expires));
        if self.found {
            item.insert(SLICE.to_owned(), text(slice_of(key)));
            item.insert(CHANGED.to_owned(), text(sort_key(entry.updated, key)));
            item.insert(DUE.to_owned(), text(sort_key(self.fresh_until, key)));
        }
        match self.content {
            Content::Record(record) => {
                item.insert(RECORD.to_owned(), AttributeValue::B(record));
            }
            Content::Parts {
                version,
                number: parts,
            } => {
                item.insert(VERSION.to_owned(), text(version));
                item.insert(PARTS.to_owned(), number(parts as u64));
            }
        }
        item
    }

    /// Reads a head; `None` if it isn't one.
    pub fn of_item(mut item: Item) -> Option<Self> {
        let content = match item.remove(RECORD) {
            Some(AttributeValue::B(record)) => Content::Record(record),
            Some(_) => return None,
            None => Content::Parts {
                version: item.remove(VERSION)?.as_s().ok()?.clone(),
                number: read_number(&item, PARTS)?.try_into().ok()?,
            },
        };
        Some(Self {
            built_at: read_number(&item, BUILT_AT)?,
            fresh_until: read_number(&item, FRESH_UNTIL)?,
            marked: read_number(&item, MARKED),
            found: item.contains_key(SLICE),
            expires: read_number(&item, EXPIRES).unwrap_or(u64::MAX),
            content,
        })
    }

    /// The entry whose record this is.
    pub fn entry(&self, key: &CacheKey, record: &[u8]) -> Result<Entry, EntryError> {
        // The one thing that changes after the record was written, and only to an earlier time.
        Ok(Entry::decode(key, record)?.fresh_no_longer_than(self.fresh_until))
    }
}

/// The item of a part.
pub(super) fn part(
    key: &CacheKey,
    version: &str,
    index: usize,
    bytes: &[u8],
    entry: &Entry,
) -> Item {
    let mut item = key_of(key, &part_name(version, index));
    item.insert(PART.to_owned(), AttributeValue::B(Blob::new(bytes)));
    let expires = entry.freshness.stale_until.saturating_add(PARTS_GRACE);
    item.insert(EXPIRES.to_owned(), number(expires));
    item
}

/// Sort key of a part.
pub(super) fn part_name(version: &str, index: usize) -> String {
    format!("body#{version}#{index:04}")
}

/// A part's name and bytes.
pub(super) fn read_part(mut item: Item) -> Option<(String, Blob)> {
    match (item.remove(SK)?, item.remove(PART)?) {
        (AttributeValue::S(name), AttributeValue::B(bytes)) => Some((name, bytes)),
        _ => None,
    }
}

/// The table's key of an item.
pub(super) fn key_of(key: &CacheKey, sort: &str) -> Item {
    Item::from([
        (PK.to_owned(), text(key.as_str())),
        (SK.to_owned(), text(sort)),
    ])
}

/// The slice of an entry in both indexes.
fn slice_of(key: &CacheKey) -> String {
    slice(key.collection(), xxh3_64(key.as_str().as_bytes()) % SLICES)
}

/// A collection's slice.
pub(super) fn slice(collection: Collection, index: u64) -> String {
    format!("{collection}#{index}")
}

/// Sorts as text by time, then by key.
pub(super) fn sort_key(time: u64, key: &CacheKey) -> String {
    format!("{}#{}", sortable(time), key.as_str())
}

/// Sorts as text like the number, before every [`sort_key`] of the same time.
pub(super) fn sortable(time: u64) -> String {
    format!("{time:020}")
}

/// Reads a [`sort_key`].
pub(super) fn read_sort_key(text: &str) -> Option<Listed> {
    let (time, key) = text.split_once('#')?;
    Some(Listed {
        key: key.parse().ok()?,
        time: time.parse().ok()?,
    })
}

pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(super) fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(super) fn read_number(item: &Item, name: &str) -> Option<u64> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

pub(super) fn read_text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}
