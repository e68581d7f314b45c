use redb::{
    AccessGuard, ReadOnlyTable, ReadTransaction, ReadableTable, Table, TableDefinition,
    WriteTransaction,
};

use linernotes_shared::cache::{CacheKey, Collection};

use super::failure::{Contained, Failure, Lost, caught, is_damaged_page};
use super::rows::{self, Expiring};
use crate::cache::store::{Listed, Note, Put};
use crate::cache::{Entry, Kind};

/// Entries in their stored form, by key.
const RECORDS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("records");
/// What is asked of entries without reading them, by key.
const HEADS: TableDefinition<'_, &str, HeadRow> = TableDefinition::new("heads");
/// Found entries by collection, time of change and key.
const CHANGED: TableDefinition<'_, &[u8], ()> = TableDefinition::new("changed");
/// Found entries by collection, end of freshness and key.
const DUE: TableDefinition<'_, &[u8], ()> = TableDefinition::new("due");
/// Notes by name, with their versions.
const NOTES: TableDefinition<'_, &str, (u64, &[u8])> = TableDefinition::new("notes");
/// All entries by end of use and key.
const EXPIRING: TableDefinition<'_, &[u8], ()> = TableDefinition::new("expiring");

/// A [`Head`], field by field.
type HeadRow = (u64, Option<u64>, u64, u64, u64, bool);

/// Most expired entries removed at a time, so that none who puts has to wait for many.
const REMOVED_AT_ONCE: usize = 8;

/// What is asked of an entry without reading it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Head {
    /// Unix milliseconds.
    built_at: u64,
    /// The latest mark on it or on its predecessors.
    mark: Option<u64>,
    updated: u64,
    /// End of freshness, marks considered.
    due: u64,
    /// End of use.
    expires: u64,
    /// Whether lists show it.
    found: bool,
}

impl Head {
    fn of(entry: &Entry, mark: Option<u64>) -> Self {
        Self {
            built_at: entry.built_at,
            mark,
            updated: entry.updated,
            due: entry.fresh_until_under(mark),
            expires: entry.freshness.stale_until,
            found: entry.kind == Kind::Found,
        }
    }

    /// Reads a row, which may be damaged: redb panics at a flag that is neither set nor unset.
    fn of_row(row: &AccessGuard<'_, HeadRow>) -> Result<Self, Failure> {
        caught(|| Ok(row.value().into()))
    }

    const fn row(self) -> HeadRow {
        let Self {
            built_at,
            mark,
            updated,
            due,
            expires,
            found,
        } = self;
        (built_at, mark, updated, due, expires, found)
    }
}

impl From<HeadRow> for Head {
    fn from((built_at, mark, updated, due, expires, found): HeadRow) -> Self {
        Self {
            built_at,
            mark,
            updated,
            due,
            expires,
            found,
        }
    }
}

/// An entry that can't be read.
pub(super) struct Damage {
    pub error: Failure,
    head: Option<Head>,
}

impl Damage {
    /// Of the page that it is on.
    pub fn of_page(error: Failure) -> Self {
        Self { error, head: None }
    }

    /// Whether it may have been found and may still have been used at `now`.
    pub fn may_have_been_found(&self, now: u64) -> bool {
        self.head
            .is_none_or(|head| head.found && head.expires > now)
    }
}

/// The tables as of one moment.
pub(super) struct Snapshot {
    records: ReadOnlyTable<&'static str, &'static [u8]>,
    heads: ReadOnlyTable<&'static str, HeadRow>,
    changed: ReadOnlyTable<&'static [u8], ()>,
    due: ReadOnlyTable<&'static [u8], ()>,
    notes: ReadOnlyTable<&'static str, (u64, &'static [u8])>,
}

impl Snapshot {
    pub fn of(transaction: &ReadTransaction) -> Result<Self, Failure> {
        Ok(Self {
            records: transaction.open_table(RECORDS)?,
            heads: transaction.open_table(HEADS)?,
            changed: transaction.open_table(CHANGED)?,
            due: transaction.open_table(DUE)?,
            notes: transaction.open_table(NOTES)?,
        })
    }

    pub fn note(&self, name: &str) -> Result<Option<Note>, Failure> {
        Ok(self.notes.get(name)?.map(|row| {
            let (version, value) = row.value();
            Note {
                value: value.to_owned(),
                version,
            }
        }))
    }

