use serde_json::value::RawValue;

use linernotes_shared::wire::{Artist, ArtistProfile};

use super::{Answer, artist_tags, genre, link, rating};
use crate::catalogue::ArtistRecord;

/// The answer of `GET /artist/{mbid}`.
pub fn artist(record: ArtistRecord, albums: &RawValue) -> Result<Answer, serde_json::Error> {
    let profile = profile(record);
    Ok(Answer {
        body: serde_json::to_vec(&Artist {
            profile: &profile,
            albums,
        })?,
        tags: artist_tags(std::iter::once(profile.id)).collect(),
    })
}

/// An artist as it stands in its own answer and in an album's.
pub(super) fn profile(record: ArtistRecord) -> ArtistProfile {
    ArtistProfile {
        id: record.mbid,
        artistname: record.name,
        sortname: record.sort_name,
        artistaliases: record.aliases,
        disambiguation: record.disambiguation,
        overview: None,
        links: link::typed(record.links),
        images: Vec::new(),
        rating: rating(record.rating, record.rating_count),
        status: if record.ended { "ended" } else { "active" },
        genres: record
            .genres
            .iter()
            .map(|name| genre::title_case(name))
            .collect(),
        kind: record.kind,
        oldids: record.old_ids,
    }
}
