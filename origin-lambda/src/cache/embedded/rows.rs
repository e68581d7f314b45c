//! Rows of the indexes, as bytes that sort as they should. redb panics at damage in text and in what has several fields, and
//! would from then on at every write that meets it: of these, only we read what they say.

use linernotes_shared::cache::{CacheKey, Collection};

use crate::cache::store::Listed;

/// Bytes of a time: its number, the highest byte first.
const TIME: usize = size_of::<u64>();

/// Ends a collection's name: no name holds it.
const END: u8 = 0;

/// The row of a key at a time.
pub(super) fn of(key: &CacheKey, time: u64) -> Vec<u8> {
    let mut row = at(key.collection(), time);
    row.extend(key.as_str().as_bytes());
    row
}

/// Comes before all rows of a collection that are of that time or later, and after all others.
pub(super) fn at(collection: Collection, time: u64) -> Vec<u8> {
    let mut row = named(collection, END);
    row.extend(time.to_be_bytes());
    row
}

/// Comes after all rows of a collection.
pub(super) fn after_all(collection: Collection) -> Vec<u8> {
    named(collection, END + 1)
}

fn named(collection: Collection, end: u8) -> Vec<u8> {
    let mut row = collection.name().as_bytes().to_vec();
    row.push(end);
    row
}

/// What a row of a collection lists, if it can be read.
pub(super) fn listed(collection: Collection, row: &[u8]) -> Option<Listed> {
    let row = row.strip_prefix(named(collection, END).as_slice())?;
    let (time, key) = row.split_first_chunk::<TIME>()?;
    Some(Listed {
        key: read_key(key)?,
        time: u64::from_be_bytes(*time),
    })
}

/// What a row says of the end of an entry's use.
pub(super) struct Expiring {
    /// Unix seconds.
    pub expires: u64,
    /// Of which entry, if that can be read.
    pub key: Option<CacheKey>,
}

impl Expiring {
    /// Reads a row. One that can't be read is of the earliest time.
    pub fn of_row(row: &[u8]) -> Self {
        let (expires, key) = row.split_first_chunk::<TIME>().unwrap_or((&[0; TIME], b""));
        Self {
            expires: u64::from_be_bytes(*expires),
            key: read_key(key),
        }
    }
}

/// The row that says when an entry is past use.
pub(super) fn expiring(expires: u64, key: &CacheKey) -> Vec<u8> {
    let mut row = expires.to_be_bytes().to_vec();
    row.extend(key.as_str().as_bytes());
    row
}

fn read_key(key: &[u8]) -> Option<CacheKey> {
    std::str::from_utf8(key).ok()?.parse().ok()
}
