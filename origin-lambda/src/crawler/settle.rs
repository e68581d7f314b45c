//! What follows from changed answers: their artists are told of, and copies are purged.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use linernotes_shared::Mbid;
use linernotes_shared::cache::{CacheKey, Collection, tag};
use linernotes_shared::request::Entity;

use super::{CrawlError, Report, purges, renew};
use crate::cache::{Entry, Refresh, now};
use crate::service::Service;

/// Refreshes that count as changes, whatever the answers say.
pub(super) const TOUCH: Refresh = Refresh {
    touch: true,
    believe_gone: false,
};

/// Settles a batch of keys. Those count as changed that the store shows so since `from` (unix seconds), and those that
/// the caller knows to have: what was just written may not show yet.
///
/// Lidarr refreshes an album only with its artist, so with a changed album its artist counts as changed too, under
/// whatever MBID it is kept. Doing all this twice does no harm. Returns the artists that couldn't be renewed.
pub(super) async fn settle<'a>(
    service: &Arc<Service>,
    report: &mut Report,
    keys: &[CacheKey],
    from: u64,
    known: impl Iterator<Item = &'a CacheKey>,
) -> Result<Vec<CacheKey>, CrawlError> {
    let kept = service.cache.kept(keys).await?;
    let mut changed: HashMap<CacheKey, u64> = known.map(|key| (key.clone(), now())).collect();
    for (key, entry) in &kept {
        if entry.updated >= from {
            changed.insert(key.clone(), entry.updated);
        }
    }
    let untold = untold_artists(service, &changed).await?;
    let at_once = service.crawling.at_once;
    let renewed = renew::all(service, report, untold.clone(), TOUCH, at_once).await?;
    let mut tags: Vec<String> = changed.keys().chain(&untold).filter_map(tag_of).collect();
    tags.sort_unstable();
    tags.dedup();
    purges::purge(service, &tags).await?;
    Ok(renewed.failed)
}

/// The kept artists of changed albums that haven't changed since.
async fn untold_artists(
    service: &Service,
    changed: &HashMap<CacheKey, u64>,
) -> Result<Vec<CacheKey>, CrawlError> {
    let albums: HashMap<Mbid, u64> = changed
        .iter()
        .filter(|(key, _)| key.collection() == Collection::Album)
        .filter_map(|(key, time)| Some((key.mbid()?, *time)))
        .collect();
    if albums.is_empty() {
        return Ok(Vec::new());
    }
    let asked: Vec<Mbid> = albums.keys().copied().collect();
    let credits = service.catalogue.album_artists(&asked).await?;
    let mut told: HashMap<CacheKey, u64> = HashMap::new();
    for (album, credit) in credits {
        for artist in credit.artists {
            let time = albums[&album];
            let latest = told
                .entry(CacheKey::new(Collection::Artist, artist))
                .or_insert(time);
            *latest = time.max(*latest);
        }
    }
    let keys: Vec<CacheKey> = told.keys().cloned().collect();
    let kept = service.cache.kept(&keys).await?;
    let untold = kept.into_iter().filter(|(key, entry)| {
        let in_this_batch = changed.get(key).copied().unwrap_or(0);
        entry.updated.max(in_this_batch) < told[key]
    });
    Ok(in_order(untold.map(|(key, _)| key)))
}

/// Keys by their MBIDs: the same order every time.
pub(super) fn in_order(keys: impl Iterator<Item = CacheKey>) -> Vec<CacheKey> {
    keys.collect::<BTreeSet<CacheKey>>().into_iter().collect()
}

/// The artist credited first in each kept album.
pub(super) fn album_artists<'a>(
    entries: impl Iterator<Item = (&'a CacheKey, &'a Arc<Entry>)>,
) -> Vec<CacheKey> {
    let albums = entries.filter(|(key, _)| key.collection() == Collection::Album);
    let artists = albums.filter_map(|(_, entry)| entry.frame.artists.first().copied());
    in_order(artists.map(|artist| CacheKey::new(Collection::Artist, artist)))
}

/// The tag of all answers in which a key's subject shows.
fn tag_of(key: &CacheKey) -> Option<String> {
    let entity = match key.collection() {
        Collection::Artist | Collection::Profile => Entity::Artist,
        Collection::Album => Entity::Album,
        // They have no tag of their own.
        _ => return None,
    };
    key.mbid().map(|mbid| tag(entity, mbid))
}
