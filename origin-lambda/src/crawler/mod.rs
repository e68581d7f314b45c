//! Keeping what is kept true: tasks that a schedule runs, each a little at a time.
//!
//! A run takes its [`turn`](turn::Turn), works in batches, notes after each how far it has come, and ends in good time
//! before it would be stopped. What it does twice does no harm, so it may be killed anywhere.

mod deadline;
mod doubts;
mod fill;
mod invalidate;
mod pending;
mod renew;
mod report;
mod round;
mod task;
mod timers;
mod told;
mod turn;

use std::sync::Arc;

use futures_util::future::{BoxFuture, FutureExt};

pub use deadline::Deadline;
pub use invalidate::{Record, record};
pub use report::{Report, last_report};
pub use task::Task;
pub use timers::run_timers;

use crate::cache::{StoreError, now};
use crate::catalogue::CatalogueError;
use crate::service::Service;
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
    /// The replica doesn't say how current it is.
    #[error("the replica has no replication date, so what changed can't be told")]
    Undated,
    /// Another run took over, because this one had let its lease end.
    #[error("another run has taken over")]
    Overtaken,
    /// What the last run noted can't be read.
    #[error("the note of how far the last run came can't be read")]
    Note(#[from] serde_json::Error),
}

/// A run, or why there was none.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    let store = service.cache.store();
    let Some(mut turn) = Turn::take(Arc::clone(store), task.name()).await? else {
        tracing::info!(task = task.name(), "another run is under way");
        return Ok(Outcome::UnderWay);
    };
    let mut report = Report::begin(task.name(), now());
    let worked = work(service, task, &mut turn, &mut report, deadline).await;
    report.end(now(), worked.as_ref().err());
    report.log();
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
        Task::CheckCatalogue => check(service).boxed(),
        Task::Invalidate { since } => {
            invalidate::run(service, turn, report, deadline, *since).boxed()
        }
        Task::InitialFill => fill::run(service, turn, report, deadline).boxed(),
        Task::SearchIndex => std::future::ready(Ok(())).boxed(),
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

async fn check(service: &Service) -> Result<(), CrawlError> {
    let replication = service.catalogue.replication().await?;
    replication.require_loaded()?;
    Ok(())
}
