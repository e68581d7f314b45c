use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::timeout;
use uuid::Uuid;

use super::{CrawlError, Report};
use crate::cache::{Store, now_millis};
use crate::telemetry::with_causes;

/// A run says that it goes on this many times within a lease.
const BEATS: u32 = 4;

/// The right to run a task, and the task's note. Every write moves the note's version, which is the fencing token: a run
/// that was overtaken can't write any more, however late it wakes up.
#[derive(Clone)]
pub(super) struct Turn {
    store: Arc<dyn Store>,
    name: String,
    /// How long a run that stopped without a word keeps others from starting.
    length: Duration,
    /// How far the runs have come.
    progress: Value,
    /// The note as it was last written: by the work, or by who says meanwhile that it goes on.
    noted: Arc<Mutex<Noted>>,
}

struct Noted {
    version: u64,
    state: State,
}

/// What is noted of a task.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct State {
    /// Whose turn it is.
    holder: Option<String>,
    /// Until when, if they don't say that they go on; unix milliseconds.
    until: u64,
    /// How far the runs have come.
    pub progress: Value,
    /// How the last run went that ended.
    pub last: Option<Report>,
}

impl Turn {
    /// Takes the turn; `None` if another has it.
    pub async fn take(
        store: Arc<dyn Store>,
        task: &str,
        length: Duration,
    ) -> Result<Option<Self>, CrawlError> {
        let name = note_name(task);
        let note = store.note(&name).await?;
        let mut state: State = match &note {
            Some(note) => serde_json::from_slice(&note.value)?,
            None => State::default(),
        };
        let (now, until) = lease(length);
        // Clocks differ by a little. A lease that lasts far longer than ours would is of a clock that was wrong.
        let longest = until + (until - now);
        if state.holder.is_some() && now < state.until && state.until <= longest {
            return Ok(None);
        }
        state.holder = Some(Uuid::new_v4().to_string());
        state.until = until;
        let over = note.map(|note| note.version);
        let value = serde_json::to_vec(&state)?;
        let taken = store.write_note(&name, &value, over).await?;
        Ok(taken.then_some(Self {
            store,
            name,
            length,
            progress: state.progress.clone(),
            noted: Arc::new(Mutex::new(Noted {
                version: over.unwrap_or(0) + 1,
                state,
            })),
        }))
    }

    /// What is noted of a task, without taking the turn.
    pub async fn look(store: &dyn Store, task: &str) -> Result<State, CrawlError> {
        match store.note(&note_name(task)).await? {
            Some(note) => Ok(serde_json::from_slice(&note.value)?),
            None => Ok(State::default()),
        }
    }

    /// How far the runs have come; the default for the first one.
    pub fn progress<T: DeserializeOwned + Default>(&self) -> Result<T, CrawlError> {
        match &self.progress {
            Value::Null => Ok(T::default()),
            progress => Ok(T::deserialize(progress)?),
        }
    }

    /// Notes how far this run has come, and that it goes on.
    pub async fn checkpoint(&mut self, progress: &impl Serialize) -> Result<(), CrawlError> {
        self.progress = serde_json::to_value(progress)?;
        let (progress, until) = (self.progress.clone(), lease(self.length).1);
        self.write(|state| {
            state.progress = progress;
            state.until = until;
        })
        .await
    }

    /// Says that it goes on.
    pub async fn go_on(&self) -> Result<(), CrawlError> {
        let until = lease(self.length).1;
        self.write(|state| state.until = until).await
    }

    /// Does the run's work, and says all the while that it goes on, however long the work takes for a page. Work whose run
    /// was overtaken isn't gone on with.
    pub async fn keep<T>(
        &self,
        work: impl Future<Output = Result<T, CrawlError>>,
    ) -> Result<T, CrawlError> {
        let mut work = pin!(work);
        loop {
            if let Ok(worked) = timeout(self.length / BEATS, &mut work).await {
                return worked;
            }
            let beat = pin!(self.go_on());
            match select(work.as_mut(), beat).await {
                Either::Left((worked, beat)) => {
                    // A write that is given up may still come to pass, in the way of the last one.
                    let _ = beat.await;
                    return worked;
                }
                Either::Right((Ok(()), _)) => {}
                Either::Right((Err(CrawlError::Overtaken), _)) => {
                    return Err(CrawlError::Overtaken);
                }
                Either::Right((Err(error), _)) => {
                    // There is time for some more before the lease ends.
                    tracing::warn!(
                        note = self.name,
                        error = with_causes(&error),
                        "not noted that a run goes on"
                    );
                }
            }
        }
    }

    /// Gives the turn to whoever comes next.
    pub async fn end(self, report: Report) -> Result<(), CrawlError> {
        self.write(|state| {
            state.holder = None;
            state.last = Some(report);
        })
        .await
    }

