use std::collections::BTreeSet;

use serde_json::value::RawValue;
use uuid::Uuid;

use linernotes_shared::Mbid;

use super::row::Columns;
use super::{ArtistRecord, CatalogueError, Statement, artist, query};

/// A release group as MusicBrainz has it, with its releases and every artist they name.
#[derive(Debug)]
pub struct AlbumRecord {
    /// Current MBID.
    pub mbid: Mbid,
    /// Title.
    pub title: String,
    /// What tells it from others of the title; may be empty.
    pub disambiguation: String,
    /// Primary type's name, `Other` without one.
    pub kind: String,
    /// The artist credited first.
    pub artist: Mbid,
    /// First release, `YYYY-MM-DD` with missing parts as 1.
    pub first_release: Option<String>,
    /// Mean rating, 0 to 100.
    pub rating: Option<i16>,
    /// Number of ratings.
    pub rating_count: i32,
    /// MBIDs merged into this one, sorted.
    pub old_ids: Vec<Mbid>,
    /// Secondary types' names, sorted.
    pub secondary_types: Vec<String>,
    /// Statuses' names of the releases, sorted.
    pub release_statuses: Vec<String>,
    /// Aliases and releases' titles, sorted.
    pub aliases: Vec<String>,
    /// Genres in MusicBrainz's lower case, most voted first.
    pub genres: Vec<String>,
    /// URLs of current links.
    pub links: Vec<String>,
    /// Front cover in the Cover Art Archive.
    pub cover: Option<ArtImage>,
    /// Picture of the disc in the Cover Art Archive.
    pub disc: Option<ArtImage>,
    /// Releases with media and tracks, as JSON.
    pub releases: Box<RawValue>,
    /// The album's artist, then the tracks' artists by MBID, each once.
    pub artists: Vec<ArtistRecord>,
}

/// An image in the Cover Art Archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArtImage {
    /// The release it belongs to.
    pub release: Mbid,
    /// The archive's number for it.
    pub image: i64,
}

/// The release group of an MBID, current or old.
pub(super) async fn read(
    transaction: &deadpool_postgres::Transaction<'_>,
    mbid: Mbid,
) -> Result<Option<AlbumRecord>, CatalogueError> {
    let rows = query(transaction, Statement::Album, &[&vec![mbid.uuid()]]).await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let columns = Columns::new(Statement::Album, row);
    let mbid = columns.mbid("gid")?;
    let artist = columns.mbid("artist_gid")?;
    let (releases, track_artists) = read_releases(transaction, mbid).await?;
    Ok(Some(AlbumRecord {
        mbid,
        title: columns.get("title")?,
        disambiguation: columns.get("disambiguation")?,
        kind: columns.get("type")?,
        artist,
        first_release: columns.get("date")?,
        rating: columns.get("rating")?,
        rating_count: columns.get("rating_count")?,
        old_ids: columns.mbids("old_ids")?,
        secondary_types: columns.get("secondary_types")?,
        release_statuses: columns.get("release_statuses")?,
        aliases: columns.get("aliases")?,
        genres: columns.get("genres")?,
        links: columns.get("links")?,
        cover: art_image(&columns, "cover_release", "cover_image")?,
        disc: art_image(&columns, "disc_release", "disc_image")?,
        releases,
        artists: read_artists(transaction, artist, track_artists).await?,
    }))
}

/// Releases as JSON, and the artists of their tracks; a release group may have none.
async fn read_releases(
    transaction: &deadpool_postgres::Transaction<'_>,
    mbid: Mbid,
) -> Result<(Box<RawValue>, Vec<Mbid>), CatalogueError> {
    let rows = query(transaction, Statement::AlbumReleases, &[&vec![mbid.uuid()]]).await?;
    match rows.first() {
        Some(row) => {
            let columns = Columns::new(Statement::AlbumReleases, row);
            Ok((columns.json("releases")?, columns.mbids("artist_gids")?))
        }
        None => Ok((
            RawValue::from_string("[]".to_owned()).expect("an empty list is JSON"),
            Vec::new(),
        )),
    }
}

/// The album's artist first, then the tracks' artists by MBID. Lidarr fails on a gap or a repetition, so either is an
/// error here.
async fn read_artists(
    transaction: &deadpool_postgres::Transaction<'_>,
    album_artist: Mbid,
    track_artists: Vec<Mbid>,
) -> Result<Vec<ArtistRecord>, CatalogueError> {
    let others: BTreeSet<Mbid> = track_artists
        .into_iter()
        .filter(|mbid| *mbid != album_artist)
        .collect();
    let wanted: Vec<Mbid> = std::iter::once(album_artist).chain(others).collect();
    let found = artist::read(transaction, &wanted).await?;
    if found.iter().map(|artist| artist.mbid).eq(wanted) {
        Ok(found)
    } else {
        Err(CatalogueError::Inconsistent(format!(
            "an artist of an album by {album_artist} has no row"
        )))
    }
}

fn art_image(
    columns: &Columns<'_>,
    release: &str,
    image: &str,
) -> Result<Option<ArtImage>, CatalogueError> {
    let release: Option<Uuid> = columns.get(release)?;
    let image: Option<i64> = columns.get(image)?;
    Ok(release.zip(image).map(|(release, image)| ArtImage {
        release: release.into(),
        image,
    }))
}
