//! Renewing what changed in MusicBrainz.
//!
//! A [`Sweep`] goes through everything that changed since the last one, a page at a time. Of each page it marks what is
//! kept as stale, builds it again, and has copies of it purged. Marks and moments of change, not what a run remembers, tell
//! what is left to do: a sweep that was broken off goes on from its last page as if it had never stopped.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use linernotes_shared::cache::{CacheKey, Collection};

use super::settle::{TOUCH, album_artists};
use super::sweep::{Passed, Sweep};
use super::turn::Turn;
use super::{
    CrawlError, Deadline, Report, doubts, gone, lag, purges, renew, retries, settle, told,
    unsettled,
};
use crate::cache::{Refresh, Refreshed, Store, now};
use crate::service::Service;

/// A packet may bring what is some minutes older than the packet before: each sweep looks back a little further than the
/// last one came.
const OVERLAP: i64 = 30 * 60;

/// How far invalidation has come.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Progress {
    /// Date of the replica up to which everything is handled, unix seconds.
    handled: Option<i64>,
    /// The sweep under way.
    sweep: Option<Sweep>,
    /// What the last one passed.
    passed: Option<Passed>,
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
    purges::purge_pending(service, turn, deadline).await?;
    let mut progress: Progress = turn.progress()?;
    if progress.recorded_since == 0 {
        progress.recorded_since = now();
    }
    let replication = lag::look(service).await?;
    let date = replication.date.ok_or(CrawlError::Undated)?.as_second();
    // What this run itself doesn't find, or can't renew, has the next run's turn.
    let doubted = in_doubt(service).await?;
    let failed = retries::due(service).await?;
    if progress.handled.is_none() && is_empty(&**service.cache.store()).await? {
        // Whatever is built from now on is of this date or later.
        progress.handled = Some(date);
    }
    // First, or the sweep would find it overlooked and do the same.
    if !Box::pin(unsettled::settle(service, turn, report, deadline)).await? {
        return Ok(());
    }
    // One that was broken off goes on; what has come since is in another one.
    let fresh_seconds = service.lifetime.fresh_seconds();
    let mut next = progress.next_sweep(date, since, fresh_seconds);
    while let Some(sweep) = next {
        progress.sweep = Some(sweep.clone());
        turn.checkpoint(&progress).await?;
        let Some(until) = Box::pin(go_through(
            service,
            turn,
            report,
            deadline,
            &mut progress,
            sweep,
        ))
        .await?
        else {
            return Ok(());
        };
        progress.handled = Some(until);
        progress.passed = progress.sweep.take().map(|sweep| sweep.passed());
        next = progress.next_sweep(date, None, fresh_seconds);
    }
    progress.current = now();
    turn.checkpoint(&progress).await?;
    // Those that failed come last: they may take their time to fail again.
    report.complete = Box::pin(second_look(service, turn, report, deadline, &doubted)).await?
        && Box::pin(told::run(service, turn, report, deadline, &mut progress)).await?
        && Box::pin(retries::run(service, turn, report, deadline, &failed)).await?;
    purges::purge_patiently(service, turn, deadline).await?;
    Ok(())
}

impl Progress {
    fn begin(&self, since: i64, until: i64) -> Sweep {
        Sweep::new(since, until, self.passed)
    }

    /// The sweep to go on with, or the next one if the replica has moved or somebody wants one. Nothing that an earlier
    /// one left is passed over. One that is under way, and looks back as far as is wanted, isn't begun anew: who asks
    /// again and again until it is done shall come to the end.
    ///
    /// The first of all looks back as far as answers stay fresh: what was built earlier is stale by itself.
    fn next_sweep(&self, date: i64, wanted: Option<i64>, fresh_seconds: u64) -> Option<Sweep> {
        // What changed after the last packet isn't known to the replica.
        let wanted = wanted.map(|wanted| wanted.min(date));
        let due = match self.handled {
            Some(handled) if handled == date => None,
            Some(handled) => Some(handled.min(date) - OVERLAP),
            None => Some(date.saturating_sub_unsigned(fresh_seconds)),
        };
        match (&self.sweep, wanted) {
            (Some(sweep), None) => Some(sweep.clone()),
            (Some(sweep), Some(wanted)) if sweep.since <= wanted => Some(sweep.clone()),
            (Some(sweep), Some(wanted)) => {
                let since = wanted.min(sweep.since).min(due.unwrap_or(wanted));
                Some(self.begin(since, date))
            }
            (None, Some(wanted)) => Some(self.begin(wanted.min(due.unwrap_or(wanted)), date)),
            (None, None) => due.map(|since| self.begin(since, date)),
        }
    }
}

