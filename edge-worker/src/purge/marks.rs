//! Marks of purges in Workers KV: the only word of a purge that reaches the caches of other data centres.
//!
//! A mark says when a tag or path was purged. A copy made before that isn't fresh any more. Marks are looked for when a
//! copy is served, once a minute for a path and isolate, because that is how long KV takes to spread them.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::Edge;
use crate::copies::Kept;
use crate::copies::durable::Durable;
use crate::log;

/// Seconds between two looks, and for which a data centre may answer from KV's own cache.
const INTERVAL: u64 = 60;
/// Seconds for which a mark is of interest: longer than an answer is fresh.
const KEEP: u64 = 7 * 24 * 3_600;
/// Marks that KV reads in one operation.
const BATCH: usize = 100;
/// Paths whose last look an isolate remembers. Beyond them all are looked at anew.
const MOST_PATHS: usize = 4_096;

thread_local! {
    static LOOKED: RefCell<BTreeMap<String, u64>> = const { RefCell::new(BTreeMap::new()) };
}

/// Whether it is time to look for marks on a path's copy. Says so once in a while only.
pub fn is_due(kept: &Kept, path: &str, now: u64, edge: &Edge) -> bool {
    // A copy that young was made after any mark that could be seen.
    if !edge.config.is_durable || now.saturating_sub(kept.made_at) < INTERVAL {
        return false;
    }
    LOOKED.with_borrow_mut(|looked| {
        if looked
            .get(path)
            .is_some_and(|last| now.abs_diff(*last) < INTERVAL)
        {
            return false;
        }
        if looked.len() >= MOST_PATHS {
            looked.clear();
        }
        looked.insert(path.to_owned(), now);
        true
    })
}

/// Whether a copy was purged since it was made. If KV can't tell, it wasn't.
pub async fn is_purged(kept: &Kept, path: &str, edge: &Edge) -> bool {
    let Some(store) = Durable::of(&edge.env) else {
        return false;
    };
    let tags = kept.tags.as_deref().unwrap_or_default().split(',');
    let keys: Vec<String> = std::iter::once(path)
        .chain(tags.filter(|tag| !tag.is_empty()))
        .map(key)
        .collect();
    for keys in keys.chunks(BATCH) {
        let marks = store.kv().get_bulk(keys).cache_ttl(INTERVAL).text().await;
        let Ok(marks) = marks else {
            log::trouble("the marks of purges can't be read");
            return false;
        };
        let is_later = |mark: &String| mark.parse().is_ok_and(|at: u64| at >= kept.made_at);
        if marks.values().flatten().any(is_later) {
            return true;
        }
    }
    false
}

/// Marks a tag or path as purged `now`; whether that worked.
pub async fn mark(store: &Durable, what: &str, now: u64) -> bool {
    let put = match store.kv().put(&key(what), now.to_string()) {
        Ok(put) => put.expiration_ttl(KEEP).execute().await,
        Err(error) => Err(error),
    };
    put.is_ok()
}

fn key(what: &str) -> String {
    format!("purged/{what}")
}
