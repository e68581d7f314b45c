//! What was found gone: it has no answer any more by which it could be listed, but Lidarr is to hear of it.

use serde::{Deserialize, Serialize};

use linernotes_shared::cache::{CacheKey, Collection};

use super::CrawlError;
use super::pending::{self, Names};
use crate::cache::{Listed, Store};

const NOTE: &str = "gone";

/// Lidarr doesn't ask for what is older than 14 days.
const KEPT_FOR: u64 = 30 * 24 * 60 * 60;

/// What the note says.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Gone {
    /// Keys with the times at which they were found gone, unix seconds.
    keys: Names,
    /// Of this time and earlier, some are missing.
    forgotten: u64,
}

/// Notes keys that are gone as of `now`.
pub(super) async fn note(store: &dyn Store, keys: &[CacheKey], now: u64) -> Result<(), CrawlError> {
    if keys.is_empty() {
        return Ok(());
    }
    pending::edit(store, NOTE, |gone: &mut Gone| {
        let oldest = now.saturating_sub(KEPT_FOR);
        gone.keys.retain(|_, time| *time > oldest);
        gone.forgotten = gone.forgotten.max(oldest);
        for key in keys {
            gone.keys.insert(key.as_str().to_owned(), now);
        }
        while let Some(newest) = pending::forget_oldest(&mut gone.keys) {
            gone.forgotten = gone.forgotten.max(newest);
        }
    })
    .await?;
    Ok(())
}

/// What of a collection was found gone at `since` (unix seconds) or later; `None` if some of it was forgotten.
pub async fn gone_since(
    store: &dyn Store,
    collection: Collection,
    since: u64,
) -> Result<Option<Vec<Listed>>, CrawlError> {
    let gone: Gone = pending::read(store, NOTE).await?;
    if since <= gone.forgotten {
        return Ok(None);
    }
    let keys = gone.keys.into_iter().filter(|(_, time)| *time >= since);
    let listed = keys.filter_map(|(key, time)| {
        let key: CacheKey = key.parse().ok()?;
        (key.collection() == collection).then_some(Listed { key, time })
    });
    Ok(Some(listed.collect()))
}
