use std::collections::HashMap;

use serde_json::value::RawValue;

use linernotes_shared::Mbid;

use super::row::{Columns, each, uuids};
use super::session::Snapshot;
use super::{CatalogueError, Statement};

/// An artist as MusicBrainz has it.
#[derive(Clone, Debug, PartialEq)]
pub struct ArtistRecord {
    /// Current MBID.
    pub mbid: Mbid,
    /// Name.
    pub name: String,
    /// Name as sorted.
    pub sort_name: String,
    /// What tells it from namesakes; may be empty.
    pub disambiguation: String,
    /// Type's name, e.g. `Person`.
    pub kind: Option<String>,
    /// Whether the artist died or broke up.
    pub ended: bool,
    /// Mean rating, 0 to 100.
    pub rating: Option<i16>,
    /// Number of ratings.
    pub rating_count: i32,
    /// MBIDs merged into this one, sorted.
    pub old_ids: Vec<Mbid>,
    /// Aliases, sorted.
    pub aliases: Vec<String>,
    /// Genres in MusicBrainz's lower case, most voted first.
    pub genres: Vec<String>,
    /// URLs of current links.
    pub links: Vec<String>,
}

/// The artists of MBIDs, current or old, by the MBID asked; those the replica doesn't know are left out.
pub(super) async fn read(
    snapshot: &Snapshot<'_>,
    mbids: &[Mbid],
) -> Result<HashMap<Mbid, ArtistRecord>, CatalogueError> {
    let rows = snapshot.query(Statement::Artist, &[&uuids(mbids)]).await?;
    each(Statement::Artist, &rows, |columns| {
        Ok((columns.mbid("asked")?, record(columns)?))
    })
}

fn record(columns: &Columns<'_>) -> Result<ArtistRecord, CatalogueError> {
    Ok(ArtistRecord {
        mbid: columns.mbid("gid")?,
        name: columns.get("name")?,
        sort_name: columns.get("sort_name")?,
        disambiguation: columns.get("disambiguation")?,
        kind: columns.get("type")?,
        ended: columns.get("ended")?,
        rating: columns.get("rating")?,
        rating_count: columns.get("rating_count")?,
        old_ids: columns.mbids("old_ids")?,
        aliases: columns.get("aliases")?,
        genres: columns.get("genres")?,
        links: columns.get("links")?,
    })
}

/// The release groups credited first to the artist of an MBID, current or old, as JSON; none for the artists in
/// `special`.
pub(super) async fn read_albums(
    snapshot: &Snapshot<'_>,
    mbid: Mbid,
    special: &[Mbid],
) -> Result<Box<RawValue>, CatalogueError> {
    let rows = snapshot
        .query(Statement::ArtistAlbums, &[&mbid.uuid(), &uuids(special)])
        .await?;
    let row = rows
        .first()
        .ok_or_else(|| CatalogueError::Inconsistent("an aggregate without a row".to_owned()))?;
    Columns::new(Statement::ArtistAlbums, row).json("albums")
}