/// Whether nothing is kept that could be out of date.
async fn is_empty(store: &dyn Store) -> Result<bool, CrawlError> {
    for collection in [Collection::Artist, Collection::Album, Collection::Profile] {
        if !store.changed_since(collection, 0, 1).await?.is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
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
    loop {
        let changed = sweep.changed(service).await?;
        while let Some((entity, page)) = sweep.page(&changed, service.crawling.batch) {
            report.remaining = sweep.is_in_last_slice().then(|| sweep.remaining(&changed));
            if deadline.is_near() {
                return Ok(None);
            }
            let failed = sweep.renew(service, report, entity, &page).await?;
            retries::note(service, &failed, &[]).await?;
            sweep.pass(&page);
            progress.sweep = Some(sweep.clone());
            turn.checkpoint(progress).await?;
        }
        report.remaining = None;
        if !sweep.go_on() {
            return Ok(Some(sweep.until));
        }
        progress.sweep = Some(sweep.clone());
        turn.checkpoint(progress).await?;
        if deadline.is_near() {
            return Ok(None);
        }
    }
}

/// What wasn't found some time ago.
async fn in_doubt(service: &Service) -> Result<Vec<CacheKey>, CrawlError> {
    let wait = service.crawling.second_look_minutes * 60;
    doubts::due(&**service.cache.store(), now().saturating_sub(wait)).await
}

/// Looks again for what wasn't found some time ago. What still isn't there is gone. Whether it came to the end.
async fn second_look(
    service: &Arc<Service>,
    turn: &mut Turn,
    report: &mut Report,
    deadline: Deadline,
    due: &[CacheKey],
) -> Result<bool, CrawlError> {
    let store = service.cache.store();
    let believe = Refresh {
        believe_gone: true,
        ..Refresh::default()
    };
    for (number, keys) in due.chunks(service.crawling.batch).enumerate() {
        report.remaining = Some((due.len() - number * service.crawling.batch) as u64);
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
        retries::note(service, &touched.failed, &[]).await?;

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
        retries::note(service, &untold, &[]).await?;
        turn.go_on().await?;
        let settled: Vec<CacheKey> = renewed.outcomes.into_keys().collect();
        doubts::forget(&**store, &settled).await?;
    }
    report.remaining = None;
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
            sweep: sweep.map(|(since, until)| Sweep::new(since, until, None)),
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
            Some((7, 950_000)),
            "what came since then is the one's after it"
        );
        assert_eq!(
            next(Some(900_000), Some((7, 950_000)), Some(6)),
            Some((6, 1_000_000))
        );
        // Nobody can want what is still to come.
        assert_eq!(
            next(Some(1_000_000), None, Some(i64::MAX)),
            Some((1_000_000, 1_000_000))
        );
    }

    #[test]
    fn who_wants_the_same_sweep_again_has_it_go_on() {
        let mut sweep = Sweep::new(7, 1_000_000, None);
        sweep.pass(&["66c662b6-6e2f-4930-8610-912e24c63ed1".parse().unwrap()]);
        let progress = Progress {
            handled: Some(900_000),
            sweep: Some(sweep.clone()),
            ..Progress::default()
        };
        let next = |wanted| progress.next_sweep(1_000_000, wanted, DAY);
        assert_eq!(next(Some(7)), Some(sweep.clone()));
        assert_eq!(next(None), Some(sweep.clone()));
        assert_ne!(next(Some(6)), Some(sweep), "that is further back");
    }
}
