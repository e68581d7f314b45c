//! What is known of Spotify's ids, where answers link to them: links come and go with the artists and albums that have
//! them.

use std::sync::Arc;

use linernotes_shared::cache::CacheKey;

use super::{CrawlError, Report, renew};
use crate::cache::{Entry, Refresh};
use crate::service::Service;
use crate::spotify;

/// Finds out again what the ids are that kept answers link to, as far as something is kept of them that was found out
/// before `from` (unix seconds). What can't be found out now is left stale, and is the next round's.
///
/// To be asked before answers are built again, for links that they lose, and afterwards, for those that they get.
pub(super) async fn renew(
    service: &Arc<Service>,
    report: &mut Report,
    answers: impl Iterator<Item = &Arc<Entry>>,
    from: u64,
) -> Result<(), CrawlError> {
    let mut keys: Vec<CacheKey> = Vec::new();
    for entry in answers {
        for piece in [&entry.frame.before, &entry.frame.after] {
            // What is damaged is built again anyway.
            keys.extend(spotify::links(&piece.plain().unwrap_or_default()));
        }
    }
    keys.sort_unstable();
    keys.dedup();
    if keys.is_empty() {
        return Ok(());
    }
    let kept = service.cache.kept(&keys).await?.into_iter();
    let mut older: Vec<CacheKey> = kept
        .filter(|(_, entry)| entry.built_at < from.saturating_mul(1000))
        .map(|(key, _)| key)
        .collect();
    older.sort_unstable();
    service.cache.mark_stale(&older, from).await?;
    report.looked_at += older.len() as u64;
    renew::all(service, report, older, Refresh::default(), 1).await?;
    Ok(())
}

/// The same for those of some answers that are kept.
pub(super) async fn renew_of(
    service: &Arc<Service>,
    report: &mut Report,
    answers: &[CacheKey],
    from: u64,
) -> Result<(), CrawlError> {
    let kept = service.cache.kept(answers).await?;
    renew(service, report, kept.values(), from).await
}
