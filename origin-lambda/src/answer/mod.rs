//! From what the catalogue knows to what Lidarr reads.

mod album;
mod artist;
mod extras;
mod genre;
mod link;
mod parts;

pub use album::album_parts;
pub use artist::{artist_parts, profile};
pub use extras::{EnrichedAlbum, EnrichedArtist, Extras};
pub use parts::{BETWEEN_PROFILES, Frame, Parts};

use serde_json::value::RawValue;

use linernotes_shared::Mbid;
use linernotes_shared::wire::Rating;

/// An answer's body, before compression.
#[derive(Debug)]
pub struct Answer {
    /// JSON.
    pub body: Vec<u8>,
    /// Entities that show in it, as cache tags.
    pub tags: Vec<String>,
}

/// The answer of `GET /artist/{mbid}`.
pub fn artist(
    artist: impl Into<EnrichedArtist>,
    albums: &RawValue,
) -> Result<Answer, serde_json::Error> {
    artist_parts(artist, albums).map(Answer::from)
}

/// The answer of `GET /album/{mbid}`.
pub fn album(album: impl Into<EnrichedAlbum>) -> Result<Answer, serde_json::Error> {
    album_parts(album).map(Answer::from)
}

/// MusicBrainz keeps means as 0 to 100; Lidarr shows 0 to 10.
fn rating(mean: Option<i16>, count: i32) -> Rating {
    Rating {
        count,
        value: mean.map(|mean| f64::from(mean) / 10.0),
    }
}

/// The tags of an answer that embeds artists.
fn artist_tags(mbids: impl Iterator<Item = Mbid>) -> impl Iterator<Item = String> {
    use linernotes_shared::cache::tag;
    use linernotes_shared::request::Entity;
    mbids.map(|mbid| tag(Entity::Artist, mbid))
}
