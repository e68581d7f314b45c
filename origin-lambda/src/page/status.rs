//! How the service is: every part looked at, none waited for long.

use std::future::Future;
use std::time::Duration;

use futures_util::future::join_all;

use crate::cache::{Counts, Finds};
use crate::catalogue::{IndexState, Replication};
use crate::crawler::{self, Report, Task};
use crate::providers::client::Health;
use crate::service::Service;
use crate::telemetry::with_causes;

/// What any part has to answer.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// Seconds since the last look for changes from which on one is missing, unless they are further apart: as of the alarm.
const LOOK_IS_LATE: u64 = 3_600;

/// How the service is.
#[derive(Clone, Debug)]
pub struct State {
    pub replica: Read<Replication>,
    /// Age from which on the replica doesn't prove that something doesn't exist.
    pub max_lag: Option<Duration>,
    pub index: Read<Option<IndexState>>,
    /// Who searches.
    pub search: &'static str,
    pub finds: Finds,
    pub store: Counts,
    pub providers: Vec<Health>,
    pub off: Vec<(&'static str, String)>,
    pub crawls: Vec<(&'static str, Read<Option<Report>>)>,
    /// Seconds since the last look for changes from which on one is missing.
    pub look_is_late: u64,
}

/// What a look at a part gave.
pub type Read<T> = Result<T, Unread>;

/// Why a part can't be told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// It didn't answer in time.
    Slow,
    /// It is in trouble; the log says which.
    Trouble,
}

/// How a look for changes ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It left nothing to the next one.
    Complete,
    /// It had no time for all; the next one goes on.
    Unfinished,
    /// By an error.
    BrokenOff,
}

impl State {
    /// How old the data is, in seconds.
    pub fn lag(&self, now: u64) -> Option<u64> {
        let date = self.replica.as_ref().ok()?.date?;
        Some(since(now, date.as_second()))
    }

    /// Seconds since the last look for changes ended, and how; `None` if there was none, or it can't be told.
    pub fn looked_for_changes(&self, now: u64) -> Option<(u64, Ending)> {
        let look = Task::Invalidate { since: None }.name();
        let (_, report) = self.crawls.iter().find(|(task, _)| *task == look)?;
        let report = report.as_ref().ok()?.as_ref()?;
        let ending = if report.error.is_some() {
            Ending::BrokenOff
        } else if report.complete {
            Ending::Complete
        } else {
            Ending::Unfinished
        };
        Some((now.saturating_sub(report.ended), ending))
    }
}

/// Seconds since a moment that the clock of another may have set.
pub fn since(now: u64, then: i64) -> u64 {
    now.saturating_sub(u64::try_from(then).unwrap_or(0))
}

/// Looks at everything at once.
pub async fn look(service: &Service) -> State {
    let (replica, index, crawls) = tokio::join!(
        in_time("replica", service.catalogue.replication()),
        in_time("search index", service.search.index()),
        join_all(Task::ALL.iter().map(|task| async {
            let store = &**service.cache.store();
            (
                task.name(),
                in_time("crawls", crawler::last_report(store, task)).await,
            )
        })),
    );
    let mut providers = service.providers.health();
    providers.extend(service.courtesy.health());
    State {
        replica,
        max_lag: service.catalogue.max_lag(),
        index,
        search: service.search.name(),
        finds: service.cache.finds(),
        store: service.cache.counts(),
        providers,
        off: service
            .providers
            .off()
            .iter()
            .map(|(name, off)| (*name, off.to_string()))
            .collect(),
        crawls,
        look_is_late: LOOK_IS_LATE.max(3 * 60 * service.crawling.invalidate_minutes),
    }
}

async fn in_time<T, E: std::error::Error>(
    part: &str,
    looking: impl Future<Output = Result<T, E>>,
) -> Read<T> {
    match tokio::time::timeout(PATIENCE, looking).await {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(error)) => {
            tracing::warn!(
                part,
                error = with_causes(&error),
                "not shown on the front page"
            );
            Err(Unread::Trouble)
        }
        Err(_) => Err(Unread::Slow),
    }
}
