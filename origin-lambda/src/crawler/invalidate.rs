//! Renewing what changed in MusicBrainz.
//!
//! A sweep goes through everything that changed since the last one, albums first, then artists, in the order of their
//! MBIDs and a page at a time. Of each page it marks what is kept as stale, builds it again, and has copies of it purged.
//! Marks and moments of change, not what a run remembers, tell what is left to do: a sweep that was broken off goes on
//! from its last page as if it had never stopped.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use linernotes_shared::Mbid;
use linernotes_shared::cache::{CacheKey, Collection, tag};
use linernotes_shared::request::Entity;

use super::turn::Turn;
use super::{CrawlError, Deadline, Report, doubts, pending, renew, told};
use crate::cache::{Entry, Refresh, Refreshed, Store, now};
use crate::service::Service;
use crate::telemetry::with_causes;

/// A packet may bring what is some minutes older than the packet before, and a build that began before a change may end
/// after its mark: each sweep looks back a little further than the last one came.
const OVERLAP: i64 = 30 * 60;

/// How far the first sweep of all looks back: what is kept by then was built from a replica of about that time.
const FIRST_LOOK_BACK: i64 = 24 * 60 * 60;

/// Note of the tags whose copies couldn't be purged.
const PURGES: &str = "purges";

/// How far invalidation has come.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Progress {
    /// Date of the replica up to which everything is handled, unix seconds.
    handled: Option<i64>,
    /// The sweep under way.
    sweep: Option<Sweep>,
    /// Since when changes are recorded, unix seconds.
    recorded_since: u64,
    /// Which of the providers' news are handled.
    pub news: told::Progress,
    /// When the last sweep ended, or found nothing to do, unix seconds.
    current: u64,
}

/// A way through what changed.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Sweep {
    /// Since this date of MusicBrainz's, unix seconds.
    since: i64,
    /// The replica's date when it began.
    until: i64,
    /// What was built before then is out of date, unix seconds.
    marked_from: u64,
    /// Whether all albums are done.
    albums_done: bool,
    /// The last MBID done.
    after: Option<String>,
}

/// For which time the kept answers' moments of change are a record of MusicBrainz's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// From then on, unix seconds.
    pub since: u64,
    /// Up to then, unix seconds.
    pub until: u64,
}

/// The record of changes; `None` if no sweep has ended yet.
pub async fn record(store: &dyn Store) -> Result<Option<Record>, CrawlError> {
    let state = Turn::look(store, "invalidate").await?;
    let progress = Option::<Progress>::deserialize(state.progress)?.unwrap_or_default();
    Ok((progress.current > 0).then_some(Record {
        since: progress.recorded_since,
        until: progress.current,
    }))
}

pub(super) async fn run(
    service: &Arc<Service>,
    turn: &mut Turn,
    report: &mut Report,
    deadline: Deadline,
    since: Option<i64>,
) -> Result<(), CrawlError> {
    purge_pending(service).await?;
    let mut progress: Progress = turn.progress()?;
    if progress.recorded_since == 0 {
        progress.recorded_since = now();
    }
    let replication = service.catalogue.replication().await?;
    replication.require_loaded()?;
    let date = replication.date.ok_or(CrawlError::Undated)?.as_second();
    second_look(service, turn, report).await?;

    if let Some(since) = since {
        // What the sweep under way hasn't reached yet is in this one too.
        let since = progress.sweep.map_or(since, |sweep| since.min(sweep.since));
        progress.sweep = Some(Sweep::new(since, date));
    } else if progress.sweep.is_none() && progress.handled != Some(date) {
        let since = progress
            .handled
            .map_or(date - FIRST_LOOK_BACK, |handled| handled - OVERLAP);
        progress.sweep = Some(Sweep::new(since, date));
    }
    if let Some(sweep) = progress.sweep.clone() {
        turn.checkpoint(&progress).await?;
        let Some(until) = go_through(service, turn, report, deadline, &mut progress, sweep).await?
        else {
            return Ok(());
        };
        progress.handled = Some(progress.handled.map_or(until, |handled| handled.max(until)));
        progress.sweep = None;
    }
    progress.current = now();
    turn.checkpoint(&progress).await?;
    told::run(service, turn, report, &mut progress).await?;
    report.complete = true;
    Ok(())
}

impl Sweep {
    fn new(since: i64, until: i64) -> Self {
        Self {
            since,
            until,
            // The second that is running isn't over.
            marked_from: now() + 1,
            albums_done: false,
            after: None,
        }
    }

    fn entity(&self) -> Entity {
        if self.albums_done {
            Entity::Artist
        } else {
            Entity::Album
        }
    }
}

