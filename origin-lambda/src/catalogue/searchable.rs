//! What search knows artists and release groups by, as MusicBrainz has it.

use jiff::Timestamp;
use uuid::Uuid;

use linernotes_shared::Mbid;

use super::row::{each, gids, uuids};
use super::{Catalogue, CatalogueError, Statement, replication};

/// An artist, for the search index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchableArtist {
    /// Current MBID.
    pub mbid: Mbid,
    /// Name.
    pub name: String,
    /// Name as sorted.
    pub sort_name: String,
    /// Aliases of all types, sorted.
    pub aliases: Vec<String>,
    /// Release groups that name it, counted up to 1,000.
    pub albums: i64,
    /// Ratings.
    pub ratings: i64,
    /// Votes for tags.
    pub tags: i64,
    /// Links to other sites.
    pub links: i64,
}

/// A release group, for the search index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchableAlbum {
    /// Current MBID.
    pub mbid: Mbid,
    /// Title.
    pub title: String,
    /// Aliases, and releases' titles that differ, sorted.
    pub aliases: Vec<String>,
    /// All its artists in one text, as it names them.
    pub credit: String,
    /// Each of them, as it names them.
    pub credited_as: Vec<String>,
    /// Each of them.
    pub artists: Vec<Mbid>,
    /// Primary type's name, `Other` without one.
    pub kind: String,
    /// Whether it is a live album, a compilation or the like.
    pub has_secondary_type: bool,
    /// Releases.
    pub releases: i64,
    /// Ratings.
    pub ratings: i64,
    /// Votes for tags.
    pub tags: i64,
    /// Links to other sites.
    pub links: i64,
}

impl Catalogue {
    /// The artists of current MBIDs, by MBID. Those the replica doesn't know are left out.
    pub async fn searchable_artists(
        &self,
        mbids: &[Mbid],
    ) -> Result<Vec<SearchableArtist>, CatalogueError> {
        const STATEMENT: Statement = Statement::SearchArtists;
        let wanted = uuids(mbids);
        let rows = self
            .read(async |snapshot| snapshot.query(STATEMENT, &[&wanted]).await)
            .await?;
        each(STATEMENT, &rows, |columns| {
            Ok(SearchableArtist {
                mbid: columns.mbid("gid")?,
                name: columns.get("name")?,
                sort_name: columns.get("sort_name")?,
                aliases: columns.get("aliases")?,
                albums: columns.get("albums")?,
                ratings: columns.get("ratings")?,
                tags: columns.get("tags")?,
                links: columns.get("links")?,
            })
        })
    }

    /// The release groups of current MBIDs, by MBID. Those the replica doesn't know are left out.
    pub async fn searchable_albums(
        &self,
        mbids: &[Mbid],
    ) -> Result<Vec<SearchableAlbum>, CatalogueError> {
        const STATEMENT: Statement = Statement::SearchAlbums;
        let wanted = uuids(mbids);
        let rows = self
            .read(async |snapshot| snapshot.query(STATEMENT, &[&wanted]).await)
            .await?;
        each(STATEMENT, &rows, |columns| {
            Ok(SearchableAlbum {
                mbid: columns.mbid("gid")?,
                title: columns.get("name")?,
                aliases: columns.get("aliases")?,
                credit: columns.get("credit")?,
                credited_as: columns.get("credited_as")?,
                artists: columns.mbids("artists")?,
                kind: columns.get("type")?,
                has_secondary_type: columns.get("has_secondary_type")?,
                releases: columns.get("releases")?,
                ratings: columns.get("ratings")?,
                tags: columns.get("tags")?,
                links: columns.get("links")?,
            })
        })
    }

    /// The release groups that name any of these artists.
    pub async fn albums_naming(&self, artists: &[Mbid]) -> Result<Vec<Mbid>, CatalogueError> {
        const STATEMENT: Statement = Statement::SearchAlbumsOf;
        let wanted: Vec<Uuid> = uuids(artists);
        let rows = self
            .read(async |snapshot| snapshot.query(STATEMENT, &[&wanted]).await)
            .await?;
        gids(STATEMENT, &rows)
    }

    /// The date of the last replication packet of a replica that is fully loaded.
    pub async fn loaded_as_of(&self) -> Result<Option<Timestamp>, CatalogueError> {
        let replication = self
            .read(async |snapshot| replication::read(snapshot).await)
            .await?;
        replication.require_loaded()?;
        Ok(replication.date)
    }
}
