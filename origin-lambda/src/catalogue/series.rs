use uuid::Uuid;

use linernotes_shared::Mbid;

use super::listed::{self, ListedAlbum};
use super::row::Columns;
use super::session::Snapshot;
use super::{CatalogueError, Statement};

/// The release groups of the series of an MBID, current or old, in its order; `None` if the replica doesn't know it.
pub(super) async fn read(
    snapshot: &Snapshot<'_>,
    mbid: Mbid,
) -> Result<Option<Vec<ListedAlbum>>, CatalogueError> {
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
fn part(columns: &Columns<'_>) -> Result<Option<ListedAlbum>, CatalogueError> {
    let album: Option<Uuid> = columns.get("album_gid")?;
    match album {
        Some(_) => listed::album(columns).map(Some),
        None => Ok(None),
    }
}
