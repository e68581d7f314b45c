//! Marks of purges in Workers KV: the only word of a purge that reaches the caches of other data centres.
//!
//! A mark says when a tag or path was purged. A copy made before that isn't fresh any more. Marks are looked for when a
//! copy is served, once a minute for a path and isolate, because that is how long KV takes to spread them.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::Edge;
use crate::config::Config;
use crate::copies::Kept;
use crate::copies::durable::{Durable, key};
use crate::log;
use crate::patience::{FOR_A_WORD, within};

/// Seconds between two looks, and for which a data centre may answer from KV's own cache.
const INTERVAL: u64 = 60;
/// Seconds for which a mark is of interest: longer than an answer is fresh.
const KEEP: u64 = 7 * 24 * 3_600;
/// Marks that KV reads in one operation.
const BATCH: usize = 100;
/// What the keys of marks begin with.
const MARKS: &str = "purged/";
/// Paths whose last look an isolate remembers. Beyond them all are looked at anew.
const MOST_PATHS: usize = 4_096;

thread_local! {
    static LOOKED: RefCell<BTreeMap<String, u64>> = const { RefCell::new(BTreeMap::new()) };
}

/// Whether it is time to look for marks on a path's copy.
pub fn are_due(kept: &Kept, path: &str, now: u64, config: &Config) -> bool {
    // A copy that young was made after any mark that could be seen.
    if !config.is_durable || now.saturating_sub(kept.made_at) < INTERVAL {
        return false;
    }
    LOOKED.with_borrow(|looked| {
        looked
            .get(path)
            .is_none_or(|last| now.abs_diff(*last) >= INTERVAL)
    })
}

/// Remembers a look `now` for marks on a path's copy: until the next one is due, the copy counts as not purged.
pub fn looked(path: &str, now: u64) {
    LOOKED.with_borrow_mut(|looked| {
        if looked.len() >= MOST_PATHS {
            looked.clear();
        }
        looked.insert(path.to_owned(), now);
    });
}

/// KV can't tell, or not in time, whether there are marks.
#[derive(Debug, thiserror::Error)]
#[error("the marks of purges can't be read")]
pub struct Unreadable;

/// When a copy was purged since it was made, in unix seconds.
pub async fn purged_at(kept: &Kept, path: &str, edge: &Edge) -> Result<Option<u64>, Unreadable> {
    let Some(store) = Durable::of(&edge.env) else {
        return Ok(None);
    };
    let tags = kept.tags.as_deref().unwrap_or_default().split(',');
    let keys: Vec<String> = std::iter::once(path)
        .chain(tags.filter(|tag| !tag.is_empty()))
        .map(|what| key(MARKS, what))
        .collect();
    let look = async {
        for keys in keys.chunks(BATCH) {
            let marks = store.kv().get_bulk(keys).cache_ttl(INTERVAL).text().await;
            let marks = marks.map_err(|_| Unreadable)?;
            let marks = marks.values().flatten();
            let last: Option<u64> = marks.filter_map(|mark| mark.parse().ok()).max();
            let purged_at = last.filter(|at| *at >= kept.made_at);
            if purged_at.is_some() {
                return Ok(purged_at);
            }
        }
        Ok(None)
    };
    let found = within(FOR_A_WORD, look).await.unwrap_or(Err(Unreadable));
    found.inspect_err(|_| log::trouble("the marks of purges can't be read"))
}

/// Marks a tag or path as purged `now`; whether that worked.
pub async fn mark(store: &Durable, what: &str, now: u64) -> bool {
    let put = match store.kv().put(&key(MARKS, what), now.to_string()) {
        Ok(put) => put.expiration_ttl(KEEP).execute().await,
        Err(error) => Err(error),
    };
    put.is_ok()
}
