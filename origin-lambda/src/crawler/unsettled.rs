//! What requests have changed. A request builds what is stale, ahead of the crawler, which then finds it as it should
//! be: that it changed is noted, so that what follows is done all the same.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use linernotes_shared::cache::CacheKey;

use super::pending::{self, Noted};
use super::settle;
use super::turn::Turn;
use super::{CrawlError, Deadline, Report, doubts, retries};
use crate::cache::{Built, Kind, StoreError, now};
use crate::service::Service;
use crate::telemetry::with_causes;

const NOTE: &str = "unsettled";

/// Seconds from the note until what it is of is kept, whatever the store has to do.
const KEPT_AFTER: u64 = 2;

/// How long a build may take longer for it.
const PATIENCE: Duration = Duration::from_millis(500);

/// Notes what of a build isn't what is kept, before it is kept itself, as far as the store is quick enough. Without a word of
/// trouble to who asks.
pub async fn note(service: &Service, key: &CacheKey, built: &Built) {
    let noting = async {
        let changes = service.cache.changes(key, built).await?;
        if !changes.is_empty() {
            let names = doubts::texts(&changes);
            pending::note(&**service.cache.store(), NOTE, &names, now()).await?;
        }
        Ok(())
    };
    let noted = timeout(PATIENCE, noting).await;
    if let Err(error) = noted.unwrap_or(Err(CrawlError::Store(StoreError::Slow))) {
        tracing::warn!(%key, error = with_causes(&error), "whether an answer changed isn't noted");
    }
}

/// Notes the same of a build that isn't kept otherwise, and in any case what was asked for. What was noted.
pub(super) async fn note_surely(
    service: &Service,
    key: &CacheKey,
    built: &Built,
) -> Result<Vec<Noted>, CrawlError> {
    if built.answer.kind == Kind::Unknown {
        return Ok(Vec::new());
    }
    let mut names = doubts::texts(&service.cache.changes(key, built).await?);
    if !names.iter().any(|name| name == key.as_str()) {
        names.push(key.as_str().to_owned());
    }
    pending::note(&**service.cache.store(), NOTE, &names, now()).await
}

/// Forgets what was noted, once what follows from it is done.
pub(super) async fn strike_off(service: &Service, noted: &[Noted]) -> Result<(), CrawlError> {
    pending::strike_off(&**service.cache.store(), NOTE, noted).await
}

/// Does what follows from it: artists are told of, and copies are purged. Whether there was time for it.
pub(super) async fn settle(
    service: &Arc<Service>,
    turn: &mut Turn,
    report: &mut Report,
    deadline: Deadline,
) -> Result<bool, CrawlError> {
    let store = service.cache.store();
    let until = now().saturating_sub(KEPT_AFTER);
    let noted: Vec<Noted> = pending::noted(&**store, NOTE, until).await?;
    for noted in noted.chunks(service.crawling.batch) {
        if deadline.is_near() {
            return Ok(false);
        }
        let keys: Vec<CacheKey> = noted
            .iter()
            .filter_map(|(key, _)| key.parse().ok())
            .collect();
        let untold = Box::pin(settle::settle_changed(service, report, &keys)).await?;
        retries::note(service, &untold, &[]).await?;
        turn.go_on().await?;
        strike_off(service, noted).await?;
    }
    Ok(true)
}
