//! Sets of names in a note, which several runs add to and take from.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cache::{LONGEST_NOTE, Store};

use super::CrawlError;

/// How often a note is written that others write meanwhile.
const TRIES: usize = 10;

/// Names with times, in unix seconds.
pub(super) type Names = BTreeMap<String, u64>;

/// What a note says; the default if there is none.
pub(super) async fn read<T: DeserializeOwned + Default>(
    store: &dyn Store,
    note: &str,
) -> Result<T, CrawlError> {
    match store.note(note).await? {
        Some(note) => Ok(serde_json::from_slice(&note.value)?),
        None => Ok(T::default()),
    }
}

/// Changes what a note says, however many do so at once. Returns what it says then.
pub(super) async fn edit<T: Serialize + DeserializeOwned + Default>(
    store: &dyn Store,
    note: &str,
    change: impl Fn(&mut T),
) -> Result<T, CrawlError> {
    for _ in 0..TRIES {
        let old = store.note(note).await?;
        let mut said: T = match &old {
            Some(old) => serde_json::from_slice(&old.value)?,
            None => T::default(),
        };
        change(&mut said);
        let value = serde_json::to_vec(&said)?;
        let over = old.map(|old| old.version);
        if store.write_note(note, &value, over).await? {
            return Ok(said);
        }
    }
    Err(CrawlError::Overtaken)
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
    edit(store, note, |names: &mut Names| {
        for name in remove {
            names.remove(name);
        }
        for name in add {
            names.entry(name.clone()).or_insert(now);
        }
        shorten(note, names);
    })
    .await?;
    Ok(())
}

/// A name, and when it was noted, by which it is told whether it has been noted again since.
pub(super) type Noted = (String, u64);

/// Notes names. One that is there already, and that somebody else may be about to strike off for an earlier cause, gets
/// another time, and stays.
pub(super) async fn note(
    store: &dyn Store,
    note: &str,
    new: &[String],
    now: u64,
) -> Result<Vec<Noted>, CrawlError> {
    let names = edit(store, note, |names: &mut Names| {
        for name in new {
            let time = names.get(name).map_or(now, |before| now.max(before + 1));
            names.insert(name.clone(), time);
        }
        shorten(note, names);
    })
    .await?;
    let noted = new.iter().map(|name| {
        let time = names.get(name).copied().unwrap_or(now);
        (name.clone(), time)
    });
    Ok(noted.collect())
}

/// Forgets names that are dealt with, unless they were noted again meanwhile: what was done then may not have been for
/// that.
pub(super) async fn strike_off(
    store: &dyn Store,
    note: &str,
    noted: &[Noted],
) -> Result<(), CrawlError> {
    if noted.is_empty() {
        return Ok(());
    }
    edit(store, note, |names: &mut Names| {
        for (name, time) in noted {
            if names.get(name) == Some(time) {
                names.remove(name);
            }
        }
    })
    .await?;
    Ok(())
}

/// What was noted at a moment or before, the earliest first.
pub(super) async fn noted(
    store: &dyn Store,
    note: &str,
    until: u64,
) -> Result<Vec<Noted>, CrawlError> {
    let names: Names = read(store, note).await?;
    let mut noted: Vec<Noted> = names
        .into_iter()
        .filter(|(_, time)| *time <= until)
        .collect();
    noted.sort_unstable_by(|(a, noted_a), (b, noted_b)| (noted_a, a).cmp(&(noted_b, b)));
    Ok(noted)
}

/// Forgets the oldest of names that are too many for a note, and tells of it.
fn shorten(note: &str, names: &mut Names) {
    while let Some(newest) = forget_oldest(names) {
        tracing::warn!(
            note,
            newest,
            "more names than a note holds: the oldest are forgotten"
        );
    }
}

/// Removes the older half of names that are too many for a note; the newest time among those that went, if any did.
pub(super) fn forget_oldest(names: &mut Names) -> Option<u64> {
    /// Quotes, colon, comma and the time.
    const BESIDE_NAME: usize = 24;
    let length: usize = names.keys().map(|name| name.len() + BESIDE_NAME).sum();
    if length <= LONGEST_NOTE {
        return None;
    }
    let mut by_age: Vec<(u64, String)> = names
        .iter()
        .map(|(name, time)| (*time, name.clone()))
        .collect();
    by_age.sort_unstable();
    by_age.truncate(by_age.len().div_ceil(2));
    for (_, name) in &by_age {
        names.remove(name);
    }
    by_age.last().map(|(time, _)| *time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::EmbeddedStore;

    fn names(range: std::ops::Range<u32>) -> Vec<String> {
        range.map(|number| format!("artist-{number:036}")).collect()
    }

    #[tokio::test]
    async fn a_set_keeps_first_times_and_forgets_the_oldest_when_it_is_full() {
        let folder = tempfile::tempdir().unwrap();
        let store = EmbeddedStore::open(folder.path()).unwrap();
        let update = async |add: &[String], remove: &[String], now| {
            update(&store, "test", add, remove, now).await.unwrap();
            read::<Names>(&store, "test").await.unwrap()
        };
        update(&names(0..2), &[], 5).await;
        let kept = update(&names(1..3), &names(0..1), 6).await;
        let expected = [(&names(1..2)[0], 5), (&names(2..3)[0], 6)];
        assert!(
            kept.iter()
                .eq(expected.iter().map(|(name, time)| (*name, time))),
            "{kept:?}"
        );

        // All of one age, and more than fit: some stay.
        let kept = update(&names(10..8_000), &[], 7).await;
        assert!((2_000..8_000).contains(&kept.len()), "{}", kept.len());
        assert_eq!(kept.values().min(), Some(&7), "the older ones went first");
    }

    #[tokio::test]
    async fn what_is_noted_again_while_it_is_dealt_with_stays() {
        let folder = tempfile::tempdir().unwrap();
        let store = EmbeddedStore::open(folder.path()).unwrap();
        let tags = ["artist-1", "artist-2"].map(str::to_owned);
        let left = async || noted(&store, "test", u64::MAX).await.unwrap();

        let first = note(&store, "test", &tags, 7).await.unwrap();
        // In the same second, by another run, which is then killed.
        note(&store, "test", &tags[..1], 7).await.unwrap();
        strike_off(&store, "test", &first).await.unwrap();
        assert_eq!(left().await, vec![("artist-1".to_owned(), 8_u64)]);
        assert!(noted(&store, "test", 7).await.unwrap().is_empty());

        let again = note(&store, "test", &tags[..1], 7).await.unwrap();
        strike_off(&store, "test", &again).await.unwrap();
        assert!(left().await.is_empty());
    }
}