    /// The entry of a key, or why it can't be read.
    pub fn entry(&self, key: &CacheKey) -> Result<Option<Result<Entry, Damage>>, Failure> {
        let Some(record) = self.records.get(key.as_str())? else {
            return Ok(None);
        };
        let head = self.heads.get(key.as_str())?;
        let head = head.map(|row| Head::of_row(&row)).transpose()?;
        let due = head.map_or(u64::MAX, |head| head.due);
        Ok(Some(match Entry::decode(key, record.value()) {
            Ok(entry) => Ok(entry.fresh_no_longer_than(due)),
            Err(error) => Err(Damage {
                error: error.into(),
                head,
            }),
        }))
    }

    pub fn changed_since(
        &self,
        collection: Collection,
        since: u64,
        limit: usize,
    ) -> Result<Vec<Listed>, Failure> {
        let (from, to) = (rows::at(collection, since), rows::after_all(collection));
        let range = self.changed.range(from.as_slice()..to.as_slice())?;
        let found = range
            .rev()
            .map(|row| self.listed(collection, &row?.0, |head| head.updated));
        found.filter_map(Result::transpose).take(limit).collect()
    }

    pub fn going_stale(
        &self,
        collection: Collection,
        before: u64,
        limit: usize,
    ) -> Result<Vec<Listed>, Failure> {
        let to = match before.checked_add(1) {
            Some(end) => rows::at(collection, end),
            None => rows::after_all(collection),
        };
        let from = rows::at(collection, 0);
        let range = self.due.range(from.as_slice()..to.as_slice())?;
        let found = range.map(|row| self.listed(collection, &row?.0, |head| head.due));
        found.filter_map(Result::transpose).take(limit).collect()
    }

    /// What a row of an index lists. Nothing, if it can't be read or isn't what the head of its key says: one that is
    /// damaged stays behind when its entry is put again.
    fn listed(
        &self,
        collection: Collection,
        row: &AccessGuard<'_, &'static [u8]>,
        time: impl Fn(&Head) -> u64,
    ) -> Result<Option<Listed>, Failure> {
        let Some(listed) = rows::listed(collection, row.value()) else {
            return Ok(None);
        };
        let head = caught(|| {
            let head = self.heads.get(listed.key.as_str())?;
            head.map(|row| Head::of_row(&row)).transpose()
        });
        match head {
            Ok(head) => Ok(head
                .is_some_and(|head| head.found && time(&head) == listed.time)
                .then_some(listed)),
            // The others are wanted all the same.
            Err(failure) if is_damaged_page(&failure) => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}

/// The tables within a transaction.
pub(super) struct Tables<'t> {
    records: Open<'t, &'static str, &'static [u8]>,
    heads: Open<'t, &'static str, HeadRow>,
    changed: Open<'t, &'static [u8], ()>,
    due: Open<'t, &'static [u8], ()>,
    expiring: Open<'t, &'static [u8], ()>,
    notes: Open<'t, &'static str, (u64, &'static [u8])>,
}

type Open<'t, K, V> = Contained<Table<'t, K, V>>;

fn open<'t, K: redb::Key, V: redb::Value>(
    transaction: &'t WriteTransaction,
    table: TableDefinition<'_, K, V>,
) -> Result<Open<'t, K, V>, Failure> {
    Ok(Contained::new(transaction.open_table(table)?))
}

impl<'t> Tables<'t> {
    pub fn open(transaction: &'t WriteTransaction) -> Result<Self, Failure> {
        Ok(Self {
            records: open(transaction, RECORDS)?,
            heads: open(transaction, HEADS)?,
            changed: open(transaction, CHANGED)?,
            due: open(transaction, DUE)?,
            expiring: open(transaction, EXPIRING)?,
            notes: open(transaction, NOTES)?,
        })
    }

    /// Writes a note over the version it should have; whether it had.
    pub fn write_note(
        &mut self,
        name: &str,
        value: &[u8],
        over: Option<u64>,
    ) -> Result<bool, Failure> {
        let version = self.notes.get(name)?.map(|row| row.value().0);
        if version != over {
            return Ok(false);
        }
        self.notes.insert(name, (version.unwrap_or(0) + 1, value))?;
        Ok(true)
    }

