//! Artists and release groups as lists show them: what tells them from others, and no more.

use std::collections::HashMap;

use jiff::civil::Date;

use linernotes_shared::Mbid;
use linernotes_shared::request::Entity;

use super::row::{Columns, each, uuids};
use super::session::Snapshot;
use super::{CatalogueError, Statement};

/// A release group in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedAlbum {
    /// The release group's current MBID.
    pub album: Mbid,
    /// Its title.
    pub album_title: String,
    /// The artist credited first.
    pub artist: Mbid,
    /// Its name.
    pub artist_name: String,
    /// First release, with missing parts as 1.
    pub first_release: Option<Date>,
}

/// An artist in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedArtist {
    /// The artist's current MBID.
    pub artist: Mbid,
    /// Its name.
    pub artist_name: String,
}

/// The release groups of MBIDs of theirs or of their releases, by the MBID asked.
pub(super) async fn read_albums(
    snapshot: &Snapshot<'_>,
    mbids: &[Mbid],
) -> Result<HashMap<Mbid, ListedAlbum>, CatalogueError> {
    const STATEMENT: Statement = Statement::ListedAlbums;
    let rows = snapshot.query(STATEMENT, &[&uuids(mbids)]).await?;
    each(STATEMENT, &rows, |columns| {
        Ok((columns.mbid("asked")?, album(columns)?))
    })
}

pub(super) fn album(columns: &Columns<'_>) -> Result<ListedAlbum, CatalogueError> {
    Ok(ListedAlbum {
        album: columns.mbid("album_gid")?,
        album_title: columns.get("album_title")?,
        artist: columns.mbid("artist_gid")?,
        artist_name: columns.get("artist_name")?,
        first_release: columns.get("date")?,
    })
}

/// The artists of MBIDs, by the MBID asked.
pub(super) async fn read_artists(
    snapshot: &Snapshot<'_>,
    mbids: &[Mbid],
) -> Result<HashMap<Mbid, ListedArtist>, CatalogueError> {
    const STATEMENT: Statement = Statement::ListedArtists;
    let rows = snapshot.query(STATEMENT, &[&uuids(mbids)]).await?;
    each(STATEMENT, &rows, |columns| {
        let artist = ListedArtist {
            artist: columns.mbid("artist_gid")?,
            artist_name: columns.get("artist_name")?,
        };
        Ok((columns.mbid("asked")?, artist))
    })
}

/// What pages are about, by URL.
pub(super) async fn read_linked(
    snapshot: &Snapshot<'_>,
    entity: Entity,
    urls: &[String],
) -> Result<HashMap<String, Mbid>, CatalogueError> {
    let statement = match entity {
        Entity::Artist => Statement::ArtistsByLinks,
        Entity::Album => Statement::AlbumsByLinks,
    };
    let rows = snapshot.query(statement, &[&urls]).await?;
    each(statement, &rows, |columns| {
        Ok((columns.get("url")?, columns.mbid("gid")?))
    })
}
