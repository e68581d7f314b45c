//! Renewing what goes stale, before anybody finds it so.

use std::collections::HashSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use linernotes_shared::cache::{CacheKey, Collection};

use super::renew::Renewed;
use super::settle::settle;
use super::turn::Turn;
use super::{CrawlError, Deadline, Report, Task, doubts, lag, records, renew, retries};
use crate::cache::{Refresh, now};
use crate::config;
use crate::service::Service;

/// Records in a page, as a multiple of those asked for at once: answers that they show in are renewed when the page is done.
const RECORDS: usize = 20;

/// So many are listed at once. What has failed stays at the list's head, and is read again with each list.
const LISTED: usize = 1_000;

/// Which answers a task renews, and at what pace.
pub(super) struct Round {
    collections: &'static [Collection],
    /// Seconds before its end of freshness that an answer is renewed.
    look_ahead: u64,
    at_once: usize,
    batch: usize,
    /// Whether they are providers' records.
    is_of_records: bool,
}

impl Round {
    /// A task's round.
    pub fn of(task: &Task, settings: &config::Crawler) -> Self {
        let look_ahead = settings.look_ahead_minutes * 60;
        let (collections, look_ahead, at_once): (&[Collection], _, _) = match task {
            Task::Artists => (
                &[Collection::Profile, Collection::Artist],
                look_ahead,
                settings.at_once,
            ),
            Task::Albums => (&[Collection::Album], look_ahead, settings.at_once),
            Task::Wikipedia => (
                &[Collection::Wikipedia],
                2 * look_ahead,
                settings.wikipedia_at_once,
            ),
            Task::Fanart => (
                &[Collection::FanArt],
                2 * look_ahead,
                settings.fanart_at_once,
            ),
            Task::TheAudioDb => (
                &[Collection::TheAudioDb],
                2 * look_ahead,
                settings.the_audio_db_at_once,
            ),
            Task::SpotifyMaps => (&[Collection::Spotify], 2 * look_ahead, 1),
            _ => (&[], look_ahead, 1),
        };
        let batch = match task {
            Task::Artists | Task::Albums => settings.batch,
            _ => settings.batch.min(RECORDS * at_once),
        };
        Self {
            collections,
            look_ahead,
            at_once,
            batch,
            is_of_records: matches!(task, Task::Wikipedia | Task::Fanart | Task::TheAudioDb),
        }
    }
}

/// How far a round has come: the batch under way, so that what follows from it is done even if the run isn't there to
/// do it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Progress {
    /// The batch's keys.
    batch: Vec<String>,
    /// When it began, unix seconds.
    from: u64,
}

/// Renews what goes stale within the look-ahead, the earliest first.
pub(super) async fn run(
    service: &Arc<Service>,
    turn: &mut Turn,
    report: &mut Report,
    deadline: Deadline,
    round: &Round,
) -> Result<(), CrawlError> {
    lag::require_caught_up(service).await?;
    let broken_off: Progress = turn.progress()?;
    let keys: Vec<CacheKey> = broken_off
        .batch
        .iter()
        .filter_map(|key| key.parse().ok())
        .collect();
    if !keys.is_empty() {
        if round.is_of_records {
            // What came with them can't be told any more, unless they are asked for again.
            let left = records(service, report, deadline, round, keys, broken_off.from).await?;
            if left > 0 {
                report.remaining = Some(left);
                return Ok(());
            }
        } else {
            follow(service, report, &keys, broken_off.from, &Renewed::default()).await?;
        }
        turn.checkpoint(&Progress::default()).await?;
    }
    for collection in round.collections {
        let done = renew_collection(service, turn, report, deadline, round, *collection).await?;
        if !done {
            return Ok(());
        }
    }
    report.complete = true;
    Ok(())
}

/// Whether it came to the end of the list.
async fn renew_collection(
    service: &Arc<Service>,
    turn: &mut Turn,
    report: &mut Report,
    deadline: Deadline,
    round: &Round,
    collection: Collection,
) -> Result<bool, CrawlError> {
    let store = service.cache.store();
    let before = now().saturating_add(round.look_ahead);
    // Whatever is still in the list after its turn, because it failed or is fresh for a short time, has the next run's.
    let mut seen: HashSet<CacheKey> = HashSet::new();
    let mut stuck = 0;
    loop {
        let limit = LISTED + stuck;
        let listed = store.going_stale(collection, before, limit).await?;
        let is_whole = listed.len() < limit;
        let keys: Vec<CacheKey> = listed
            .iter()
            .filter(|listed| !seen.contains(&listed.key))
            .map(|listed| listed.key.clone())
            .collect();
        stuck = listed.len() - keys.len();
        seen.extend(keys.iter().cloned());
        for (number, page) in keys.chunks(round.batch).enumerate() {
            let remaining = (keys.len() - number * round.batch) as u64;
            report.remaining = Some(remaining);
            if deadline.is_near() {
                return Ok(false);
            }
            report.looked_at += page.len() as u64;
            let progress = Progress {
                batch: doubts::texts(page),
                from: now(),
            };
            turn.checkpoint(&progress).await?;
            let (page, from) = (page.to_vec(), progress.from);
            let done = page.len() as u64;
            let left = if round.is_of_records {
                records(service, report, deadline, round, page, from).await?
            } else {
                answers(service, report, round, page, from).await?;
                0
            };
            turn.checkpoint(&Progress::default()).await?;
            report.looked_at -= left;
            if left > 0 {
                report.remaining = Some(remaining - done + left);
                return Ok(false);
            }
        }
        report.remaining = None;
        if is_whole {
            return Ok(true);
        }
    }
}

/// Renews a page of answers.
async fn answers(
    service: &Arc<Service>,
    report: &mut Report,
    round: &Round,
    page: Vec<CacheKey>,
    from: u64,
) -> Result<(), CrawlError> {
    let how = Refresh::default();
    let renewed = renew::all(service, report, page.clone(), how, round.at_once).await?;
    follow(service, report, &page, from, &renewed).await
}

/// Does what follows from a page of answers that was begun at `from`, unix seconds.
async fn follow(
    service: &Arc<Service>,
    report: &mut Report,
    page: &[CacheKey],
    from: u64,
    renewed: &Renewed,
) -> Result<(), CrawlError> {
    let untold = settle(service, report, page, from, renewed.changed()).await?;
    retries::note(service, &untold, &[]).await
}

/// Renews a page of records that was begun at `from` (unix seconds), and the answers that they show in. For how many of
/// them there was no time.
async fn records(
    service: &Arc<Service>,
    report: &mut Report,
    deadline: Deadline,
    round: &Round,
    page: Vec<CacheKey>,
    from: u64,
) -> Result<u64, CrawlError> {
    let fetched = records::fetch(service, report, page, round.at_once, deadline).await?;
    let news = fetched.news(service, from).await?;
    records::renew_answers(service, report, &news, from).await?;
    Ok(fetched.left.len() as u64)
}
