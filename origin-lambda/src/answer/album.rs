use serde::ser::Error;

use linernotes_shared::Mbid;
use linernotes_shared::cache::tag;
use linernotes_shared::request::Entity;
use linernotes_shared::wire::Album;

use super::artist::profile;
use super::{EnrichedAlbum, Extras, Frame, Parts, artist_tags, genre, link, rating};
use crate::catalogue::AlbumRecord;

/// The answer of `GET /album/{mbid}`, in parts.
pub fn album_parts(album: impl Into<EnrichedAlbum>) -> Result<Parts, serde_json::Error> {
    let mut album = album.into();
    let (mbids, artists) = album.take_artists();
    let EnrichedAlbum { record, extras, .. } = album;
    Ok(Parts {
        tags: std::iter::once(tag(Entity::Album, record.mbid))
            .chain(artist_tags(mbids.iter().copied()))
            .collect(),
        frame: frame(record, extras, mbids)?,
        profiles: artists.into_iter().map(profile).collect::<Result<_, _>>()?,
    })
}

/// The answer with an empty list of artists, cut open in that list.
fn frame(
    record: AlbumRecord,
    extras: Extras,
    artists: Vec<Mbid>,
) -> Result<Frame, serde_json::Error> {
    let statuses = serde_json::to_vec(&record.release_statuses)?;
    let rest = [b"],\"releasestatuses\":", &statuses[..], b"}"].concat();
    let mut before = serde_json::to_vec(&without_artists(record, extras))?;
    if !before.ends_with(&rest) {
        return Err(Error::custom(
            "an album's last fields aren't its artists and statuses",
        ));
    }
    before.truncate(before.len() - rest.len());
    let end_of_profile: &[u8] = if artists.is_empty() { b"" } else { b"}" };
    Ok(Frame {
        before,
        artists,
        after: [end_of_profile, &rest].concat(),
    })
}

/// An album as it stands in its answer, but for its artists.
fn without_artists(record: AlbumRecord, extras: Extras) -> Album {
    Album {
        id: record.mbid,
        oldids: record.old_ids,
        disambiguation: record.disambiguation,
        title: record.title,
        aliases: record.aliases,
        kind: record.kind,
        secondarytypes: record.secondary_types,
        releasedate: record.first_release.map(|date| date.to_string()),
        artistid: record.artist,
        rating: rating(record.rating, record.rating_count),
        links: link::typed(record.links),
        genres: record
            .genres
            .iter()
            .map(|name| genre::title_case(name))
            .collect(),
        images: extras.images,
        releases: record.releases,
        overview: extras.overview,
        artists: Vec::new(),
        releasestatuses: record.release_statuses,
    }
}
