//! Keeping what is kept true: tasks that a schedule runs, each a little at a time.
//!
//! A run takes its [`turn`](turn::Turn), works in batches, notes after each how far it has come, and ends in good time
//! before it would be stopped. What it does twice does no harm, so it may be killed anywhere.

mod deadline;
mod doubts;
mod fill;
mod gone;
mod invalidate;
mod lag;
mod linked;
mod newest;
mod page;
mod pending;
mod purges;
mod records;
mod refresh;
mod renew;
mod report;
mod retries;
mod round;
mod search_index;
mod settle;
mod sweep;
mod task;
mod timers;
mod told;
mod turn;
mod unsettled;

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::{BoxFuture, FutureExt};

use serde::Serialize;

pub use deadline::Deadline;
pub use gone::gone_since;
pub use invalidate::{Record, record};
pub(crate) use newest::{look as look_for_newest, note as note_newest};
pub use refresh::refresh;
pub use report::{Report, last_report};
pub use task::{Task, TaskError};
pub use timers::run_timers;
pub(crate) use unsettled::note as note_changes;

use crate::cache::{RefreshError, StoreError, now};
use crate::catalogue::CatalogueError;
use crate::search::index::IndexError;
use crate::service::Service;
use crate::telemetry::{figures, with_causes};
use turn::Turn;

/// A run ended before its time. What it had noted is kept, and the next run goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum CrawlError {
    /// The store doesn't take or give what a run needs.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The replica can't be read.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// The one answer that was to be built again isn't.
    #[error(transparent)]
    Refresh(#[from] RefreshError),
    /// The replica doesn't say how current it is.
    #[error("the replica has no replication date, so what changed can't be told")]
    Undated,
    /// The search index can't be brought up to date.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// Another run took over, because this one had let its lease end.
    #[error("another run has taken over")]
    Overtaken,
    /// What the last run noted can't be read.
    #[error("the note of how far the last run came can't be read")]
    Note(#[from] serde_json::Error),
}

/// A run, or why there was none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum Outcome {
    /// It ran; the report says how far it came.
    Ran(Report),
    /// Another run of the same task is under way.
    UnderWay,
}

/// Runs a task until it is done or the deadline is near.
pub async fn run(
    service: &Arc<Service>,
    task: &Task,
    deadline: Deadline,
) -> Result<Outcome, CrawlError> {
    let outcome = run_in_turn(service, task, deadline).await;
    match &outcome {
        Ok(_) => {}
        // The other one goes on.
        Err(error @ CrawlError::Overtaken) => {
            tracing::warn!(
                task = task.name(),
                error = with_causes(error),
                "crawl broken off"
            );
        }
        Err(error) => {
            tracing::error!(
                task = task.name(),
                error = with_causes(error),
                "crawl broken off; the next one goes on from there"
            );
        }
    }
    outcome
}

async fn run_in_turn(
    service: &Arc<Service>,
    task: &Task,
    deadline: Deadline,
) -> Result<Outcome, CrawlError> {
    let store = service.cache.store();
    let lease = Duration::from_secs(service.crawling.lease_seconds);
    let Some(mut turn) = Turn::take(Arc::clone(store), task.name(), lease).await? else {
        tracing::info!(task = task.name(), "another run is under way");
        return Ok(Outcome::UnderWay);
    };
    let (mut report, started) = (Report::begin(task.name(), now()), Instant::now());
    let beats = turn.clone();
    let working = beats.keep(work(service, task, &mut turn, &mut report, deadline));
    let worked = tokio::select! {
        biased;
        worked = working => worked,
        // As if it had been killed, but for the report: what is built is built, and the next run does the page again.
        () = deadline.over() => Ok(()),
    };
    report.end(now(), worked.as_ref().err());
    report.log();
    figures().crawled(task.name(), report.outcome(), started.elapsed());
    match worked {
        Err(CrawlError::Overtaken) => Err(CrawlError::Overtaken),
        Err(error) => {
            // So that the next run needn't wait for the lease to end. If that fails too, it waits.
            let _ = turn.end(report).await;
            Err(error)
        }
        Ok(()) => {
            turn.end(report.clone()).await?;
            Ok(Outcome::Ran(report))
        }
    }
}

/// What a task does, whichever it is. Boxed, for the futures within are deep.
fn work<'a>(
    service: &'a Arc<Service>,
    task: &'a Task,
    turn: &'a mut Turn,
    report: &'a mut Report,
    deadline: Deadline,
) -> BoxFuture<'a, Result<(), CrawlError>> {
    match task {
        Task::CheckCatalogue => check(service, report).boxed(),
        Task::AcceptReplica => accept(service, report).boxed(),
        Task::Invalidate { since } => {
            invalidate::run(service, turn, report, deadline, *since).boxed()
        }
        Task::InitialFill { anew } => fill::run(service, turn, report, deadline, *anew).boxed(),
        Task::SearchIndex => search_index::run(service, turn, report, deadline).boxed(),
        Task::Artists
        | Task::Albums
        | Task::Wikipedia
        | Task::Fanart
        | Task::TheAudioDb
        | Task::SpotifyMaps => {
            let round = round::Round::of(task, &service.crawling);
            async move { round::run(service, turn, report, deadline, &round).await }.boxed()
        }
    }
}

async fn check(service: &Service, report: &mut Report) -> Result<(), CrawlError> {
    lag::look(service).await?;
    report.complete = true;
    Ok(())
}

async fn accept(service: &Service, report: &mut Report) -> Result<(), CrawlError> {
    let replication = service.catalogue.replication().await?;
    replication.require_loaded()?;
    let date = replication.date.ok_or(CrawlError::Undated)?;
    newest::accept(&**service.cache.store(), date.as_second()).await?;
    newest::look_surely(service).await?;
    report.complete = true;
    Ok(())
}
