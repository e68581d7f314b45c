use serde::{Deserialize, Serialize};

use super::turn::Turn;
use super::{CrawlError, Task};
use crate::cache::{Refreshed, Store};
use crate::telemetry::with_causes;

/// What a run did. Times are unix seconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Of which task.
    pub task: String,
    /// When it began.
    pub began: u64,
    /// When it ended.
    pub ended: u64,
    /// Subjects it looked at.
    pub looked_at: u64,
    /// Answers that say something else now, or are new.
    pub refreshed: u64,
    /// Answers that were built again and say what they said.
    pub unchanged: u64,
    /// Subjects that the catalogue doesn't know any more.
    pub missing: u64,
    /// Answers that couldn't be built. They stay as they were, and are tried again.
    pub failed: u64,
    /// Subjects left for the next run, if that is known.
    pub remaining: Option<u64>,
    /// For about how many seconds runs will still work, where that is told: of the first fill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds_left: Option<u64>,
    /// Whether there is nothing left to do for now.
    pub complete: bool,
    /// Why there was nothing to do for it, although there may be something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<String>,
    /// What broke it off.
    pub error: Option<String>,
}

impl Report {
    pub(super) fn begin(task: &str, now: u64) -> Self {
        Self {
            task: task.to_owned(),
            began: now,
            ..Self::default()
        }
    }

    pub(super) fn count(&mut self, refreshed: Refreshed) {
        match refreshed {
            Refreshed::New | Refreshed::Changed => self.refreshed += 1,
            Refreshed::Unchanged => self.unchanged += 1,
            Refreshed::Doubted | Refreshed::Gone | Refreshed::Unknown => self.missing += 1,
        }
    }

    pub(super) fn end(&mut self, now: u64, error: Option<&CrawlError>) {
        self.ended = now;
        self.error = error.map(|error| with_causes(error));
        self.complete &= self.error.is_none();
    }

    /// How it went, in a word.
    pub(super) const fn outcome(&self) -> &'static str {
        match (&self.error, self.complete) {
            (Some(_), _) => "failed",
            (None, false) => "unfinished",
            (None, true) => "finished",
        }
    }

    pub(super) fn log(&self) {
        tracing::info!(
            task = self.task,
            seconds = self.ended.saturating_sub(self.began),
            looked_at = self.looked_at,
            refreshed = self.refreshed,
            unchanged = self.unchanged,
            missing = self.missing,
            failed = self.failed,
            remaining = self.remaining,
            seconds_left = self.seconds_left,
            complete = self.complete,
            skipped = self.skipped,
            error = self.error,
            "crawled"
        );
    }
}

/// How the last run of a task went, if one has ended.
pub async fn last_report(store: &dyn Store, task: &Task) -> Result<Option<Report>, CrawlError> {
    Ok(Turn::look(store, task.name()).await?.last)
}
