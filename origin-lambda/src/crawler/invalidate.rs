//! Renewing what changed in MusicBrainz.
//!
//! A [`Sweep`] goes through everything that changed since the last one, a page at a time. Of each page it marks what is
//! kept as stale, builds it again, and has copies of it purged. Marks and moments of change, not what a run remembers, tell
//! what is left to do: a sweep that was broken off goes on from its last page as if it had never stopped.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use linernotes_shared::cache::CacheKey;

use super::pending::{self, Names};
use super::settle::{TOUCH, album_artists};
use super::sweep::{self, Changed, Sweep};
use super::turn::Turn;
use super::{CrawlError, Deadline, Report, doubts, gone, lag, purges, renew, settle, told};
use crate::cache::{Refresh, Refreshed, Store, now};
use crate::service::Service;

/// A packet may bring what is some minutes older than the packet before, and a build that began before a change may end
/// after its mark: each sweep looks back a little further than the last one came.
const OVERLAP: i64 = 30 * 60;

/// Note of the keys that couldn't be renewed.
const RETRIES: &str = "retries";

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
    purges::purge_pending(service).await?;
    let mut progress: Progress = turn.progress()?;
    if progress.recorded_since == 0 {
        progress.recorded_since = now();
    }
    let replication = lag::look(service).await?;
    let date = replication.date.ok_or(CrawlError::Undated)?.as_second();
    let done = second_look(service, turn, report, deadline).await?
        && retry(service, turn, report, deadline).await?;
    if !done {
        return Ok(());
    }
    // One that was broken off goes on; what has come since is in another one.
    let fresh_seconds = service.lifetime.fresh_seconds();
    let mut next = progress.next_sweep(date, since, fresh_seconds);
    while let Some(sweep) = next {
        progress.sweep = Some(sweep.clone());
        turn.checkpoint(&progress).await?;
        let Some(until) = go_through(service, turn, report, deadline, &mut progress, sweep).await?
        else {
            return Ok(());
        };
        progress.handled = Some(until);
        progress.sweep = None;
        next = progress.next_sweep(date, None, fresh_seconds);
    }
    progress.current = now();
    turn.checkpoint(&progress).await?;
    told::run(service, turn, report, &mut progress).await?;
    purges::purge_pending(service).await?;
    report.complete = true;
    Ok(())
}

