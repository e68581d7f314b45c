//! The catalogue: what the service knows of MusicBrainz, read from a replica.
//!
//! Every question the service asks is a method of [`Catalogue`]; every method reads one moment of the replica through a
//! [`session`](self), with the statements under `sql/catalogue`.

mod album;
mod artist;
mod changes;
mod error;
mod listed;
mod names;
mod newest;
mod overlooked;
mod preparation;
mod replication;
mod row;
mod schema;
mod search_index;
mod searchable;
mod series;
mod session;
mod spotify;
mod standing;
mod statement;
mod tls;

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::value::RawValue;
use tokio::sync::Semaphore;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use linernotes_shared::Mbid;
use linernotes_shared::request::Entity;

pub use album::{AlbumRecord, ArtImage};
pub use artist::ArtistRecord;
pub use changes::{Change, Changes};
pub use error::CatalogueError;
pub use listed::{ListedAlbum, ListedArtist};
pub use overlooked::Overlooked;
pub(crate) use preparation::owner;
pub use preparation::{Preparation, Step, Unprepared};
pub use replication::Replication;
pub use schema::SchemaReport;
pub use search_index::{IndexSnapshot, IndexState, IndexedName, Word};
pub use searchable::{SearchableAlbum, SearchableArtist};
pub use spotify::SpotifyPage;
pub(crate) use standing::tell_unavailable;
pub use statement::Statement;

use crate::config;
use newest::Newest;
use row::{Columns, gids, uuids};
use session::{Sessions, Snapshot};
use standing::Standing;

/// What finding changes may take, if that is more than an answer may. A crawler's lease is longer.
const CHANGES_TIMEOUT: Duration = Duration::from_secs(60);

/// A MusicBrainz replica in PostgreSQL.
pub struct Catalogue {
    sessions: Sessions,
    standing: Standing,
    newest: Newest,
    /// Connections that artists may hold at once: all but one. An artist's list has no upper limit, so slow ones must
    /// leave room for everything else.
    for_artists: Semaphore,
    max_lag: Option<Duration>,
    without_albums: Vec<Mbid>,
}

/// An artist with its albums.
#[derive(Clone, Debug)]
pub struct ArtistWithAlbums {
    /// The artist.
    pub artist: ArtistRecord,
    /// Its release groups, as JSON.
    pub albums: Box<RawValue>,
}

/// Whom a release group is credited to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlbumCredit {
    /// Whether it was asked for by its current MBID.
    pub is_current: bool,
    /// The artist credited first, under all MBIDs that it has or had.
    pub artists: Vec<Mbid>,
}

impl Catalogue {
    /// A catalogue over a pool of connections, opened as they are needed.
    pub fn new(config: &config::Database) -> Result<Self, CatalogueError> {
        Ok(Self {
            sessions: Sessions::new(config)?,
            standing: Standing::default(),
            newest: Newest::default(),
            for_artists: Semaphore::new(config.connections.saturating_sub(1).max(1)),
            max_lag: config.max_lag(),
            without_albums: config.artists_without_albums.clone(),
        })
    }

    /// How current the replica is.
    pub async fn replication(&self) -> Result<Replication, CatalogueError> {
        self.read(async |snapshot| replication::read(snapshot).await)
            .await
    }

    /// The time by the replica's clock.
    pub async fn clock(&self) -> Result<Timestamp, CatalogueError> {
        self.read(async |snapshot| replication::clock(snapshot).await)
            .await
    }

