//! Renewing what goes stale, before anybody finds it so.

use std::collections::HashSet;
use std::sync::Arc;

use linernotes_shared::cache::{CacheKey, Collection};

use super::turn::Turn;
use super::{CrawlError, Deadline, Report, Task, doubts, renew, told};
use crate::cache::{Refresh, Refreshed, now};
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

/// Renews what goes stale within the look-ahead, the earliest first.
pub(super) async fn run(
    service: &Arc<Service>,
    turn: &mut Turn,
    report: &mut Report,
    deadline: Deadline,
    round: &Round,
) -> Result<(), CrawlError> {
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
        let number = keys.len();
        let renewed = renew::all(service, keys, Refresh::default(), round.at_once).await;
        report.failed += (number - renewed.len()) as u64;
        let (mut doubted, mut changed) = (Vec::new(), Vec::new());
        for (key, refreshed) in renewed {
            report.count(refreshed);
            match refreshed {
                Refreshed::Doubted => doubted.push(key),
                Refreshed::New | Refreshed::Changed => changed.push(key),
                Refreshed::Unchanged | Refreshed::Gone => {}
            }
        }
        doubts::note(&**store, &doubted, now()).await?;
        told::renew_answers(service, report, &changed).await?;
        turn.go_on().await?;
    }
}