impl Progress {
    /// The sweep to go on with, or the next one if the replica has moved or somebody wants one. Nothing that an earlier
    /// one left is passed over.
    ///
    /// The first of all looks back as far as answers stay fresh: what was built earlier is stale by itself.
    fn next_sweep(&self, date: i64, wanted: Option<i64>, fresh_seconds: u64) -> Option<Sweep> {
        let due = match self.handled {
            Some(handled) if handled == date => None,
            Some(handled) => Some(handled.min(date) - OVERLAP),
            None => Some(date.saturating_sub_unsigned(fresh_seconds)),
        };
        match (&self.sweep, wanted) {
            (Some(sweep), None) => Some(sweep.clone()),
            (Some(sweep), Some(wanted)) => {
                let since = wanted.min(sweep.since).min(due.unwrap_or(wanted));
                Some(Sweep::new(since, date))
            }
            (None, Some(wanted)) => Some(Sweep::new(wanted.min(due.unwrap_or(wanted)), date)),
            (None, None) => due.map(|since| Sweep::new(since, date)),
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
    let changed = Changed::since(service, sweep.since).await?;
    while let Some((entity, page)) = sweep.page(&changed, service.crawling.batch) {
        if deadline.is_near() {
            report.remaining = Some(sweep.remaining(&changed));
            return Ok(None);
        }
        let failed = sweep.renew(service, report, entity, &page).await?;
        note_retries(service, &failed, &[]).await?;
        sweep.pass(&page);
        progress.sweep = Some(sweep.clone());
        turn.checkpoint(progress).await?;
    }
    Ok(Some(sweep.until))
}

/// Tries again what couldn't be renewed. Whether it came to the end.
async fn retry(
    service: &Arc<Service>,
    turn: &mut Turn,
    report: &mut Report,
    deadline: Deadline,
) -> Result<bool, CrawlError> {
    let names: Names = pending::read(&**service.cache.store(), RETRIES).await?;
    let keys: Vec<CacheKey> = names.keys().filter_map(|key| key.parse().ok()).collect();
    for page in keys.chunks(service.crawling.batch) {
        if deadline.is_near() {
            return Ok(false);
        }
        let failed = sweep::again(service, report, page).await?;
        let settled: Vec<CacheKey> = page
            .iter()
            .filter(|key| !failed.contains(key))
            .cloned()
            .collect();
        note_retries(service, &failed, &settled).await?;
        turn.go_on().await?;
    }
    Ok(true)
}

async fn note_retries(
    service: &Service,
    failed: &[CacheKey],
    settled: &[CacheKey],
) -> Result<(), CrawlError> {
    let (add, remove) = (doubts::texts(failed), doubts::texts(settled));
    pending::update(&**service.cache.store(), RETRIES, &add, &remove, now()).await
}

/// Looks again for what wasn't found some time ago. What still isn't there is gone. Whether it came to the end.
async fn second_look(
    service: &Arc<Service>,
    turn: &mut Turn,
    report: &mut Report,
    deadline: Deadline,
) -> Result<bool, CrawlError> {
    let store = service.cache.store();
    let wait = service.crawling.second_look_minutes * 60;
    let due = doubts::due(&**store, now().saturating_sub(wait)).await?;
    let believe = Refresh {
        believe_gone: true,
        ..Refresh::default()
    };
    for keys in due.chunks(service.crawling.batch) {
        if deadline.is_near() {
            return Ok(false);
        }
        report.looked_at += keys.len() as u64;
        let from = now();
        // An album that is gone names its artist no more.
        let kept = service.cache.kept(keys).await?;
        let artists = service.cache.kept(&album_artists(kept.iter())).await?;
        let artists = settle::in_order(artists.into_keys());
        let at_once = service.crawling.at_once;
        let touched = renew::all(service, report, artists, TOUCH, at_once).await?;
        note_retries(service, &touched.failed, &[]).await?;

        let renewed = renew::all(service, report, keys.to_vec(), believe, at_once).await?;
        let is_gone =
            |refreshed: &Refreshed| matches!(refreshed, Refreshed::Gone | Refreshed::Unknown);
        let missing: Vec<CacheKey> = renewed
            .outcomes
            .iter()
            .filter(|(_, refreshed)| is_gone(refreshed))
            .map(|(key, _)| key.clone())
            .collect();
        gone::note(&**store, &missing, now()).await?;
        // Those of a run that was stopped before it came here count too.
        let changed = renewed
            .changed()
            .chain(&missing)
            .chain(touched.outcomes.keys());
        let untold = settle::settle(service, report, keys, from, changed).await?;
        note_retries(service, &untold, &[]).await?;
        let settled: Vec<CacheKey> = renewed.outcomes.into_keys().collect();
        doubts::forget(&**store, &settled).await?;
        turn.go_on().await?;
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400;

    fn next(
        handled: Option<i64>,
        sweep: Option<(i64, i64)>,
        wanted: Option<i64>,
    ) -> Option<(i64, i64)> {
        let progress = Progress {
            handled,
            sweep: sweep.map(|(since, until)| Sweep::new(since, until)),
            ..Progress::default()
        };
        let next = progress.next_sweep(1_000_000, wanted, DAY);
        next.map(|sweep| (sweep.since, sweep.until))
    }

    #[test]
    fn no_sweep_passes_over_what_an_earlier_one_left() {
        // The first of all.
        assert_eq!(
            next(None, None, None),
            Some((1_000_000 - 86_400, 1_000_000))
        );
        // The replica hasn't moved.
        assert_eq!(next(Some(1_000_000), None, None), None);
        assert_eq!(next(Some(1_000_000), None, Some(5)), Some((5, 1_000_000)));
        // It has.
        assert_eq!(next(Some(900_000), None, None), Some((898_200, 1_000_000)));
        // It was put back to an older state.
        assert_eq!(
            next(Some(2_000_000), None, None),
            Some((998_200, 1_000_000))
        );
        // Somebody wants less than is due, and gets all.
        assert_eq!(
            next(Some(900_000), None, Some(999_000)),
            Some((898_200, 1_000_000))
        );
        assert_eq!(next(None, None, Some(999_000)), Some((913_600, 1_000_000)));
        // One is under way.
        assert_eq!(
            next(Some(900_000), Some((7, 950_000)), None),
            Some((7, 950_000))
        );
        assert_eq!(
            next(Some(900_000), Some((7, 950_000)), Some(9)),
            Some((7, 1_000_000))
        );
    }
}