/// Goes through a sweep; its date if it came to the end.
async fn go_through(
    service: &Arc<Service>,
    turn: &mut Turn,
    report: &mut Report,
    deadline: Deadline,
    progress: &mut Progress,
    mut sweep: Sweep,
) -> Result<Option<i64>, CrawlError> {
    let since = Timestamp::from_second(sweep.since).unwrap_or(Timestamp::UNIX_EPOCH);
    let changes = service.catalogue.changed_since(since).await?;
    let sorted = |changes: Vec<crate::catalogue::Change>| -> BTreeSet<Mbid> {
        changes.into_iter().map(|change| change.mbid).collect()
    };
    let (albums, artists) = (sorted(changes.albums), sorted(changes.artists));
    // What is built from here on has seen all that the list has.
    while now() < sweep.marked_from {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    loop {
        let changed = match sweep.entity() {
            Entity::Album => &albums,
            Entity::Artist => &artists,
        };
        let after: Option<Mbid> = sweep.after.as_ref().and_then(|mbid| mbid.parse().ok());
        let left = || {
            changed
                .iter()
                .copied()
                .filter(move |mbid| after.is_none_or(|after| *mbid > after))
        };
        let page: Vec<Mbid> = left().take(service.crawling.batch).collect();
        let Some(last) = page.last().copied() else {
            match sweep.entity() {
                Entity::Album => {
                    sweep.albums_done = true;
                    sweep.after = None;
                    continue;
                }
                Entity::Artist => return Ok(Some(sweep.until)),
            }
        };
        if deadline.is_near() {
            let artists_left = if sweep.albums_done { 0 } else { artists.len() };
            report.remaining = Some((left().count() + artists_left) as u64);
            return Ok(None);
        }
        report.looked_at += page.len() as u64;
        match sweep.entity() {
            Entity::Album => renew_albums(service, report, &page, sweep.marked_from).await?,
            Entity::Artist => renew_artists(service, report, &page, sweep.marked_from).await?,
        }
        sweep.after = Some(last.to_string());
        progress.sweep = Some(sweep.clone());
        turn.checkpoint(progress).await?;
    }
}

/// Renews the kept ones of changed albums, and those that are new in a kept artist's list: Lidarr asks only for what
/// `recent/album` lists.
async fn renew_albums(
    service: &Arc<Service>,
    report: &mut Report,
    albums: &[Mbid],
    from: u64,
) -> Result<(), CrawlError> {
    let artist_of = service.catalogue.album_artists(albums).await?;
    let artists: BTreeSet<Mbid> = artist_of.values().copied().collect();
    let kept_artists = kept(service, Collection::Artist, artists.iter().copied()).await;
    let kept_albums = kept(service, Collection::Album, albums.iter().copied()).await;
    let is_new = |album: &Mbid| {
        let artist = artist_of.get(album);
        !kept_albums.contains_key(album)
            && artist.is_some_and(|artist| kept_artists.contains_key(artist))
    };
    let mut work: Vec<CacheKey> = outdated(Collection::Album, &kept_albums, from);
    service.cache.mark_stale(&work, from).await?;
    work.extend(
        albums
            .iter()
            .filter(|album| is_new(album))
            .map(|album| CacheKey::new(Collection::Album, *album)),
    );
    renew(service, report, work, Refresh::default()).await?;

    // An album is refreshed only with its artist, so whoever asks what changed must hear of both.
    let albums_now = kept(service, Collection::Album, albums.iter().copied()).await;
    let changed = |album: &Mbid| {
        let entry = albums_now.get(album)?;
        (entry.updated >= from).then_some(entry.updated)
    };
    let changed_at: HashMap<Mbid, u64> = albums
        .iter()
        .filter_map(|album| Some((*album, changed(album)?)))
        .collect();
    let untold = artists.iter().copied().filter(|artist| {
        kept_artists.get(artist).is_some_and(|kept| {
            changed_at
                .iter()
                .any(|(album, at)| artist_of.get(album) == Some(artist) && kept.updated < *at)
        })
    });
    let touched: Vec<CacheKey> = untold
        .map(|artist| CacheKey::new(Collection::Artist, artist))
        .collect();
    let mut tags: Vec<String> = changed_at
        .keys()
        .map(|album| tag(Entity::Album, *album))
        .collect();
    tags.extend(
        touched
            .iter()
            .filter_map(CacheKey::mbid)
            .map(|artist| tag(Entity::Artist, artist)),
    );
    let touch = Refresh {
        touch: true,
        ..Refresh::default()
    };
    renew(service, report, touched, touch).await?;
    tags.sort_unstable();
    purge(service, &tags).await
}

/// Renews the kept ones of changed artists, and their profiles in albums.
async fn renew_artists(
    service: &Arc<Service>,
    report: &mut Report,
    artists: &[Mbid],
    from: u64,
) -> Result<(), CrawlError> {
    let answers = kept(service, Collection::Artist, artists.iter().copied()).await;
    let profiles = kept(service, Collection::Profile, artists.iter().copied()).await;
    let outdated_answers = outdated(Collection::Artist, &answers, from);
    let outdated_profiles = outdated(Collection::Profile, &profiles, from);
    let marked = [&outdated_answers[..], &outdated_profiles[..]].concat();
    service.cache.mark_stale(&marked, from).await?;
    // A profile is built with its artist's answer, where one is kept.
    let alone = outdated_profiles
        .into_iter()
        .filter(|key| key.mbid().is_some_and(|mbid| !answers.contains_key(&mbid)));
    let work = outdated_answers.into_iter().chain(alone).collect();
    renew(service, report, work, Refresh::default()).await?;

    let now_kept = [Collection::Artist, Collection::Profile].map(|collection| {
        let artists = artists.iter().copied();
        kept(service, collection, artists)
    });
    let [answers, profiles] = now_kept;
    let (answers, profiles) = tokio::join!(answers, profiles);
    let mut tags: Vec<String> = answers
        .iter()
        .chain(&profiles)
        .filter(|(_, entry)| entry.updated >= from)
        .map(|(artist, _)| tag(Entity::Artist, *artist))
        .collect();
    tags.sort_unstable();
    tags.dedup();
    purge(service, &tags).await
}

/// What is kept of entities.
async fn kept(
    service: &Service,
    collection: Collection,
    mbids: impl Iterator<Item = Mbid>,
) -> HashMap<Mbid, Arc<Entry>> {
    let keys: Vec<CacheKey> = mbids.map(|mbid| CacheKey::new(collection, mbid)).collect();
    let kept = service.cache.kept(&keys).await.into_iter();
    kept.filter_map(|(key, entry)| Some((key.mbid()?, entry)))
        .collect()
}

/// The keys of what was built before `from`, in order.
fn outdated(collection: Collection, kept: &HashMap<Mbid, Arc<Entry>>, from: u64) -> Vec<CacheKey> {
    let outdated: BTreeSet<Mbid> = kept
        .iter()
        .filter(|(_, entry)| entry.built_at < from.saturating_mul(1000))
        .map(|(mbid, _)| *mbid)
        .collect();
    outdated
        .into_iter()
        .map(|mbid| CacheKey::new(collection, mbid))
        .collect()
}

async fn renew(
    service: &Arc<Service>,
    report: &mut Report,
    keys: Vec<CacheKey>,
    how: Refresh,
) -> Result<(), CrawlError> {
    let number = keys.len();
    let renewed = renew::all(service, keys, how, service.crawling.at_once).await;
    report.failed += (number - renewed.len()) as u64;
    let mut doubted = Vec::new();
    for (key, refreshed) in renewed {
        report.count(refreshed);
        if refreshed == Refreshed::Doubted {
            doubted.push(key);
        }
    }
    doubts::note(&**service.cache.store(), &doubted, now()).await
}

/// Looks again for what wasn't found some time ago. What still isn't there is gone.
async fn second_look(
    service: &Arc<Service>,
    turn: &mut Turn,
    report: &mut Report,
) -> Result<(), CrawlError> {
    let store = service.cache.store();
    let wait = service.crawling.second_look_minutes * 60;
    let due = doubts::due(&**store, now().saturating_sub(wait)).await?;
    let believe = Refresh {
        believe_gone: true,
        ..Refresh::default()
    };
    for keys in due.chunks(service.crawling.batch) {
        let at_once = service.crawling.at_once;
        let renewed = renew::all(service, keys.to_vec(), believe, at_once).await;
        report.looked_at += keys.len() as u64;
        report.failed += (keys.len() - renewed.len()) as u64;
        let mut tags = Vec::new();
        let mut settled = Vec::new();
        for (key, refreshed) in renewed {
            report.count(refreshed);
            tags.extend(key.mbid().map(|mbid| match key.collection() {
                Collection::Album => tag(Entity::Album, mbid),
                _ => tag(Entity::Artist, mbid),
            }));
            settled.push(key);
        }
        purge(service, &tags).await?;
        doubts::forget(&**store, &settled).await?;
        turn.go_on().await?;
    }
    Ok(())
}

/// Has copies purged. What can't be is noted for the next run.
pub(super) async fn purge(service: &Service, tags: &[String]) -> Result<(), CrawlError> {
    if tags.is_empty() || service.purgers.is_empty() {
        return Ok(());
    }
    let store = service.cache.store();
    // Noted first: a run may be stopped before it knows how the purge went.
    pending::update(&**store, PURGES, tags, &[], now()).await?;
    purge_noted(service, tags).await
}

/// Has copies purged that couldn't be in earlier runs.
async fn purge_pending(service: &Service) -> Result<(), CrawlError> {
    let tags: Vec<String> = pending::read(&**service.cache.store(), PURGES)
        .await?
        .into_keys()
        .collect();
    if tags.is_empty() || service.purgers.is_empty() {
        return Ok(());
    }
    purge_noted(service, &tags).await
}

async fn purge_noted(service: &Service, tags: &[String]) -> Result<(), CrawlError> {
    for purger in &service.purgers {
        if let Err(error) = purger.purge(tags).await {
            tracing::warn!(
                of = purger.name(),
                tags = tags.len(),
                error = with_causes(&error),
                "copies not purged; the next run tries again"
            );
            return Ok(());
        }
    }
    pending::update(&**service.cache.store(), PURGES, &[], tags, 0).await
}
