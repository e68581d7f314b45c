use std::collections::{HashMap, HashSet};

use linernotes_shared::cache::{CacheKey, State};
use linernotes_shared::request::{Entity, SpotifyId};
use linernotes_shared::wire::{Identity, UNMATCHED};

use super::kept::{self, key};
use crate::cache::Kind;
use crate::service::Service;
use crate::telemetry::with_causes;

/// Most ids of one question.
pub const MOST_IDS: usize = 1_000;

const ENTITIES: [Entity; 2] = [Entity::Artist, Entity::Album];

/// What many ids are, of artists and albums alike, as far as it is known; each once, in the order asked. Spotify isn't
/// asked: Lidarr asks for each unknown one by itself.
///
/// No trouble keeps it from answering: an id that can't be told is an unknown one.
pub async fn lookup(service: &Service, ids: &[&str]) -> Vec<Identity> {
    let mut seen = HashSet::new();
    let ids: Vec<(&str, Option<SpotifyId>)> = ids
        .iter()
        .filter(|id| seen.insert(**id))
        .map(|id| (*id, id.parse().ok()))
        .collect();
    let known: Vec<&SpotifyId> = ids.iter().filter_map(|(_, id)| id.as_ref()).collect();
    let (linked, kept) = tokio::join!(linked(service, &known), remembered(service, &known));
    ids.iter()
        .map(|(text, id)| Identity {
            spotifyid: (*text).to_owned(),
            musicbrainzid: match id {
                // Links that MusicBrainz has now go before what was matched once.
                Some(id) => linked.get(id).or_else(|| kept.get(id)).cloned(),
                // Spotify has nothing by such a name.
                None => Some(UNMATCHED.to_owned()),
            },
        })
        .collect()
}

/// What MusicBrainz links to.
async fn linked<'a>(service: &Service, ids: &[&'a SpotifyId]) -> HashMap<&'a SpotifyId, String> {
    let urls = |entity: Entity| -> Vec<String> {
        ids.iter()
            .flat_map(|id| {
                ["https", "http"].map(|scheme| format!("{scheme}://open.spotify.com/{entity}/{id}"))
            })
            .collect()
    };
    if ids.is_empty() {
        return HashMap::new();
    }
    let [artists, albums] = ENTITIES.map(urls);
    let found = tokio::try_join!(
        service.catalogue.by_links(Entity::Artist, &artists),
        service.catalogue.by_links(Entity::Album, &albums),
    );
    let (artists, albums) = found.unwrap_or_else(|error| {
        tracing::warn!(
            error = with_causes(&error),
            "Spotify's ids answered without links"
        );
        Default::default()
    });
    ids.iter()
        .filter_map(|id| {
            let by_scheme = |scheme: &str| {
                let url = |entity: Entity| format!("{scheme}://open.spotify.com/{entity}/{id}");
                let artist = artists.get(&url(Entity::Artist));
                artist.or_else(|| albums.get(&url(Entity::Album)))
            };
            let mbid = by_scheme("https").or_else(|| by_scheme("http"))?;
            Some((*id, mbid.to_string()))
        })
        .collect()
}

/// What is kept, matches before misses.
async fn remembered<'a>(
    service: &Service,
    ids: &[&'a SpotifyId],
) -> HashMap<&'a SpotifyId, String> {
    let keys: Vec<CacheKey> = ids
        .iter()
        .flat_map(|id| ENTITIES.map(|entity| key(entity, id)))
        .collect();
    let records = service.cache.records(&keys).await;
    let said = |entity: Entity, id: &SpotifyId| -> Option<(Kind, String)> {
        let entry = records.get(&key(entity, id))?.as_ref().ok()?;
        let is_usable = match entry.state() {
            State::Fresh { .. } => true,
            // An old miss may have come since.
            State::Stale { .. } => entry.kind == Kind::Found,
            State::Expired => false,
        };
        let body = entry.frame.before.plain().ok()?;
        kept::id(&body)
            .filter(|_| is_usable)
            .map(|id| (entry.kind, id))
    };
    ids.iter()
        .filter_map(|id| {
            let mut said: Vec<(Kind, String)> = ENTITIES
                .iter()
                .filter_map(|entity| said(*entity, id))
                .collect();
            said.sort_by_key(|(kind, _)| *kind != Kind::Found);
            Some((*id, said.into_iter().next()?.1))
        })
        .collect()
}
