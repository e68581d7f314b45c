use std::collections::{BTreeSet, HashMap};

use jiff::civil::Date;
use serde_json::value::RawValue;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use linernotes_shared::Mbid;

use super::row::{Columns, each, uuids};
use super::session::Snapshot;
use super::{ArtistRecord, CatalogueError, Statement, artist};

/// A release group as MusicBrainz has it, with its releases and every artist they name.
#[derive(Clone, Debug)]
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
    /// First release, with missing parts as 1.
    pub first_release: Option<Date>,
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

/// A release group's releases as JSON, and the artists of their tracks.
struct Releases {
    json: Box<RawValue>,
    artists: BTreeSet<Mbid>,
}

/// The release groups of MBIDs, current or old, by the MBID asked; those the replica doesn't know are left out.
pub(super) async fn read(
    snapshot: &Snapshot<'_>,
    mbids: &[Mbid],
) -> Result<HashMap<Mbid, AlbumRecord>, CatalogueError> {
    let asked = uuids(mbids);
    let parameters: [&(dyn ToSql + Sync); 1] = [&asked];
    let (rows, mut releases) = tokio::try_join!(
        snapshot.query(Statement::Album, &parameters),
        read_releases(snapshot, &parameters),
    )?;
    let heads = rows
        .iter()
        .map(|row| {
            let columns = Columns::new(Statement::Album, row);
            Ok((columns.mbid("asked")?, columns.mbid("artist_gid")?, columns))
        })
        .collect::<Result<Vec<_>, CatalogueError>>()?;

    let mut named: BTreeSet<Mbid> = heads.iter().map(|(_, artist, _)| *artist).collect();
    named.extend(releases.values().flat_map(|releases| &releases.artists));
    let named: Vec<Mbid> = named.into_iter().collect();
    let artists = artist::read(snapshot, &named).await?;

    heads
        .into_iter()
        .map(|(asked, artist, columns)| {
            let releases = releases.remove(&asked).unwrap_or_else(|| Releases {
                json: RawValue::from_string("[]".to_owned()).expect("an empty list is JSON"),
                artists: BTreeSet::new(),
            });
            let artists = pick(&artists, artist, &releases.artists)?;
            Ok((asked, record(&columns, artist, releases.json, artists)?))
        })
        .collect()
}

fn record(
    columns: &Columns<'_>,
    artist: Mbid,
    releases: Box<RawValue>,
    artists: Vec<ArtistRecord>,
) -> Result<AlbumRecord, CatalogueError> {
    Ok(AlbumRecord {
        mbid: columns.mbid("gid")?,
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
        cover: art_image(columns, "cover_release", "cover_image")?,
        disc: art_image(columns, "disc_release", "disc_image")?,
        releases,
        artists,
    })
}

async fn read_releases(
    snapshot: &Snapshot<'_>,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<HashMap<Mbid, Releases>, CatalogueError> {
    let rows = snapshot.query(Statement::AlbumReleases, parameters).await?;
    each(Statement::AlbumReleases, &rows, |columns| {
        let releases = Releases {
            json: columns.json("releases")?,
            artists: columns.mbids("artist_gids")?.into_iter().collect(),
        };
        Ok((columns.mbid("asked")?, releases))
    })
}

/// The album's artist first, then the tracks' artists by MBID. Lidarr fails on a gap or a repetition, so a gap is an
/// error here.
fn pick(
    artists: &HashMap<Mbid, ArtistRecord>,
    album_artist: Mbid,
    track_artists: &BTreeSet<Mbid>,
) -> Result<Vec<ArtistRecord>, CatalogueError> {
    let others = track_artists.iter().filter(|mbid| **mbid != album_artist);
    std::iter::once(&album_artist)
        .chain(others)
        .map(|mbid| {
            artists.get(mbid).cloned().ok_or_else(|| {
                CatalogueError::Inconsistent(format!("the credited artist {mbid} has no row"))
            })
        })
        .collect()
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
