use linernotes_shared::cache::tag;
use linernotes_shared::request::Entity;
use linernotes_shared::wire::{Album, ArtistProfile};

use super::artist::profile;
use super::{Answer, artist_tags, genre, image, link, rating};
use crate::catalogue::AlbumRecord;

/// The answer of `GET /album/{mbid}`.
pub fn album(record: AlbumRecord) -> Result<Answer, serde_json::Error> {
    let artists: Vec<ArtistProfile> = record.artists.into_iter().map(profile).collect();
    let tags = std::iter::once(tag(Entity::Album, record.mbid))
        .chain(artist_tags(artists.iter().map(|artist| artist.id)))
        .collect();
    let body = serde_json::to_vec(&Album {
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
        images: image::album(record.cover, record.disc),
        releases: &record.releases,
        overview: None,
        artists,
        releasestatuses: record.release_statuses,
    })?;
    Ok(Answer { body, tags })
}
