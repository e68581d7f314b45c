use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use linernotes_shared::cache::{CacheKey, Collection};

use super::counters::Counts;
use super::entry::EntryError;
use super::shelter::Sheltered;
use super::{DynamoDbStore, EmbeddedStore, Entry};
use crate::config::{self, StoreKind};

/// A tier that outlives the process, and may be shared by many.
///
/// Two moments decide what an entry is worth: when its build began to read the catalogue ([`Entry::built_at`]), and
/// from when on its content is known to be out of date ([`Store::mark_stale`]). Whatever comes late or twice, the store
/// ends with the newest build, and no build from before a mark counts as fresh after it.
#[async_trait]
pub trait Store: Send + Sync {
    /// What is kept of the keys, however old. An entry that can't be read never keeps the others from being found.
    async fn read(&self, keys: &[CacheKey], how: Consistency) -> Result<Kept, StoreError>;

    /// Those of the keys that have an entry that can be read, however old.
    async fn get(&self, keys: &[CacheKey]) -> Result<HashMap<CacheKey, Entry>, StoreError> {
        let kept = self.read(keys, Consistency::Eventual).await?;
        Ok(kept.entries)
    }

    /// Keeps an entry, unless there is one that was built later; of two built at the same moment, the last one stays.
    ///
    /// When this returns, the entry survives a crash. A reader finds the old entry or the new one, never some of both,
    /// and if this fails, the old one or the new one.
    async fn put(&self, key: &CacheKey, entry: Arc<Entry>) -> Result<Put, StoreError>;

    /// Puts many entries, each as [`put`](Self::put) does, and says what became of them, in their order. If this fails,
    /// some may be kept.
    async fn put_all(&self, entries: &[(CacheKey, Arc<Entry>)]) -> Result<Vec<Put>, StoreError>;

    /// From `from` (unix seconds) on, what was built before it isn't fresh. Returns how many of the keys have such an
    /// entry; for the others nothing is kept. If this fails, some may be marked; to mark them again does no harm.
    ///
    /// A build under way that began before `from` may still be put, and is then stale from the start; but only where
    /// there was an entry to mark.
    async fn mark_stale(&self, keys: &[CacheKey], from: u64) -> Result<usize, StoreError>;

    /// Found entries of a collection whose content changed at or after `since` (unix seconds), with the time of their
    /// change: the newest first, then by key, descending. At most `limit`.
    async fn changed_since(
        &self,
        collection: Collection,
        since: u64,
        limit: usize,
    ) -> Result<Vec<Listed>, StoreError>;

    /// Found entries of a collection that aren't fresh at `before` (unix seconds), with the time at which they stop or
    /// stopped being so: the earliest first, then by key. At most `limit`.
    async fn going_stale(
        &self,
        collection: Collection,
        before: u64,
        limit: usize,
    ) -> Result<Vec<Listed>, StoreError>;

    /// Takes the lease of a key for `duration` from `now` (unix milliseconds, the holder's clock), or prolongs it.
    /// `false` if somebody else has it.
    ///
    /// It spares work and guards nothing: by skewed clocks two may hold it at once, and [`Store::put`] keeps what they
    /// do in order. A holder that crashed blocks nobody for longer than `duration` and a second, by whatever clock.
    async fn acquire(
        &self,
        key: &CacheKey,
        holder: &str,
        now: u64,
        duration: Duration,
    ) -> Result<bool, StoreError>;

    /// Gives a lease back. Somebody else's is left alone.
    async fn release(&self, key: &CacheKey, holder: &str) -> Result<(), StoreError>;

    /// The note of a name, as it was last written.
    async fn note(&self, name: &str) -> Result<Option<Note>, StoreError>;

    /// Writes a note if it is still of version `over`, or if there is none and `over` is `None`; its version is then one
    /// more. Returns whether it was written.
    ///
    /// So a note is a lease with a fencing token: who was overtaken can't write any more, however late they notice.
    async fn write_note(
        &self,
        name: &str,
        value: &[u8],
        over: Option<u64>,
    ) -> Result<bool, StoreError>;

    /// Reads and writes once, for an operator who wants to know whether both can be done.
    async fn check(&self) -> Result<(), StoreError>;

    /// Whether other processes write to it too.
    fn is_shared(&self) -> bool;

    /// How often all that was kept has been lost, as far as this process saw it.
    fn losses(&self) -> u64 {
        0
    }

    /// What has happened since the start.
    fn counts(&self) -> Counts;
}

/// How a read sees writes that have just ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consistency {
    /// Perhaps not yet, at half the price.
    Eventual,
    /// Always.
    Strong,
}

/// What a store has of some keys. Of those that it doesn't name, nothing is kept.
#[derive(Debug, Default)]
pub struct Kept {
    /// Entries, however old.
    pub entries: HashMap<CacheKey, Entry>,
    /// Keys whose entry is damaged or of another format. It counts as absent and gives way to the next build, but was
    /// found and isn't past use, as far as that can be told: who says "not found" must not take it for nothing.
    pub damaged: HashSet<CacheKey>,
    /// Keys whose entry can't be read for the moment, and why.
    pub unread: HashMap<CacheKey, StoreError>,
}

/// How much longer than the asker's own a lease may last before it counts as of a clock that runs ahead: clocks of two
/// processes differ by a little.
pub(super) const CLOCKS_DIFFER: Duration = Duration::from_secs(1);

/// What became of an entry that was put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// It is kept.
    Kept,
    /// One that was built later is there already.
    Superseded,
}

/// Some lines of the service's own, e.g. how far a crawl has come. At most [`LONGEST_NOTE`] bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What it says.
    pub value: Vec<u8>,
    /// How often it has been written: 1 for the first time.
    pub version: u64,
}

/// Most bytes of a note.
pub const LONGEST_NOTE: usize = 300 * 1024;

/// An entry in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its key.
    pub key: CacheKey,
    /// The time by which it is listed, unix seconds.
    pub time: u64,
}

/// The store is in trouble. No message holds credentials.
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
    /// Another process has it open.
    #[error("the store at {path} is in use by another process")]
    InUse {
        /// Where it is.
        path: String,
    },
    /// It doesn't answer in the time it has.
    #[error("the store takes too long")]
    Slow,
    /// It is asked for more than it takes.
    #[error("the store is asked too much")]
    Throttled,
    /// It has failed of late, and is left alone for some seconds.
    #[error("the store is left alone after it has failed")]
    Resting,
    /// Some of what it has can't be read for the moment; the log says why.
    #[error("some of what is kept can't be read now")]
    Unread,
    /// It can't be read or written.
    #[error("the store failed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// An entry can't be written.
    #[error(transparent)]
    Entry(#[from] EntryError),
}

impl StoreError {
    /// Whether it says that the store doesn't work. The other errors are ours, or an entry's.
    pub(crate) const fn is_of_the_store(&self) -> bool {
        matches!(self, Self::Slow | Self::Throttled | Self::Failed(_))
    }
}

/// The store that the settings name. A DynamoDB table that can't be reached, or a file that can't be opened, is no reason
/// not to start: until it can be, answers are built.
///
/// # Errors
/// If another process has the file open.
pub async fn open(settings: &config::Store) -> Result<Arc<dyn Store>, StoreError> {
    Ok(match settings.kind {
        StoreKind::Embedded => Arc::new(EmbeddedStore::open(&settings.path)?),
        StoreKind::DynamoDb => Arc::new(Sheltered::new(Arc::new(
            DynamoDbStore::connect(settings).await,
        ))),
    })
}
