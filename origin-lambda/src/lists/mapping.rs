//! From a chart's entries to the catalogue: by MBID where the chart has them, else by links, else by names.

use std::collections::{HashMap, HashSet};

use linernotes_shared::Mbid;
use linernotes_shared::request::Entity;
use linernotes_shared::wire;

use crate::catalogue::{CatalogueError, ListedAlbum, ListedArtist};
use crate::matching::{self, AlbumName};
use crate::providers::chart::ChartEntry;
use crate::service::Service;

/// The albums that entries mean, in their order, each once. What can't be told is left out.
pub(super) async fn albums(
    service: &Service,
    entries: &[ChartEntry],
) -> Result<Vec<ListedAlbum>, CatalogueError> {
    let catalogue = &service.catalogue;
    let (by_mbid, by_link) = tokio::try_join!(
        async {
            match mbids(entries) {
                mbids if mbids.is_empty() => Ok(HashMap::new()),
                mbids => catalogue.listed_albums(&mbids).await,
            }
        },
        linked(service, Entity::Album, entries),
    )?;
    let is_meant = |entry: &ChartEntry, album: &ListedAlbum| {
        is_alike(service, &entry.artist, &album.artist_name)
            && is_alike(
                service,
                entry.title.as_deref().unwrap_or_default(),
                &album.album_title,
            )
    };
    // An MBID that a chart gives may be another's of the same name, so the names must fit.
    let known = |entry: &ChartEntry| {
        entry
            .mbid
            .and_then(|mbid| by_mbid.get(&mbid))
            .filter(|album| is_meant(entry, album))
            .map(|album| album.album)
            .or_else(|| first_linked(entry, &by_link))
    };
    let mut found: Vec<Option<Mbid>> = entries.iter().map(known).collect();
    let (places, names): (Vec<usize>, Vec<AlbumName>) = entries
        .iter()
        .enumerate()
        .filter(|(place, _)| found[*place].is_none())
        .filter_map(|(place, entry)| {
            let name = AlbumName {
                artist: entry.artist.clone(),
                title: entry.title.clone()?,
            };
            Some((place, name))
        })
        .unzip();
    let matched = matching::albums(catalogue, &names, service.lists.likeness()).await?;
    for (place, candidate) in places.into_iter().zip(matched) {
        found[place] = candidate.map(|candidate| candidate.album);
    }
    let wanted: Vec<Mbid> = found.iter().flatten().copied().collect();
    let listed = match wanted {
        wanted if wanted.is_empty() => HashMap::new(),
        wanted => catalogue.listed_albums(&wanted).await?,
    };
    let mut seen = HashSet::new();
    Ok(found
        .into_iter()
        .flatten()
        .filter_map(|mbid| listed.get(&mbid))
        .filter(|album| seen.insert(album.album))
        .cloned()
        .collect())
}

/// The artists that entries mean, in their order, each once. What can't be told is left out.
pub(super) async fn artists(
    service: &Service,
    entries: &[ChartEntry],
) -> Result<Vec<wire::ListedArtist>, CatalogueError> {
    let catalogue = &service.catalogue;
    let by_mbid = match mbids(entries) {
        mbids if mbids.is_empty() => HashMap::new(),
        mbids => catalogue.listed_artists(&mbids).await?,
    };
    let known = |entry: &ChartEntry| {
        entry
            .mbid
            .and_then(|mbid| by_mbid.get(&mbid))
            .filter(|artist| is_alike(service, &entry.artist, &artist.artist_name))
            .cloned()
    };
    let mut found: Vec<Option<ListedArtist>> = entries.iter().map(known).collect();
    let places: Vec<usize> = (0..entries.len())
        .filter(|place| found[*place].is_none())
        .collect();
    let names: Vec<String> = places
        .iter()
        .map(|place| entries[*place].artist.clone())
        .collect();
    let matched = matching::artists(catalogue, &names, service.lists.likeness()).await?;
    for (place, artist) in places.into_iter().zip(matched) {
        found[place] = artist;
    }
    let mut seen = HashSet::new();
    Ok(found
        .into_iter()
        .flatten()
        .filter(|artist| seen.insert(artist.artist))
        .map(|artist| wire::ListedArtist {
            artist_name: artist.artist_name,
            artist_id: artist.artist,
        })
        .collect())
}

fn mbids(entries: &[ChartEntry]) -> Vec<Mbid> {
    entries.iter().filter_map(|entry| entry.mbid).collect()
}

async fn linked(
    service: &Service,
    entity: Entity,
    entries: &[ChartEntry],
) -> Result<HashMap<String, Mbid>, CatalogueError> {
    let urls: Vec<String> = entries
        .iter()
        .flat_map(|entry| entry.links.iter().cloned())
        .collect();
    if urls.is_empty() {
        return Ok(HashMap::new());
    }
    service.catalogue.by_links(entity, &urls).await
}

fn first_linked(entry: &ChartEntry, by_link: &HashMap<String, Mbid>) -> Option<Mbid> {
    entry
        .links
        .iter()
        .find_map(|link| by_link.get(link))
        .copied()
}

fn is_alike(service: &Service, one: &str, other: &str) -> bool {
    matching::is_alike(one, other, service.lists.likeness())
}
