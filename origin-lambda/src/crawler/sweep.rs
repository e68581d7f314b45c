//! A way through what changed in MusicBrainz: albums first, then artists, in the order of their MBIDs.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use linernotes_shared::Mbid;
use linernotes_shared::cache::{CacheKey, Collection};
use linernotes_shared::request::Entity;

use super::settle::{TOUCH, in_order, settle};
use super::{CrawlError, Report, renew};
use crate::cache::{Entry, Refresh, now};
use crate::catalogue::Change;
use crate::service::Service;

/// A way through what changed. Where it has come to is its own state, so that a run can go on where one was broken off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sweep {
    /// Since this date of MusicBrainz's, unix seconds.
    pub since: i64,
    /// The replica's date when it began.
    pub until: i64,
    /// What was built before then is out of date, unix seconds.
    marked_from: u64,
    /// Whether all albums are done.
    albums_done: bool,
    /// The last MBID done.
    after: Option<String>,
}

/// What there is to go through.
pub(super) struct Changed {
    albums: BTreeSet<Mbid>,
    artists: BTreeSet<Mbid>,
}

impl Changed {
    /// Everything that changed since a date, unix seconds.
    pub async fn since(service: &Service, since: i64) -> Result<Self, CrawlError> {
        let since = Timestamp::from_second(since).unwrap_or(Timestamp::UNIX_EPOCH);
        let changes = service.catalogue.changed_since(since).await?;
        let sorted = |changes: Vec<Change>| changes.iter().map(|change| change.mbid).collect();
        Ok(Self {
            albums: sorted(changes.albums),
            artists: sorted(changes.artists),
        })
    }
}

impl Sweep {
    /// From a date of MusicBrainz's to the replica's own, unix seconds.
    pub fn new(since: i64, until: i64) -> Self {
        Self {
            since,
            until,
            marked_from: next_second(),
            albums_done: false,
            after: None,
        }
    }

    /// The next page of one kind's MBIDs; `None` at the end of all.
    pub fn page(&mut self, changed: &Changed, size: usize) -> Option<(Entity, Vec<Mbid>)> {
        loop {
            let entity = self.entity();
            let page: Vec<Mbid> = self.left(changed).take(size).collect();
            match (entity, page.is_empty()) {
                (_, false) => return Some((entity, page)),
                (Entity::Album, true) => {
                    self.albums_done = true;
                    self.after = None;
                }
                (Entity::Artist, true) => return None,
            }
        }
    }

    /// A page is done.
    pub fn pass(&mut self, page: &[Mbid]) {
        if let Some(last) = page.last() {
            self.after = Some(last.to_string());
        }
    }

    /// How many MBIDs are left.
    pub fn remaining(&self, changed: &Changed) -> u64 {
        let artists = if self.albums_done {
            0
        } else {
            changed.artists.len()
        };
        (self.left(changed).count() + artists) as u64
    }

    /// Renews a page.
    pub async fn renew(
        &self,
        service: &Arc<Service>,
        report: &mut Report,
        entity: Entity,
        page: &[Mbid],
    ) -> Result<Vec<CacheKey>, CrawlError> {
        report.looked_at += page.len() as u64;
        wait_until(self.marked_from).await;
        match entity {
            Entity::Album => albums(service, report, page, self.marked_from).await,
            Entity::Artist => {
                artists(service, report, page, self.marked_from, Refresh::default()).await
            }
        }
    }

    fn entity(&self) -> Entity {
        if self.albums_done {
            Entity::Artist
        } else {
            Entity::Album
        }
    }

    fn left<'a>(&self, changed: &'a Changed) -> impl Iterator<Item = Mbid> + use<'a> {
        let all = match self.entity() {
            Entity::Album => &changed.albums,
            Entity::Artist => &changed.artists,
        };
        let after: Option<Mbid> = self.after.as_ref().and_then(|mbid| mbid.parse().ok());
        all.iter()
            .copied()
            .filter(move |mbid| after.is_none_or(|after| *mbid > after))
    }
}

/// Renews what couldn't be before. Since it isn't known what came of it meanwhile, artists count as changed.
pub(super) async fn again(
    service: &Arc<Service>,
    report: &mut Report,
    keys: &[CacheKey],
) -> Result<Vec<CacheKey>, CrawlError> {
    let from = next_second();
    wait_until(from).await;
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
    let mut failed = albums(service, report, &of_albums, from).await?;
    failed.extend(artists(service, report, &of_artists, from, TOUCH).await?);
    Ok(failed)
}

/// Renews the kept ones of changed albums, and those that are new in a kept artist's list: Lidarr asks only for what
/// `recent/album` lists. Returns what couldn't be renewed.
async fn albums(
    service: &Arc<Service>,
    report: &mut Report,
    albums: &[Mbid],
    from: u64,
) -> Result<Vec<CacheKey>, CrawlError> {
    let credits = service.catalogue.album_artists(albums).await?;
    let artists: BTreeSet<Mbid> = credits
        .values()
        .flat_map(|credit| &credit.artists)
        .copied()
        .collect();
    let kept_artists = kept(service, Collection::Artist, artists.iter().copied()).await?;
    let kept_albums = kept(service, Collection::Album, albums.iter().copied()).await?;
    let artist_is_kept = |artist: &Mbid| {
        let key = CacheKey::new(Collection::Artist, *artist);
        kept_artists.contains_key(&key)
    };
    let is_new = |album: &Mbid| {
        let credit = credits.get(album).filter(|credit| credit.is_current);
        let key = CacheKey::new(Collection::Album, *album);
        !kept_albums.contains_key(&key)
            && credit.is_some_and(|credit| credit.artists.iter().any(artist_is_kept))
    };
    let mut work = outdated(&kept_albums, from);
    service.cache.mark_stale(&work, from).await?;
    let new = albums.iter().filter(|album| is_new(album));
    work.extend(new.map(|album| CacheKey::new(Collection::Album, *album)));
    let at_once = service.crawling.at_once;
    let renewed = renew::all(service, report, work, Refresh::default(), at_once).await?;
    let keys: Vec<CacheKey> = keys(Collection::Album, albums.iter().copied());
    let untold = settle(service, report, &keys, from, renewed.changed()).await?;
    Ok([renewed.failed, untold].concat())
}

/// Renews the kept ones of changed artists, and their profiles in albums. Returns what couldn't be renewed.
async fn artists(
    service: &Arc<Service>,
    report: &mut Report,
    artists: &[Mbid],
    from: u64,
    how: Refresh,
) -> Result<Vec<CacheKey>, CrawlError> {
    let answers = kept(service, Collection::Artist, artists.iter().copied()).await?;
    let profiles = kept(service, Collection::Profile, artists.iter().copied()).await?;
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
    let renewed = renew::all(service, report, work, how, at_once).await?;
    let mbids = artists.iter().copied();
    let keys = [
        keys(Collection::Artist, mbids.clone()),
        keys(Collection::Profile, mbids),
    ]
    .concat();
    let untold = settle(service, report, &keys, from, renewed.changed()).await?;
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
fn next_second() -> u64 {
    now() + 1
}

/// What is built after that has seen all that was known before.
async fn wait_until(second: u64) {
    while now() < second {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}
