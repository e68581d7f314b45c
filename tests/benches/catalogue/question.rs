//! The questions, as the service asks them.

use jiff::Timestamp;
use linernotes_dev::scale;
use linernotes_origin::answer;
use linernotes_origin::catalogue::Catalogue;
use linernotes_shared::Mbid;
use linernotes_shared::request::Entity;
use uuid::Uuid;

use crate::Outcome;

/// A question; one of several entities is asked for in turn.
pub enum Question {
    /// How current the replica is.
    Replication,
    /// One of these artists, with its albums.
    Artist(Vec<Mbid>),
    /// One of these albums.
    Album(Vec<Mbid>),
    /// All these artists at once.
    Artists(Vec<Mbid>),
    /// All these albums at once.
    Albums(Vec<Mbid>),
    /// The albums that recordings fit.
    Recordings(Vec<Mbid>),
    /// A series.
    Series(Mbid),
    /// What a Spotify id links to.
    Spotify(Entity, &'static str),
    /// A page of all MBIDs.
    Ids(Entity),
    /// What changed in so many hours before the last packet.
    Changes(i64),
}

/// All of them, by name.
pub fn questions(recordings: Vec<Mbid>) -> Vec<(&'static str, Question)> {
    use Entity::{Album as AnAlbum, Artist as AnArtist};
    use Question::*;
    let one = |text: &str| vec![mbid(text)];
    let artists = |count| mbids(&scale::ordinary_artists(count));
    let albums = |count| mbids(&scale::ordinary_albums(count));
    vec![
        ("replication state", Replication),
        ("typical artist", Artist(artists(200))),
        ("well-known artist", Artist(one(scale::WELL_KNOWN_ARTIST))),
        (
            "artist with 2,000 albums",
            Artist(one(scale::PROLIFIC_ARTIST)),
        ),
        ("Various Artists", Artist(one(scale::VARIOUS_ARTISTS))),
        ("typical album", Album(albums(200))),
        ("well-known album", Album(one(scale::WELL_KNOWN_ALBUM))),
        ("album with 240 releases", Album(one(scale::PRESSED_ALBUM))),
        ("box set of 100 media", Album(one(scale::BOX_SET))),
        ("100 artists at once", Artists(artists(100))),
        ("100 albums at once", Albums(albums(100))),
        ("albums by 12 recordings", Recordings(recordings)),
        ("series of 100 albums", Series(mbid(scale::LONG_SERIES))),
        (
            "artist by Spotify id",
            Spotify(AnArtist, scale::WELL_KNOWN_ARTIST_ON_SPOTIFY),
        ),
        (
            "album by Spotify id",
            Spotify(AnAlbum, scale::WELL_KNOWN_ALBUM_ON_SPOTIFY),
        ),
        ("1,000 artists' MBIDs", Ids(AnArtist)),
        ("changes of an hour", Changes(1)),
        ("changes of a day", Changes(24)),
        ("changes of 30 days", Changes(30 * 24)),
    ]
}

impl Question {
    /// Asks, composes the answer as the service does, and gives its size; `None` where it is no JSON yet.
    ///
    /// What isn't found is an error: measuring nothing is always fast.
    pub async fn ask(&self, catalogue: &Catalogue, turn: usize) -> Outcome<Option<usize>> {
        match self {
            Self::Replication => {
                catalogue.replication().await?;
                Ok(None)
            }
            Self::Artist(mbids) => {
                let found = catalogue.artist(mbids[turn % mbids.len()]).await?;
                let found = found.ok_or("not found")?;
                Ok(Some(
                    answer::artist(found.artist, &found.albums)?.body.len(),
                ))
            }
            Self::Album(mbids) => {
                let found = catalogue.album(mbids[turn % mbids.len()]).await?;
                Ok(Some(answer::album(found.ok_or("not found")?)?.body.len()))
            }
            Self::Artists(mbids) => {
                all(mbids.len(), catalogue.artists(mbids).await?.len())?;
                Ok(None)
            }
            Self::Albums(mbids) => {
                let found = catalogue.albums(mbids).await?;
                all(mbids.len(), found.len())?;
                let mut size = 0;
                for album in found.into_values() {
                    size += answer::album(album)?.body.len();
                }
                Ok(Some(size))
            }
            Self::Recordings(mbids) => some(&catalogue.albums_by_recordings(mbids, 25).await?),
            Self::Series(mbid) => some(&catalogue.series(*mbid).await?.ok_or("not found")?),
            Self::Spotify(entity, id) => some(&catalogue.by_spotify_id(*entity, id).await?),
            Self::Changes(hours) => {
                let since = Timestamp::from_second(scale::REPLICATED_AT - hours * 3_600)?;
                some(&catalogue.changed_since(since).await?.albums)
            }
            Self::Ids(entity) => some(&catalogue.ids(*entity, None, 1_000).await?),
        }
    }
}

/// The recordings of one release of an album, as its files would be asked for.
pub async fn recordings(client: &tokio_postgres::Client, album: &str) -> Outcome<Vec<Mbid>> {
    let rows = client
        .query(
            "SELECT recording.gid
             FROM musicbrainz.recording
             JOIN musicbrainz.track ON track.recording = recording.id
             JOIN musicbrainz.medium ON medium.id = track.medium
             WHERE medium.release = (
                 SELECT min(release.id)
                 FROM musicbrainz.release
                 JOIN musicbrainz.release_group ON release_group.id = release.release_group
                 WHERE release_group.gid = $1
             )
             ORDER BY track.position",
            &[&mbid(album).uuid()],
        )
        .await?;
    Ok(rows
        .iter()
        .map(|row| Mbid::from(row.get::<_, Uuid>(0)))
        .collect())
}

fn mbid(text: &str) -> Mbid {
    text.parse().expect("the scale replica's MBIDs are MBIDs")
}

fn mbids(texts: &[String]) -> Vec<Mbid> {
    texts.iter().map(|text| mbid(text)).collect()
}

fn all(asked: usize, found: usize) -> Outcome<()> {
    if found == asked {
        Ok(())
    } else {
        Err(format!("{found} of {asked} found").into())
    }
}

fn some<T>(found: &[T]) -> Outcome<Option<usize>> {
    if found.is_empty() {
        Err("nothing found".into())
    } else {
        Ok(None)
    }
}