    /// The artist of an MBID, current or old, and its albums; `None` if a healthy, current catalogue knows none.
    pub async fn artist(&self, mbid: Mbid) -> Result<Option<ArtistWithAlbums>, CatalogueError> {
        let reading = async |snapshot: &Snapshot<'_>| {
            let known = self.newest.known();
            let (replication, mut artists, albums) = tokio::try_join!(
                replication::read(snapshot),
                artist::read(snapshot, std::slice::from_ref(&mbid)),
                artist::read_albums(snapshot, mbid, &self.without_albums),
            )?;
            self.require_sound(&replication, known)?;
            match artists.remove(&mbid) {
                Some(artist) => Ok(Some(ArtistWithAlbums { artist, albums })),
                None => replication.require_current(self.max_lag).map(|()| None),
            }
        };
        self.sessions
            .in_time(async {
                let _turn = self.for_artists.acquire().await.expect("never closed");
                self.read(reading).await
            })
            .await
    }

    /// The release group of an MBID, current or old, with its releases and artists; `None` if a healthy, current
    /// catalogue knows none.
    pub async fn album(&self, mbid: Mbid) -> Result<Option<AlbumRecord>, CatalogueError> {
        self.read(async |snapshot| {
            let known = self.newest.known();
            let (replication, mut albums) = tokio::try_join!(
                replication::read(snapshot),
                album::read(snapshot, std::slice::from_ref(&mbid)),
            )?;
            self.require_sound(&replication, known)?;
            match albums.remove(&mbid) {
                Some(album) => Ok(Some(album)),
                None => replication.require_current(self.max_lag).map(|()| None),
            }
        })
        .await
    }

    /// The artists of MBIDs, current or old, by the MBID asked. Those the replica doesn't know are left out, which says
    /// nothing about whether they exist.
    pub async fn artists(
        &self,
        mbids: &[Mbid],
    ) -> Result<HashMap<Mbid, ArtistRecord>, CatalogueError> {
        self.read(async |snapshot| {
            let known = self.newest.known();
            let (replication, artists) =
                tokio::try_join!(replication::read(snapshot), artist::read(snapshot, mbids))?;
            self.require_sound(&replication, known)?;
            Ok(artists)
        })
        .await
    }

    /// The release groups of MBIDs, current or old, by the MBID asked. Those the replica doesn't know are left out,
    /// which says nothing about whether they exist.
    pub async fn albums(
        &self,
        mbids: &[Mbid],
    ) -> Result<HashMap<Mbid, AlbumRecord>, CatalogueError> {
        self.read(async |snapshot| album::read(snapshot, mbids).await)
            .await
    }

    /// The release groups that a set of recordings fits best, best first, at most `limit`. None only if a healthy,
    /// current catalogue knows none.
    pub async fn albums_by_recordings(
        &self,
        recordings: &[Mbid],
        limit: u8,
    ) -> Result<Vec<Mbid>, CatalogueError> {
        const STATEMENT: Statement = Statement::AlbumsByRecordings;
        let recordings = uuids(recordings);
        self.read(async |snapshot| {
            let most = i64::from(limit);
            let parameters: [&(dyn ToSql + Sync); 2] = [&recordings, &most];
            let (replication, rows) = tokio::try_join!(
                replication::read(snapshot),
                snapshot.query(STATEMENT, &parameters),
            )?;
            replication.require_loaded()?;
            if rows.is_empty() {
                replication.require_current(self.max_lag)?;
            }
            gids(STATEMENT, &rows)
        })
        .await
    }

    /// The release groups of a series, in its order; `None` if a healthy, current catalogue knows no such series.
    pub async fn series(&self, mbid: Mbid) -> Result<Option<Vec<ListedAlbum>>, CatalogueError> {
        self.read(async |snapshot| {
            let known = self.newest.known();
            let (replication, parts) =
                tokio::try_join!(replication::read(snapshot), series::read(snapshot, mbid))?;
            self.require_sound(&replication, known)?;
            match parts {
                Some(parts) => Ok(Some(parts)),
                None => replication.require_current(self.max_lag).map(|()| None),
            }
        })
        .await
    }

    /// The release groups of MBIDs of theirs or of their releases, current or old, by the MBID asked. Those the replica
    /// doesn't know are left out.
    pub async fn listed_albums(
        &self,
        mbids: &[Mbid],
    ) -> Result<HashMap<Mbid, ListedAlbum>, CatalogueError> {
        self.read_loaded(async |snapshot| listed::read_albums(snapshot, mbids).await)
            .await
    }

    /// The artists of MBIDs, current or old, by the MBID asked. Those the replica doesn't know are left out.
    pub async fn listed_artists(
        &self,
        mbids: &[Mbid],
    ) -> Result<HashMap<Mbid, ListedArtist>, CatalogueError> {
        self.read_loaded(async |snapshot| listed::read_artists(snapshot, mbids).await)
            .await
    }

    /// What pages are about, best guess, by URL. Those that nothing links to are left out.
    pub async fn by_links(
        &self,
        entity: Entity,
        urls: &[String],
    ) -> Result<HashMap<String, Mbid>, CatalogueError> {
        self.read_loaded(async |snapshot| listed::read_linked(snapshot, entity, urls).await)
            .await
    }

    /// Whether an artist's list of albums is empty on purpose.
    pub fn is_without_albums(&self, artist: Mbid) -> bool {
        self.without_albums.contains(&artist)
    }

    /// Release groups of an artist that somebody may miss in its list: at most `limit` credited to others first, and at
    /// most as many without an audio track on media of other formats than these.
    pub async fn overlooked(
        &self,
        artist: Mbid,
        silent_formats: &[&str],
        limit: u16,
    ) -> Result<Vec<Overlooked>, CatalogueError> {
        self.read_loaded(async |snapshot| {
            let special = &self.without_albums;
            overlooked::read(snapshot, artist, special, silent_formats, limit).await
        })
        .await
    }

    /// Whether the replica is fully loaded and current enough to prove that something doesn't exist.
    pub async fn require_current(&self) -> Result<(), CatalogueError> {
        let known = self.newest.known();
        let replication = self.replication().await?;
        self.require_sound(&replication, known)?;
        replication.require_current(self.max_lag)
    }

    /// What a Spotify id links to, best guess first.
    pub async fn by_spotify_id(
        &self,
        entity: Entity,
        spotify_id: &str,
    ) -> Result<Vec<Mbid>, CatalogueError> {
        self.read_loaded(async |snapshot| spotify::read(snapshot, entity, spotify_id).await)
            .await
    }

    /// A page of all current links to Spotify: `size` URLs after the page whose `next` is `after` (empty for the
    /// first).
    pub async fn spotify_links(
        &self,
        entity: Entity,
        after: &str,
        size: u32,
    ) -> Result<SpotifyPage, CatalogueError> {
        self.read(async |snapshot| spotify::read_page(snapshot, entity, after, size.into()).await)
            .await
    }

    /// A page of all MBIDs of a kind, in order: `size` of them after `after` (`None` for the first page).
    pub async fn ids(
        &self,
        entity: Entity,
        after: Option<Mbid>,
        size: u32,
    ) -> Result<Vec<Mbid>, CatalogueError> {
        let statement = match entity {
            Entity::Artist => Statement::ArtistIds,
            Entity::Album => Statement::AlbumIds,
        };
        let after = after.map_or(Uuid::nil(), Mbid::uuid);
        self.read(async |snapshot| {
            let rows = snapshot
                .query(statement, &[&after, &i64::from(size)])
                .await?;
            gids(statement, &rows)
        })
        .await
    }

    /// The artists credited first for release groups, by the MBID asked, current or old.
    pub async fn album_artists(
        &self,
        albums: &[Mbid],
    ) -> Result<HashMap<Mbid, AlbumCredit>, CatalogueError> {
        const STATEMENT: Statement = Statement::AlbumArtists;
        let albums = uuids(albums);
        self.read(async |snapshot| {
            let mut credits: HashMap<Mbid, AlbumCredit> = HashMap::new();
            for row in &snapshot.query(STATEMENT, &[&albums]).await? {
                let columns = Columns::new(STATEMENT, row);
                let credit = credits.entry(columns.mbid("album")?).or_default();
                credit.is_current = columns.get("is_current")?;
                credit.artists.push(columns.mbid("artist")?);
            }
            Ok(credits)
        })
        .await
    }

    /// About how many artists and release groups there are; `None` if PostgreSQL hasn't counted yet.
    pub async fn about_how_many(&self, entity: Entity) -> Result<Option<u64>, CatalogueError> {
        const STATEMENT: Statement = Statement::EntityCounts;
        self.read(async |snapshot| {
            for row in &snapshot.query(STATEMENT, &[]).await? {
                let columns = Columns::new(STATEMENT, row);
                if columns.get::<&str>("entity")? == entity.name() {
                    return Ok(u64::try_from(columns.get::<i64>("number")?).ok());
                }
            }
            Ok(None)
        })
        .await
    }

    /// Everything that changed at `since` or later, as far as the replica shows it.
    ///
    /// MusicBrainz dates changes by the start of their transaction, and a packet may bring one that is some minutes
    /// older than the packet before: ask again from a little before the last date handled.
    pub async fn changed_since(&self, since: Timestamp) -> Result<Changes, CatalogueError> {
        self.changed_between(since, Timestamp::MAX).await
    }

    /// The same without what changed at `before` or later. It may take longer than an answer may: nobody waits for it.
    pub async fn changed_between(
        &self,
        since: Timestamp,
        before: Timestamp,
    ) -> Result<Changes, CatalogueError> {
        self.sessions
            .read_patiently(CHANGES_TIMEOUT, async |snapshot| {
                let replication = replication::read(snapshot).await?;
                replication.require_loaded()?;
                changes::read(snapshot, (since, before)).await
            })
            .await
    }

    /// Reads one moment of the replica, in the time that an answer may take.
    async fn read<T>(
        &self,
        reading: impl AsyncFnOnce(&Snapshot<'_>) -> Result<T, CatalogueError> + Clone,
    ) -> Result<T, CatalogueError> {
        // Boxed: it is deep, and so is what asks.
        let outcome = Box::pin(self.sessions.read(reading)).await;
        self.standing.heed(&outcome);
        outcome
    }

    /// Reads one moment of a replica that is fully loaded.
    async fn read_loaded<T>(
        &self,
        reading: impl AsyncFnOnce(&Snapshot<'_>) -> Result<T, CatalogueError> + Clone,
    ) -> Result<T, CatalogueError> {
        self.read(async move |snapshot| {
            let (replication, found) =
                tokio::try_join!(replication::read(snapshot), reading(snapshot))?;
            replication.require_loaded()?;
            Ok(found)
        })
        .await
    }
}
