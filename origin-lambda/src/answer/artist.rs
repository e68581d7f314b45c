use serde_json::value::RawValue;

use linernotes_shared::wire::{Artist, ArtistProfile};

use super::{EnrichedArtist, Frame, Parts, artist_tags, genre, link, rating};

/// The answer of `GET /artist/{mbid}`, in parts.
pub fn artist_parts(
    artist: impl Into<EnrichedArtist>,
    albums: &RawValue,
) -> Result<Parts, serde_json::Error> {
    let artist = artist.into();
    let mbid = artist.record.mbid;
    // The members that follow the profile's: an object that goes on instead of beginning.
    let mut after = serde_json::to_vec(&Artist {
        profile: None,
        albums,
    })?;
    after[0] = b',';
    Ok(Parts {
        frame: Frame {
            before: Vec::new(),
            artists: vec![mbid],
            after,
        },
        profiles: vec![profile(artist)?],
        tags: artist_tags(std::iter::once(mbid)).collect(),
    })
}

/// An artist's profile, as it stands in its own answer and in an album's: JSON without the last brace.
pub fn profile(artist: impl Into<EnrichedArtist>) -> Result<Vec<u8>, serde_json::Error> {
    let EnrichedArtist { record, extras } = artist.into();
    let mut json = serde_json::to_vec(&ArtistProfile {
        id: record.mbid,
        artistname: record.name,
        sortname: record.sort_name,
        artistaliases: record.aliases,
        disambiguation: record.disambiguation,
        overview: extras.overview,
        links: link::typed(record.links),
        images: extras.images,
        rating: rating(record.rating, record.rating_count),
        status: if record.ended { "ended" } else { "active" },
        genres: record
            .genres
            .iter()
            .map(|name| genre::title_case(name))
            .collect(),
        kind: record.kind,
        oldids: record.old_ids,
    })?;
    json.pop();
    Ok(json)
}
