//! Keeping the search index up to date, and building it where there is none.

use std::pin::pin;
use std::time::Duration;

use super::turn::Turn;
use super::{CrawlError, Deadline, Report};
use crate::search::index::{IndexError, Indexer, Outcome};
use crate::service::Service;

/// How often a run says that it goes on, and looks whether it has time for that. Well below any sensible lease.
const PULSE: Duration = Duration::from_secs(5);

/// Brings in what changed in the replica. If time is up before that is done, the next run goes on from there: the index
/// is written page by page.
pub(super) async fn run(
    service: &Service,
    turn: &mut Turn,
    report: &mut Report,
    deadline: Deadline,
) -> Result<(), CrawlError> {
    let Some(databases) = &service.search_index else {
        report.complete = true;
        return Ok(());
    };
    let mut indexer = Indexer::connect(databases).await?;
    let outcome = {
        let mut indexing = pin!(indexer.run(false, |_| {}));
        loop {
            if let Ok(outcome) = tokio::time::timeout(PULSE, &mut indexing).await {
                break outcome;
            }
            if deadline.is_near() {
                return Ok(());
            }
            turn.go_on().await?;
        }
    };
    let outcome = match outcome {
        Err(forbidden @ IndexError::Forbidden { .. }) if is_kept(&indexer, service).await => {
            report.skipped = Some(forbidden.to_string());
            report.complete = true;
            return Ok(());
        }
        outcome => outcome?,
    };
    match outcome {
        Outcome::Built {
            artists, albums, ..
        } => {
            report.looked_at = (artists + albums).unsigned_abs();
            report.refreshed = report.looked_at;
        }
        Outcome::Refreshed(refreshed) => {
            report.looked_at = refreshed.looked_at as u64;
            report.refreshed = refreshed.changed as u64;
            report.unchanged = report.looked_at.saturating_sub(report.refreshed);
        }
    }
    report.complete = true;
    Ok(())
}

/// Whether somebody else keeps the index up to date: then it isn't ours to write. Without a current one, that we may not is
/// trouble, for searches answer 503.
async fn is_kept(indexer: &Indexer, service: &Service) -> bool {
    matches!(
        indexer.in_use().await,
        Ok(Some(index)) if index.require_current(service.catalogue.max_lag()).is_ok()
    )
}
