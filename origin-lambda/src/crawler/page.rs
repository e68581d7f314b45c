//! A page of changed MBIDs: what is kept of them, and of what they show in, is built again.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use linernotes_shared::Mbid;
use linernotes_shared::cache::{CacheKey, Collection};
use linernotes_shared::request::Entity;

use super::settle::{TOUCH, in_order, overlooked, settle};
use super::{CrawlError, Report, linked, renew};
use crate::cache::{Entry, Refresh, now};
use crate::catalogue::AlbumCredit;
use crate::service::Service;

/// Which times tell what there is to do for a page, unix seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    /// What was built before then is out of date.
    pub outdated_before: u64,
    /// What follows from a change of then or later may not be done.
    pub unsettled_from: u64,
    /// Of an album's change of then or later, its artist may not have been told.
    pub untold_from: u64,
}

impl Times {
    /// Everything is to be done from a moment on.
    pub const fn from(moment: u64) -> Self {
        Self {
            outdated_before: moment,
            unsettled_from: moment,
            untold_from: moment,
        }
    }
}

/// Those for which something is left to do: something is kept that is out of date, or has changed; or it is a new album.
pub(super) async fn left_behind(
    service: &Service,
    entity: Entity,
    mbids: &[Mbid],
    times: Times,
) -> Result<BTreeSet<Mbid>, CrawlError> {
    let collections: &[Collection] = match entity {
        Entity::Album => &[Collection::Album],
        Entity::Artist => &[Collection::Artist, Collection::Profile],
    };
    let mut subjects = BTreeSet::new();
    for collection in collections {
        let kept = kept(service, *collection, mbids.iter().copied()).await?;
        let late = outdated(&kept, times.outdated_before);
        subjects.extend(late.iter().filter_map(CacheKey::mbid));
        let changed = kept
            .iter()
            .filter(|(_, entry)| entry.updated >= times.unsettled_from);
        subjects.extend(changed.filter_map(|(key, _)| key.mbid()));
        if entity == Entity::Album {
            let unkept = mbids.iter().copied();
            let unkept = unkept.filter(|album| !kept.contains_key(&album_key(*album)));
            let unkept: Vec<Mbid> = unkept.collect();
            let credits = service.catalogue.album_artists(&unkept).await?;
            subjects.extend(new_albums(service, &unkept, &credits).await?);
        }
    }
    Ok(subjects)
}

/// Those of albums that aren't kept which belong into a kept artist's list.
async fn new_albums(
    service: &Service,
    unkept: &[Mbid],
    credits: &HashMap<Mbid, AlbumCredit>,
) -> Result<Vec<Mbid>, CrawlError> {
    let current = |album: &Mbid| credits.get(album).filter(|credit| credit.is_current);
    let artists: BTreeSet<Mbid> = unkept
        .iter()
        .filter_map(current)
        .flat_map(|credit| &credit.artists)
        .copied()
        .collect();
    let kept = kept(service, Collection::Artist, artists.into_iter()).await?;
    let is_kept = |artist: &Mbid| kept.contains_key(&CacheKey::new(Collection::Artist, *artist));
    let is_new =
        |album: &Mbid| current(album).is_some_and(|credit| credit.artists.iter().any(is_kept));
    Ok(unkept.iter().copied().filter(is_new).collect())
}

fn album_key(album: Mbid) -> CacheKey {
    CacheKey::new(Collection::Album, album)
}

/// Renews what couldn't be before. Since it isn't known what came of it meanwhile, all of it counts as changed.
pub(super) async fn again(
    service: &Arc<Service>,
    report: &mut Report,
    keys: &[CacheKey],
) -> Result<Vec<CacheKey>, CrawlError> {
    let from = next_second();
    wait_until(from).await;
    let times = Times::from(from);
    report.looked_at += keys.len() as u64;
    let of = |wanted: fn(Collection) -> bool| -> BTreeSet<Mbid> {
        let keys = keys.iter().filter(|key| wanted(key.collection()));
        keys.filter_map(CacheKey::mbid).collect()
    };
    let (of_albums, of_artists) = (
        of(|collection| collection == Collection::Album),
        of(|collection| collection != Collection::Album),
    );
    let of_albums: Vec<Mbid> = of_albums.into_iter().collect();
    let of_artists: Vec<Mbid> = of_artists.into_iter().collect();
    let mut failed = Box::pin(albums(service, report, &of_albums, times, TOUCH)).await?;
    failed.extend(artists(service, report, &of_artists, times, TOUCH).await?);
    Ok(failed)
}

