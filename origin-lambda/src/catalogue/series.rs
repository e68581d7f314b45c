use jiff::civil::Date;
use uuid::Uuid;

use linernotes_shared::Mbid;

use super::row::Columns;
use super::session::Snapshot;
use super::{CatalogueError, Statement};

/// A release group's place in a series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesPart {
    /// The release group.
    pub album: Mbid,
    /// Its title.
    pub album_title: String,
    /// The artist credited first.
    pub artist: Mbid,
    /// First release, with missing parts as 1.
    pub first_release: Option<Date>,
}

/// The parts of the series of an MBID, current or old, in its order; `None` if the replica doesn't know it.
pub(super) async fn read(
    snapshot: &Snapshot<'_>,
    mbid: Mbid,
) -> Result<Option<Vec<SeriesPart>>, CatalogueError> {
    let rows = snapshot.query(Statement::Series, &[&mbid.uuid()]).await?;
    if rows.is_empty() {
        return Ok(None);
    }
    rows.iter()
        .filter_map(|row| part(&Columns::new(Statement::Series, row)).transpose())
        .collect::<Result<_, _>>()
        .map(Some)
}

/// A series without release groups still has its one row, of nulls.
fn part(columns: &Columns<'_>) -> Result<Option<SeriesPart>, CatalogueError> {
    let album: Option<Uuid> = columns.get("album_gid")?;
    let Some(album) = album else {
        return Ok(None);
    };
    Ok(Some(SeriesPart {
        album: album.into(),
        album_title: columns.get("album_title")?,
        artist: columns.mbid("artist_gid")?,
        first_release: columns.get("date")?,
    }))
}
