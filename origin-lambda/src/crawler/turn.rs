use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{CrawlError, Report};
use crate::cache::{Store, now_millis};

/// The right to run a task, and the task's note. Every write moves the note's version, which is the fencing token: a run
/// that was overtaken can't write any more, however late it wakes up.
pub(super) struct Turn {
    store: Arc<dyn Store>,
    name: String,
    /// How long a run that stopped without a word keeps others from starting.
    length: Duration,
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
        // A lease that lasts longer than ours would is of a clock that runs ahead.
        if state.holder.is_some() && now < state.until && state.until <= until {
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
            version: over.unwrap_or(0) + 1,
            state,
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
        match &self.state.progress {
            Value::Null => Ok(T::default()),
            progress => Ok(T::deserialize(progress)?),
        }
    }

    /// Notes how far this run has come, and that it goes on.
    pub async fn checkpoint(&mut self, progress: &impl Serialize) -> Result<(), CrawlError> {
        self.state.progress = serde_json::to_value(progress)?;
        self.go_on().await
    }

    /// Says that it goes on.
    pub async fn go_on(&mut self) -> Result<(), CrawlError> {
        self.state.until = lease(self.length).1;
        self.write().await
    }

    /// Gives the turn to whoever comes next.
    pub async fn end(mut self, report: Report) -> Result<(), CrawlError> {
        self.state.holder = None;
        self.state.last = Some(report);
        self.write().await
    }

    async fn write(&mut self) -> Result<(), CrawlError> {
        let value = serde_json::to_vec(&self.state)?;
        let written = self
            .store
            .write_note(&self.name, &value, Some(self.version))
            .await?;
        if !written {
            return Err(CrawlError::Overtaken);
        }
        self.version += 1;
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

    #[tokio::test]
    async fn a_run_that_was_overtaken_can_note_nothing_any_more() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        let mut late = take(&store).await.unwrap();
        late.checkpoint(&1).await.unwrap();
        // As if its lease had ended while it slept.
        late.state.until = 0;
        late.write().await.unwrap();

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
}