    /// Keeps an entry, whose stored form is `record`, unless a later one is there that can be read.
    pub fn put(&mut self, key: &CacheKey, entry: &Entry, record: &[u8]) -> Result<Put, Failure> {
        let old = self.head(key.as_str())?;
        // What a damaged head says alone, would keep everything out for ever.
        if old.is_some_and(|old| old.built_at > entry.built_at)
            && self.is_later(key, entry.built_at)?
        {
            return Ok(Put::Superseded);
        }
        self.remove(key)?;
        let head = Head::of(entry, old.and_then(|old| old.mark));
        self.records.insert(key.as_str(), record)?;
        self.insert_head(key, head)?;
        if !self.has(key.as_str(), head, record)? {
            return Err(Box::new(Lost));
        }
        Ok(Put::Kept)
    }

    /// Whether what was put is found: it isn't if keys on the way to it are damaged, and then an earlier entry may be.
    fn has(&self, key: &str, head: Head, record: &[u8]) -> Result<bool, Failure> {
        let kept = self.records.get(key)?;
        Ok(kept.is_some_and(|kept| kept.value() == record) && self.head(key)? == Some(head))
    }

    /// Marks an entry that was built before `from`; whether there is one.
    pub fn mark(&mut self, key: &CacheKey, from: u64) -> Result<bool, Failure> {
        match self.head(key.as_str())? {
            Some(head) if head.built_at < from.saturating_mul(1000) => {
                self.remove_head(key)?;
                let head = Head {
                    mark: head.mark.max(Some(from)),
                    due: head.due.min(from),
                    ..head
                };
                self.insert_head(key, head)?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Removes some of the entries that were past use at `now`.
    ///
    /// Their rows go whatever they say, and the first ones wherever they belong, or damaged ones would be the first for
    /// ever. Of an entry, its head tells when it is past use.
    pub fn remove_expired(&mut self, now: u64) -> Result<(), Failure> {
        for _ in 0..REMOVED_AT_ONCE {
            let first = self.expiring.first()?;
            let first = first.map(|(row, _)| Expiring::of_row(row.value()));
            let Some(first) = first.filter(|first| first.expires < now) else {
                break;
            };
            self.expiring.pop_first()?;
            if let Some(key) = &first.key
                && self
                    .head(key.as_str())?
                    .is_some_and(|head| head.expires == first.expires)
            {
                self.remove(key)?;
            }
        }
        Ok(())
    }

    /// The head of a key, if there is one that can be read. Another gives way.
    fn head(&self, key: &str) -> Result<Option<Head>, Failure> {
        let head = self.heads.get(key)?;
        Ok(head.and_then(|row| Head::of_row(&row).ok()))
    }

    /// Whether the record of a key can be read and says that its build began after `built_at` (unix milliseconds).
    fn is_later(&self, key: &CacheKey, built_at: u64) -> Result<bool, Failure> {
        let Some(record) = self.records.get(key.as_str())? else {
            return Ok(false);
        };
        let kept = Entry::decode(key, record.value());
        Ok(kept.is_ok_and(|kept| kept.built_at > built_at))
    }

    fn insert_head(&mut self, key: &CacheKey, head: Head) -> Result<(), Failure> {
        self.heads.insert(key.as_str(), head.row())?;
        let expiring = rows::expiring(head.expires, key);
        self.expiring.insert(expiring.as_slice(), ())?;
        if head.found {
            let (changed, due) = (rows::of(key, head.updated), rows::of(key, head.due));
            self.changed.insert(changed.as_slice(), ())?;
            self.due.insert(due.as_slice(), ())?;
        }
        Ok(())
    }

    fn remove(&mut self, key: &CacheKey) -> Result<(), Failure> {
        self.records.remove(key.as_str())?;
        self.remove_head(key)
    }

    /// Removes an entry from all tables but its record's.
    fn remove_head(&mut self, key: &CacheKey) -> Result<(), Failure> {
        let head = self.heads.remove(key.as_str())?;
        let Some(head) = head.and_then(|row| Head::of_row(&row).ok()) else {
            return Ok(());
        };
        let expiring = rows::expiring(head.expires, key);
        self.expiring.remove(expiring.as_slice())?;
        let (changed, due) = (rows::of(key, head.updated), rows::of(key, head.due));
        self.changed.remove(changed.as_slice())?;
        self.due.remove(due.as_slice())?;
        Ok(())
    }
}
