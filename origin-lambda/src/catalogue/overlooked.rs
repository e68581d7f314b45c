use linernotes_shared::Mbid;

use super::row::{each, uuids};
use super::session::Snapshot;
use super::{CatalogueError, Statement};

/// A release group that somebody may miss in an artist's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlooked {
    /// Its MBID.
    pub album: Mbid,
    /// Its title.
    pub title: String,
    /// Whether the artist is credited first. If so, Lidarr finds no audio track in it; else it stands in the list of the
    /// artist that is.
    pub is_first: bool,
    /// The artist credited first.
    pub artist: Mbid,
    /// Its name.
    pub artist_name: String,
}

pub(super) async fn read(
    snapshot: &Snapshot<'_>,
    artist: Mbid,
    special: &[Mbid],
    silent_formats: &[&str],
    limit: u16,
) -> Result<Vec<Overlooked>, CatalogueError> {
    const STATEMENT: Statement = Statement::ArtistOverlooked;
    let rows = snapshot
        .query(
            STATEMENT,
            &[
                &artist.uuid(),
                &uuids(special),
                &silent_formats,
                &i64::from(limit),
            ],
        )
        .await?;
    each(STATEMENT, &rows, |columns| {
        Ok(Overlooked {
            album: columns.mbid("album_gid")?,
            title: columns.get("title")?,
            is_first: columns.get("is_first")?,
            artist: columns.mbid("artist_gid")?,
            artist_name: columns.get("artist_name")?,
        })
    })
}
