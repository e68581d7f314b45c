//! Bringing the index up to date with what changed in the replica.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use linernotes_shared::Mbid;
use linernotes_shared::request::Entity;

use super::document::Document;
use super::writer::{Kept, Schema};
use super::{IndexError, Indexer};

/// Changes are asked for from so long before the last packet: a packet may bring one that is a little older than the
/// packet before.
const OVERLAP: SignedDuration = SignedDuration::from_hours(1);
/// Entities in one transaction.
const BATCH: usize = 500;

/// What a refresh did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refreshed {
    /// Artists and albums that were looked at.
    pub looked_at: usize,
    /// Those of them that were put in anew, or taken out.
    pub changed: usize,
    /// The replica's last packet, up to which the index is current.
    pub as_of: Option<Timestamp>,
}

impl Indexer {
    /// Brings in what changed since the index was last brought up to date. To do so again does no harm; if it is broken
    /// off, the next one does the rest.
    pub async fn refresh(&mut self) -> Result<Refreshed, IndexError> {
        self.writer.take_lock().await?;
        let state = self.in_use().await?.ok_or(IndexError::NotBuilt)?;
        self.writer.require_right_to_refresh().await?;
        let as_of = self.replica.loaded_as_of().await?;
        let since = state.as_of.unwrap_or(Timestamp::UNIX_EPOCH);
        let since = since.checked_sub(OVERLAP).unwrap_or(since);
        let changes = self.replica.changed_since(since).await?;

        let mut done = Refreshed {
            as_of,
            ..Refreshed::default()
        };
        // An artist's names stand in its albums' rows.
        let mut renamed = Vec::new();
        let artists: Vec<Mbid> = changes.artists.iter().map(|change| change.mbid).collect();
        for batch in artists.chunks(BATCH) {
            renamed.extend(self.refresh_artists(batch, &mut done).await?);
        }
        let mut albums: BTreeSet<Mbid> = changes.albums.iter().map(|change| change.mbid).collect();
        for batch in renamed.chunks(BATCH) {
            albums.extend(self.replica.albums_naming(batch).await?);
        }
        let albums: Vec<Mbid> = albums.into_iter().collect();
        for batch in albums.chunks(BATCH) {
            self.refresh_albums(batch, &mut done).await?;
        }
        self.writer.current_as_of(as_of).await?;
        Ok(done)
    }

    /// Returns the artists whose names changed.
    async fn refresh_artists(
        &mut self,
        mbids: &[Mbid],
        done: &mut Refreshed,
    ) -> Result<Vec<Mbid>, IndexError> {
        let kept = self
            .writer
            .documents(Schema::Live, Entity::Artist, mbids)
            .await?;
        let documents: Vec<Document> = self
            .replica
            .searchable_artists(mbids)
            .await?
            .iter()
            .map(Document::of_artist)
            .collect();
        let renamed = documents
            .iter()
            .filter(|document| {
                kept.get(&document.mbid)
                    .is_some_and(|kept| kept.credited().names != document.credited().names)
            })
            .map(|document| document.mbid)
            .collect();
        self.replace(Entity::Artist, mbids, kept, documents, done)
            .await?;
        Ok(renamed)
    }

    async fn refresh_albums(
        &mut self,
        mbids: &[Mbid],
        done: &mut Refreshed,
    ) -> Result<(), IndexError> {
        let kept = self
            .writer
            .documents(Schema::Live, Entity::Album, mbids)
            .await?;
        let albums = self.replica.searchable_albums(mbids).await?;
        let artists = self.credited(Schema::Live, &albums).await?;
        let documents = albums
            .iter()
            .map(|album| Document::of_album(album, &artists))
            .collect();
        self.replace(Entity::Album, mbids, kept, documents, done)
            .await
    }

    /// Puts in what is other than before, and takes out what is gone.
    async fn replace(
        &mut self,
        entity: Entity,
        mbids: &[Mbid],
        kept: std::collections::HashMap<Mbid, Kept>,
        documents: Vec<Document>,
        done: &mut Refreshed,
    ) -> Result<(), IndexError> {
        done.looked_at += mbids.len();
        let current: BTreeSet<Mbid> = documents.iter().map(|document| document.mbid).collect();
        let gone: Vec<Mbid> = kept
            .keys()
            .copied()
            .filter(|mbid| !current.contains(mbid))
            .collect();
        let news: Vec<Document> = documents
            .into_iter()
            .filter(|document| {
                kept.get(&document.mbid)
                    .is_none_or(|kept| !kept.is(document))
            })
            .collect();
        done.changed += gone.len() + news.len();
        if gone.is_empty() && news.is_empty() {
            return Ok(());
        }
        self.writer.replace(entity, &gone, &news).await
    }
}
