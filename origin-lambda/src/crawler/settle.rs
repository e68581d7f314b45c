//! What follows from changed answers: their artists are told of, and copies are purged.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use linernotes_shared::Mbid;
use linernotes_shared::cache::{CacheKey, Collection, tag};
use linernotes_shared::request::Entity;

use super::{CrawlError, Report, purges, renew};
use crate::cache::{Consistency, Entry, Kind, Refresh, now};
use crate::service::Service;

/// Refreshes that count as changes, whatever the answers say.
pub(super) const TOUCH: Refresh = Refresh {
    touch: true,
    believe_gone: false,
};

/// Seconds after a change within which its artist is told in good time, however short lists reach back.
const SOON: u64 = 60;

/// Settles a batch of keys, and the profiles that stand in them: a profile is built with each of its albums. Those count as
/// changed that the store shows so since `from` (unix seconds), and those that the caller knows to have: what was just
/// written may not show yet.
///
/// Lidarr refreshes an album only with its artist, so with a changed album its artist counts as changed too, under
/// whatever MBID it is kept. Doing all this twice does no harm. Returns what is to be tried again.
pub(super) async fn settle<'a>(
    service: &Arc<Service>,
    report: &mut Report,
    keys: &[CacheKey],
    from: u64,
    known: impl Iterator<Item = &'a CacheKey>,
) -> Result<Vec<CacheKey>, CrawlError> {
    let mut kept = service.cache.kept(keys).await?;
    let profiles = kept.values().flat_map(profiles_in);
    let profiles = in_order(profiles.filter(|profile| !kept.contains_key(profile)));
    // Nobody else knows of them.
    let read = service.cache.store().read(&profiles, Consistency::Strong);
    let read = read.await?;
    if let Some(error) = read.unread.into_values().next() {
        return Err(error.into());
    }
    let read = read.entries.into_iter();
    kept.extend(read.map(|(profile, entry)| (profile, Arc::new(entry))));
    settle_kept(service, report, &kept, from, known).await
}

/// The same for keys that have changed, as far as they are kept.
pub(super) async fn settle_changed(
    service: &Arc<Service>,
    report: &mut Report,
    keys: &[CacheKey],
) -> Result<Vec<CacheKey>, CrawlError> {
    // When each changed is kept with it.
    let kept = service.cache.kept(keys).await?;
    settle_kept(service, report, &kept, 0, keys.iter()).await
}

async fn settle_kept<'a>(
    service: &Arc<Service>,
    report: &mut Report,
    kept: &HashMap<CacheKey, Arc<Entry>>,
    from: u64,
    known: impl Iterator<Item = &'a CacheKey>,
) -> Result<Vec<CacheKey>, CrawlError> {
    let mut changed: HashMap<CacheKey, u64> = known.map(|key| (key.clone(), now())).collect();
    for (key, entry) in kept {
        if entry.updated >= from {
            changed.insert(key.clone(), entry.updated);
        }
    }
    let untold = untold_artists(service, &changed).await?;
    let artists = in_order(untold.iter().map(|(_, artist)| artist.clone()));
    let mut tags: Vec<String> = changed.keys().chain(&artists).filter_map(tag_of).collect();
    tags.sort_unstable();
    tags.dedup();
    if !artists.is_empty() {
        // Once they are told, nothing shows any more that their copies are still to be purged.
        purges::note(service, &tags).await?;
    }
    let at_once = service.crawling.at_once;
    let late = late_albums(service, kept, &untold);
    let moved = Box::pin(renew::all(service, report, late, TOUCH, at_once)).await?;
    let told = Box::pin(renew::all(service, report, artists, TOUCH, at_once)).await?;
    purges::purge(service, &tags).await?;
    let is_untold = |(_, artist): &&(Mbid, CacheKey)| told.failed.contains(artist);
    let albums = untold.iter().filter(is_untold);
    let albums = albums.map(|(album, _)| CacheKey::new(Collection::Album, *album));
    Ok(in_order(albums.chain(moved.failed)))
}

/// Those of kept albums that changed so long ago that who hears of their artist now may not hear of them any more: a list
/// of what changed begins a little before the last one that its reader had.
fn late_albums(
    service: &Service,
    kept: &HashMap<CacheKey, Arc<Entry>>,
    untold: &HashSet<(Mbid, CacheKey)>,
) -> Vec<CacheKey> {
    let soon_enough = (service.crawling.recent_overlap_seconds / 2).max(SOON);
    let late = now().saturating_sub(soon_enough);
    let albums = untold
        .iter()
        .map(|(album, _)| CacheKey::new(Collection::Album, *album));
    in_order(albums.filter(|album| {
        let entry = kept.get(album);
        entry.is_some_and(|entry| entry.kind == Kind::Found && entry.updated < late)
    }))
}

/// The profiles that stand in an answer.
fn profiles_in(entry: &Arc<Entry>) -> impl Iterator<Item = CacheKey> {
    let artists = entry.frame.artists.iter();
    artists.map(|artist| CacheKey::new(Collection::Profile, *artist))
}

/// Those of kept albums that changed within a span, in unix seconds, without their artist being told.
pub(super) async fn overlooked(
    service: &Service,
    kept: &HashMap<CacheKey, Arc<Entry>>,
    span: Range<u64>,
) -> Result<Vec<CacheKey>, CrawlError> {
    let changed = kept.iter().map(|(key, entry)| (key.clone(), entry.updated));
    let changed: HashMap<CacheKey, u64> = changed.filter(|(_, time)| span.contains(time)).collect();
    let untold = untold_artists(service, &changed).await?.into_iter();
    let albums = untold.map(|(album, _)| CacheKey::new(Collection::Album, album));
    Ok(in_order(albums))
}

/// The kept artists of changed albums that haven't changed since, each with such an album.
async fn untold_artists(
    service: &Service,
    changed: &HashMap<CacheKey, u64>,
) -> Result<HashSet<(Mbid, CacheKey)>, CrawlError> {
    let albums: HashMap<Mbid, u64> = changed
        .iter()
        .filter(|(key, _)| key.collection() == Collection::Album)
        .filter_map(|(key, time)| Some((key.mbid()?, *time)))
        .collect();
    if albums.is_empty() {
        return Ok(HashSet::new());
    }
    let asked: Vec<Mbid> = albums.keys().copied().collect();
    let credits = service.catalogue.album_artists(&asked).await?;
    let credited: Vec<(Mbid, CacheKey)> = credits
        .into_iter()
        .flat_map(|(album, credit)| {
            let artists = credit.artists.into_iter();
            artists.map(move |artist| (album, CacheKey::new(Collection::Artist, artist)))
        })
        .collect();
    let keys = in_order(credited.iter().map(|(_, artist)| artist.clone()));
    let kept = service.cache.kept(&keys).await?;
    let is_untold = |(album, artist): &(Mbid, CacheKey)| {
        let in_this_batch = changed.get(artist).copied().unwrap_or(0);
        let told = kept
            .get(artist)
            .map(|entry| entry.updated.max(in_this_batch));
        told.is_some_and(|told| told < albums[album])
    };
    Ok(credited.into_iter().filter(is_untold).collect())
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