/// Renews the kept ones of changed albums, and those that are new in a kept artist's list: Lidarr asks only for what
/// `recent/album` lists. What a request has built ahead isn't changed by this: if its artist wasn't
/// told of a change, that is done here. Returns what couldn't be renewed.
pub(super) async fn albums(
    service: &Arc<Service>,
    report: &mut Report,
    albums: &[Mbid],
    times: Times,
    how: Refresh,
) -> Result<Vec<CacheKey>, CrawlError> {
    let from = times.outdated_before;
    let credits = service.catalogue.album_artists(albums).await?;
    let kept_albums = kept(service, Collection::Album, albums.iter().copied()).await?;
    let unkept = albums.iter().copied();
    let unkept: Vec<Mbid> = unkept
        .filter(|album| !kept_albums.contains_key(&album_key(*album)))
        .collect();
    let new = new_albums(service, &unkept, &credits).await?;
    // While the albums still tell whose they were.
    let untold_former = Box::pin(former_artists(
        service,
        report,
        &kept_albums,
        &credits,
        times,
    ))
    .await?;
    Box::pin(linked::renew(service, report, kept_albums.values(), from)).await?;
    let mut work = outdated(&kept_albums, from);
    service.cache.mark_stale(&work, from).await?;
    work.extend(new.into_iter().map(album_key));
    let at_once = service.crawling.at_once;
    let renewed = Box::pin(renew::all(service, report, work, how, at_once)).await?;
    let keys: Vec<CacheKey> = keys(Collection::Album, albums.iter().copied());
    let overlooked = overlooked(service, &kept_albums, times.untold_from..from).await?;
    let changed = renewed.changed().chain(&overlooked);
    let settling = settle(service, report, &keys, times.unsettled_from, changed);
    let untold = Box::pin(settling).await?;
    Box::pin(linked::renew_of(service, report, &keys, from)).await?;
    Ok([untold_former, renewed.failed, untold].concat())
}

/// Renews the kept ones of artists who have lost an album to others. Only a replica with a change log tells of them, and
/// only by the MBID that is current. Returns what couldn't be renewed.
async fn former_artists(
    service: &Arc<Service>,
    report: &mut Report,
    kept_albums: &HashMap<CacheKey, Arc<Entry>>,
    credits: &HashMap<Mbid, AlbumCredit>,
    times: Times,
) -> Result<Vec<CacheKey>, CrawlError> {
    let former: BTreeSet<Mbid> = kept_albums
        .iter()
        .filter_map(|(key, entry)| {
            let credit = credits.get(&key.mbid()?)?;
            let artist = *entry.frame.artists.first()?;
            (!credit.artists.contains(&artist)).then_some(artist)
        })
        .collect();
    if former.is_empty() {
        return Ok(Vec::new());
    }
    let former: Vec<Mbid> = former.into_iter().collect();
    Box::pin(artists(service, report, &former, times, Refresh::default())).await
}

/// Renews the kept ones of changed artists, and their profiles in albums. Returns what couldn't be renewed.
pub(super) async fn artists(
    service: &Arc<Service>,
    report: &mut Report,
    artists: &[Mbid],
    times: Times,
    how: Refresh,
) -> Result<Vec<CacheKey>, CrawlError> {
    let from = times.outdated_before;
    let answers = kept(service, Collection::Artist, artists.iter().copied()).await?;
    let profiles = kept(service, Collection::Profile, artists.iter().copied()).await?;
    let both = answers.values().chain(profiles.values());
    Box::pin(linked::renew(service, report, both, from)).await?;
    let outdated_answers = outdated(&answers, from);
    let outdated_profiles = outdated(&profiles, from);
    let marked = [&outdated_answers[..], &outdated_profiles[..]].concat();
    service.cache.mark_stale(&marked, from).await?;
    // A profile is built with its artist's answer, where one is kept.
    let has_answer = |profile: &CacheKey| {
        let answer = profile
            .mbid()
            .map(|mbid| CacheKey::new(Collection::Artist, mbid));
        answer.is_some_and(|answer| answers.contains_key(&answer))
    };
    let alone = outdated_profiles.into_iter().filter(|key| !has_answer(key));
    let work = outdated_answers.into_iter().chain(alone).collect();
    let at_once = service.crawling.at_once;
    let renewed = Box::pin(renew::all(service, report, work, how, at_once)).await?;
    let mbids = artists.iter().copied();
    let keys = [
        keys(Collection::Artist, mbids.clone()),
        keys(Collection::Profile, mbids),
    ]
    .concat();
    let changed = renewed.changed();
    let settling = settle(service, report, &keys, times.unsettled_from, changed);
    let untold = Box::pin(settling).await?;
    Box::pin(linked::renew_of(service, report, &keys, from)).await?;
    Ok([renewed.failed, untold].concat())
}

/// What is kept of entities.
async fn kept(
    service: &Service,
    collection: Collection,
    mbids: impl Iterator<Item = Mbid>,
) -> Result<HashMap<CacheKey, Arc<Entry>>, CrawlError> {
    Ok(service.cache.kept(&keys(collection, mbids)).await?)
}

fn keys(collection: Collection, mbids: impl Iterator<Item = Mbid>) -> Vec<CacheKey> {
    mbids.map(|mbid| CacheKey::new(collection, mbid)).collect()
}

/// The keys of what was built before `from`, in order.
fn outdated(kept: &HashMap<CacheKey, Arc<Entry>>, from: u64) -> Vec<CacheKey> {
    let before = from.saturating_mul(1000);
    let outdated = kept.iter().filter(|(_, entry)| entry.built_at < before);
    in_order(outdated.map(|(key, _)| key.clone()))
}

/// The second that is running isn't over: what was built in it may be from before or after this moment.
pub(super) fn next_second() -> u64 {
    now() + 1
}

/// What is built after that has seen all that was known before.
pub(super) async fn wait_until(second: u64) {
    while now() < second {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}
