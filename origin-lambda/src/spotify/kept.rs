//! What is kept of a Spotify id.

use serde::{Deserialize, Serialize};

use linernotes_shared::Mbid;
use linernotes_shared::cache::{CacheKey, Collection, Freshness};
use linernotes_shared::request::{Entity, SpotifyId};
use linernotes_shared::wire::UNMATCHED;

use crate::cache::{Entry, Kind};

/// The body of an answer: JSON that says the same as its status.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Body {
    /// The MBID; [`UNMATCHED`] if Spotify has such a thing and MusicBrainz doesn't.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// The key of what is kept of an id.
pub(super) fn key(entity: Entity, id: &SpotifyId) -> CacheKey {
    CacheKey::named(Collection::Spotify, &format!("{entity}/{id}"))
        .expect("an id is of letters and digits")
}

/// Whose id a key is of.
pub(super) fn subject(key: &CacheKey) -> Option<(Entity, SpotifyId)> {
    let (entity, id) = key.name().split_once('/')?;
    let entity = [Entity::Artist, Entity::Album]
        .into_iter()
        .find(|known| known.to_string() == entity)?;
    Some((entity, id.parse().ok()?))
}

/// The keys of the ids that an answer's JSON links to.
pub fn links(json: &[u8]) -> Vec<CacheKey> {
    const PAGE: &str = "//open.spotify.com/";
    let text = String::from_utf8_lossy(json);
    let pages = text.split(PAGE).skip(1);
    pages
        .filter_map(|page| {
            let page = page.split(['"', '?', '#', '\\']).next()?;
            let (entity, id) = page.split_once('/')?;
            let entity = [Entity::Artist, Entity::Album]
                .into_iter()
                .find(|known| known.to_string() == entity)?;
            Some(key(entity, &id.parse().ok()?))
        })
        .collect()
}

/// That an id is this.
pub(super) fn found(
    mbid: Mbid,
    freshness: Freshness,
    now: u64,
) -> Result<Entry, serde_json::Error> {
    let body = Body {
        id: Some(mbid.to_string()),
        error: None,
    };
    entry(Kind::Found, &body, freshness, now)
}

/// That an id is nothing in MusicBrainz.
pub(super) fn unmatched(
    error: String,
    freshness: Freshness,
    now: u64,
) -> Result<Entry, serde_json::Error> {
    let body = Body {
        id: Some(UNMATCHED.to_owned()),
        error: Some(error),
    };
    entry(Kind::Unknown, &body, freshness, now)
}

/// That an id is nothing at Spotify, as far as one of its kind is asked for.
pub(super) fn unknown(
    error: String,
    freshness: Freshness,
    now: u64,
) -> Result<Entry, serde_json::Error> {
    let body = Body {
        id: None,
        error: Some(error),
    };
    entry(Kind::Unknown, &body, freshness, now)
}

fn entry(
    kind: Kind,
    body: &Body,
    freshness: Freshness,
    now: u64,
) -> Result<Entry, serde_json::Error> {
    let body = serde_json::to_vec(body)?;
    Ok(Entry::new(kind, &body, Vec::new(), freshness, now))
}

/// What a kept body says an id is: an MBID or [`UNMATCHED`].
pub(super) fn id(body: &[u8]) -> Option<String> {
    serde_json::from_slice::<Body>(body).ok()?.id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_links_of_an_answer_name_what_is_kept() {
        let json = br#"{"links":[
            {"target":"https://open.spotify.com/artist/4dpARuHxo51G3z768sgnrY","type":"spotify"},
            {"target":"http://open.spotify.com/album/0Lg1uZvI312TPqxNWShFXL","type":"spotify"},
            {"target":"https://open.spotify.com/track/0Lg1uZvI312TPqxNWShFXL","type":"spotify"},
            {"target":"https://open.spotify.com/artist/short","type":"spotify"},
            {"target":"https://www.deezer.com/artist/75798","type":"deezer"}]}"#;
        let keys: Vec<String> = links(json).iter().map(ToString::to_string).collect();
        assert_eq!(
            keys,
            [
                "spotify/artist/4dpARuHxo51G3z768sgnrY",
                "spotify/album/0Lg1uZvI312TPqxNWShFXL"
            ]
        );
        assert_eq!(links(b"{}"), []);
    }
}