    async fn write(&self, change: impl FnOnce(&mut State)) -> Result<(), CrawlError> {
        let mut noted = self.noted.lock().await;
        let holder = noted.state.holder.clone();
        change(&mut noted.state);
        let value = serde_json::to_vec(&noted.state)?;
        let put = async |over: u64| self.store.write_note(&self.name, &value, Some(over)).await;
        if !put(noted.version).await? {
            // It may be this run's own write that is in the way: one that was given up, or whose answer was lost.
            let Some(note) = self.store.note(&self.name).await? else {
                return Err(CrawlError::Overtaken);
            };
            let state: State = serde_json::from_slice(&note.value)?;
            if state.holder != holder || !put(note.version).await? {
                return Err(CrawlError::Overtaken);
            }
            noted.version = note.version;
        }
        noted.version += 1;
        Ok(())
    }
}

fn note_name(task: &str) -> String {
    format!("task/{task}")
}

/// Now, and the end of a lease that begins now; unix milliseconds.
fn lease(length: Duration) -> (u64, u64) {
    let now = now_millis();
    let length = u64::try_from(length.as_millis()).expect("a lease is short");
    (now, now + length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::EmbeddedStore;

    fn store(folder: &std::path::Path) -> Arc<dyn Store> {
        Arc::new(EmbeddedStore::open(folder).unwrap())
    }

    async fn take(store: &Arc<dyn Store>) -> Option<Turn> {
        let lease = Duration::from_secs(120);
        Turn::take(Arc::clone(store), "test", lease).await.unwrap()
    }

    #[tokio::test]
    async fn one_run_has_the_turn_and_leaves_its_progress_to_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        let mut first = take(&store).await.unwrap();
        assert!(take(&store).await.is_none());
        assert_eq!(first.progress::<u32>().unwrap(), 0);
        first.checkpoint(&7).await.unwrap();
        assert!(take(&store).await.is_none());
        first.end(Report::default()).await.unwrap();

        let next = take(&store).await.unwrap();
        assert_eq!(next.progress::<u32>().unwrap(), 7);
        let seen = Turn::look(&*store, "test").await.unwrap();
        assert_eq!(seen.last, Some(Report::default()));
    }

    /// As if a run's lease ended so many milliseconds later.
    async fn lengthen(turn: &Turn, millis: i64) {
        turn.write(|state| state.until = state.until.saturating_add_signed(millis))
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn a_run_that_was_overtaken_can_note_nothing_any_more() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        let mut late = take(&store).await.unwrap();
        late.checkpoint(&1).await.unwrap();
        // As if its lease had ended while it slept.
        lengthen(&late, i64::MIN).await;

        let mut next = take(&store).await.unwrap();
        assert!(matches!(
            late.checkpoint(&2).await,
            Err(CrawlError::Overtaken)
        ));
        assert!(matches!(
            late.end(Report::default()).await,
            Err(CrawlError::Overtaken)
        ));
        assert_eq!(next.progress::<u32>().unwrap(), 1);
        next.checkpoint(&3).await.unwrap();
    }

    #[tokio::test]
    async fn a_clock_that_is_ahead_keeps_its_turn_and_one_that_was_wrong_blocks_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        let ahead = take(&store).await.unwrap();
        lengthen(&ahead, 5_000).await;
        assert!(take(&store).await.is_none(), "by five seconds");
        lengthen(&ahead, 24 * 60 * 60 * 1_000).await;
        assert!(take(&store).await.is_some(), "by a day");
    }

    #[tokio::test]
    async fn a_run_keeps_its_turn_for_as_long_as_its_work_takes() {
        const LEASE: Duration = Duration::from_millis(1_500);
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        let take = async || Turn::take(Arc::clone(&store), "test", LEASE).await.unwrap();
        let mut turn = take().await.unwrap();
        let beats = turn.clone();
        let work = async {
            turn.checkpoint(&1).await?;
            // Long after the lease that it was given.
            tokio::time::sleep(LEASE * 2).await;
            let is_another_let_in = take().await.is_some();
            turn.checkpoint(&2).await?;
            Ok(is_another_let_in)
        };
        assert!(!beats.keep(work).await.unwrap());
        turn.end(Report::default()).await.unwrap();
        assert_eq!(take().await.unwrap().progress::<u32>().unwrap(), 2);
    }

    #[tokio::test]
    async fn work_whose_run_was_overtaken_is_not_gone_on_with() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        let lease = Duration::from_millis(400);
        let turn = Turn::take(Arc::clone(&store), "test", lease).await;
        let turn = turn.unwrap().unwrap();
        lengthen(&turn, i64::MIN).await;
        let _next = take(&store).await.unwrap();
        let kept: Result<(), CrawlError> = turn.keep(std::future::pending()).await;
        assert!(matches!(kept, Err(CrawlError::Overtaken)));
    }

    #[tokio::test]
    async fn a_write_of_its_own_that_was_given_up_doesnt_end_a_run() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        let turn = take(&store).await.unwrap();
        // It came to pass, but nobody was told.
        let note = store.note("task/test").await.unwrap().unwrap();
        let written = store.write_note("task/test", &note.value, Some(note.version));
        assert!(written.await.unwrap());
        turn.end(Report::default()).await.unwrap();
        let seen = Turn::look(&*store, "test").await.unwrap();
        assert_eq!(seen.last, Some(Report::default()));
    }
}
