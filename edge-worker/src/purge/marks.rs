//! Marks of purges in Workers KV: the only word of a purge that reaches the caches of other data centres.
//!
//! A mark says when a tag or path was purged. A copy made before that isn't fresh any more. Marks are looked for when a
//! copy is served, once a minute for a path and isolate, because that is how long KV takes to spread them.

use std::cell::RefCell;
use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::Edge;
use crate::config::Config;
use crate::copies::Kept;
use crate::copies::durable::{Durable, LONGEST_KEY};
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

/// When a copy was purged since it was made, in unix seconds. If KV can't tell, it wasn't.
pub async fn purged_at(kept: &Kept, path: &str, edge: &Edge) -> Option<u64> {
    let store = Durable::of(&edge.env)?;
    let tags = kept.tags.as_deref().unwrap_or_default().split(',');
    let keys: Vec<String> = std::iter::once(path)
        .chain(tags.filter(|tag| !tag.is_empty()))
        .map(key)
        .collect();
    let mut purged_at = None;
    for keys in keys.chunks(BATCH) {
        let marks = store.kv().get_bulk(keys).cache_ttl(INTERVAL).text().await;
        let Ok(marks) = marks else {
            log::trouble("the marks of purges can't be read");
            break;
        };
        let marks = marks.values().flatten();
        let last: Option<u64> = marks.filter_map(|mark| mark.parse().ok()).max();
        purged_at = purged_at.max(last.filter(|at| *at >= kept.made_at));
    }
    purged_at
}

/// Marks a tag or path as purged `now`; whether that worked.
pub async fn mark(store: &Durable, what: &str, now: u64) -> bool {
    let put = match store.kv().put(&key(what), now.to_string()) {
        Ok(put) => put.expiration_ttl(KEEP).execute().await,
        Err(error) => Err(error),
    };
    put.is_ok()
}

/// The key of a tag's or path's mark. That of a long search is too long for KV.
fn key(what: &str) -> String {
    let key = format!("purged/{what}");
    if key.len() <= LONGEST_KEY {
        return key;
    }
    format!("purged/sha256/{}", hex::encode(Sha256::digest(what)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_has_a_key_that_the_store_takes() {
        assert_eq!(key("artist-x"), "purged/artist-x");
        let longest = "x".repeat(LONGEST_KEY - "purged/".len());
        assert_eq!(key(&longest), format!("purged/{longest}"));
        let [one, other] = ["y", "z"].map(|end| key(&format!("{longest}{end}")));
        assert_eq!(one.len(), "purged/sha256/".len() + 64);
        assert_ne!(one, other);
    }
}
