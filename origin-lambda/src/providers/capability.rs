//! What a provider can do. It implements the traits of what it can, and says so where it is registered.

use std::time::Duration;

use async_trait::async_trait;

use linernotes_shared::cache::{CacheKey, Collection};

use super::client::ProviderError;
use super::record::Record;
use crate::catalogue::{AlbumRecord, ArtistRecord};

/// Has artists' pictures.
pub trait ArtistImages: Send + Sync {
    /// Where an artist's are.
    fn artist_images(&self, artist: &ArtistRecord) -> Lookup;
}

/// Has albums' pictures.
pub trait AlbumImages: Send + Sync {
    /// Where an album's are.
    fn album_images(&self, album: &AlbumRecord) -> Lookup;
}

/// Has a text about artists.
pub trait ArtistOverview: Send + Sync {
    /// Where an artist's is.
    fn artist_overview(&self, artist: &ArtistRecord) -> Lookup;
}

/// Has a text about albums.
pub trait AlbumOverview: Send + Sync {
    /// Where an album's is.
    fn album_overview(&self, album: &AlbumRecord) -> Lookup;
}

/// Where what a provider says about something is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// In the record of that key, which the provider's [`Source`] fetches if it isn't kept.
    Record(CacheKey),
    /// It is known without asking.
    Known(Record),
    /// It says nothing.
    Nothing,
}

impl Lookup {
    /// In the record of that name; a name that can't be kept is nobody's.
    pub fn named(collection: Collection, name: &str) -> Self {
        CacheKey::named(collection, name).map_or(Self::Nothing, Self::Record)
    }
}

/// Fetches records.
#[async_trait]
pub trait Source: Send + Sync {
    /// Where its records are kept.
    fn collection(&self) -> Collection;

    /// How long a record is fresh.
    fn fresh_for(&self) -> Duration;

    /// Asks the provider about what a record of its collection is named after. A name that isn't one of its own is said
    /// nothing about.
    async fn fetch(&self, name: &str) -> Result<Fetched, ProviderError>;
}

/// What a provider says when it is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fetched {
    /// About what it was asked; `None` if it knows nothing.
    pub record: Option<Record>,
    /// About others, in passing, by their records' names.
    pub others: Vec<(String, Record)>,
}

impl Fetched {
    /// About what it was asked alone; a record without content is none.
    pub fn alone(record: Record) -> Self {
        Self {
            record: Some(record).filter(|record| !record.is_empty()),
            others: Vec::new(),
        }
    }
}

/// Tells what is new at a provider.
#[async_trait]
pub trait News: Send + Sync {
    /// The records' keys of what became visible to us in that time, unix seconds.
    async fn changed(&self, since: u64, until: u64) -> Result<Vec<CacheKey>, ProviderError>;
}
