//! Renewing what goes stale, before anybody finds it so.

use std::collections::HashSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use linernotes_shared::cache::{CacheKey, Collection};

use super::settle::settle;
use super::turn::Turn;
use super::{CrawlError, Deadline, Report, Task, doubts, renew, told};
use crate::cache::{Refresh, now};
use crate::config;
use crate::service::Service;

/// Which answers a task renews, and at what pace.
pub(super) struct Round {
    collections: &'static [Collection],
    /// Seconds before its end of freshness that an answer is renewed.
    look_ahead: u64,
    at_once: usize,
    batch: usize,
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
        Self {
            collections,
            look_ahead,
            at_once,
            batch: settings.batch,
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
    let broken_off: Progress = turn.progress()?;
    let keys: Vec<CacheKey> = broken_off
        .batch
        .iter()
        .filter_map(|key| key.parse().ok())
        .collect();
    if !keys.is_empty() {
        settle(service, report, &keys, broken_off.from, std::iter::empty()).await?;
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
        let limit = round.batch + stuck;
        let listed = store.going_stale(collection, before, limit).await?;
        let is_whole = listed.len() < limit;
        let keys: Vec<CacheKey> = listed
            .iter()
            .filter(|listed| !seen.contains(&listed.key))
            .map(|listed| listed.key.clone())
            .collect();
        stuck = listed.len() - keys.len();
        if keys.is_empty() && is_whole {
            return Ok(true);
        }
        if deadline.is_near() {
            report.remaining = Some(keys.len() as u64);
            return Ok(false);
        }
        seen.extend(keys.iter().cloned());
        report.looked_at += keys.len() as u64;
        let progress = Progress {
            batch: doubts::texts(&keys),
            from: now(),
        };
        turn.checkpoint(&progress).await?;
        let how = Refresh::default();
        let renewed = renew::all(service, report, keys.clone(), how, round.at_once).await?;
        settle(service, report, &keys, progress.from, renewed.changed()).await?;
        told::renew_answers(service, report, renewed.changed()).await?;
        turn.checkpoint(&Progress::default()).await?;
    }
}
