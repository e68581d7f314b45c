//! Sets of names in a note, which several runs add to and take from.

use std::collections::BTreeMap;

use crate::cache::{LONGEST_NOTE, Store};

use super::CrawlError;

/// How often a set is written that others write meanwhile.
const TRIES: usize = 10;

/// Names with the times, in unix seconds, at which they were first added.
pub(super) type Names = BTreeMap<String, u64>;

/// The set in a note.
pub(super) async fn read(store: &dyn Store, note: &str) -> Result<Names, CrawlError> {
    match store.note(note).await? {
        Some(note) => Ok(serde_json::from_slice(&note.value)?),
        None => Ok(Names::new()),
    }
}

/// Adds names, as of `now`, and removes others. What is there keeps its time. Of more than fit, the oldest go: whoever
/// relies on the set does so to be sooner, not to be right.
pub(super) async fn update(
    store: &dyn Store,
    note: &str,
    add: &[String],
    remove: &[String],
    now: u64,
) -> Result<(), CrawlError> {
    if add.is_empty() && remove.is_empty() {
        return Ok(());
    }
    for _ in 0..TRIES {
        let old = store.note(note).await?;
        let mut names: Names = match &old {
            Some(old) => serde_json::from_slice(&old.value)?,
            None => Names::new(),
        };
        names.retain(|name, _| !remove.contains(name));
        for name in add {
            names.entry(name.clone()).or_insert(now);
        }
        let mut value = serde_json::to_vec(&names)?;
        while value.len() > LONGEST_NOTE {
            forget_oldest(&mut names);
            value = serde_json::to_vec(&names)?;
        }
        let over = old.map(|old| old.version);
        if store.write_note(note, &value, over).await? {
            return Ok(());
        }
    }
    Err(CrawlError::Overtaken)
}

/// Removes the older half.
fn forget_oldest(names: &mut Names) {
    let mut times: Vec<u64> = names.values().copied().collect();
    times.sort_unstable();
    let middle = times[times.len() / 2];
    let before = names.len();
    names.retain(|_, time| *time > middle);
    if names.is_empty() {
        tracing::warn!(forgotten = before, "more names than a note holds");
    }
}
