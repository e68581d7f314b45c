//! What names may mean.

use async_trait::async_trait;
use tokio_postgres::Row;

use super::listed::ListedArtist;
use super::row::{Columns, uuids};
use super::{Catalogue, CatalogueError, Statement};
use crate::matching::{AlbumCandidate, AlbumName, ArtistCandidate, TextMatch};

#[async_trait]
impl TextMatch for Catalogue {
    async fn albums(
        &self,
        names: &[AlbumName],
    ) -> Result<Vec<Vec<AlbumCandidate>>, CatalogueError> {
        const STATEMENT: Statement = Statement::AlbumsByNames;
        let artists: Vec<&str> = names.iter().map(|name| &*name.artist).collect();
        let titles: Vec<&str> = names.iter().map(|name| &*name.title).collect();
        let special = uuids(&self.without_albums);
        let rows = self
            .read_loaded(async |snapshot| {
                snapshot
                    .query(STATEMENT, &[&artists, &titles, &special])
                    .await
            })
            .await?;
        by_number(STATEMENT, &rows, names.len(), |columns| {
            Ok(AlbumCandidate {
                album: columns.mbid("album_gid")?,
                title: columns.get("album_title")?,
                artist: columns.mbid("artist_gid")?,
                artist_name: columns.get("artist_name")?,
                credit: columns.get("credit_name")?,
                by_alias: columns.get("by_alias")?,
            })
        })
    }

    async fn artists(&self, names: &[String]) -> Result<Vec<Vec<ArtistCandidate>>, CatalogueError> {
        const STATEMENT: Statement = Statement::ArtistsByNames;
        let rows = self
            .read_loaded(async |snapshot| snapshot.query(STATEMENT, &[&names]).await)
            .await?;
        by_number(STATEMENT, &rows, names.len(), |columns| {
            Ok(ArtistCandidate {
                artist: ListedArtist {
                    artist: columns.mbid("artist_gid")?,
                    artist_name: columns.get("artist_name")?,
                },
                by_alias: columns.get("by_alias")?,
            })
        })
    }
}

/// Rows by their `number`, which counts what was asked from 1.
fn by_number<T>(
    statement: Statement,
    rows: &[Row],
    asked: usize,
    read: impl Fn(&Columns<'_>) -> Result<T, CatalogueError>,
) -> Result<Vec<Vec<T>>, CatalogueError> {
    let mut found: Vec<Vec<T>> = std::iter::repeat_with(Vec::new).take(asked).collect();
    for row in rows {
        let columns = Columns::new(statement, row);
        let number: i64 = columns.get("number")?;
        let place = usize::try_from(number - 1)
            .ok()
            .and_then(|index| found.get_mut(index))
            .ok_or_else(|| {
                CatalogueError::Inconsistent(format!("{statement} answers what wasn't asked"))
            })?;
        place.push(read(&columns)?);
    }
    Ok(found)
}
