//! Purges that are to be: noted before they are tried, because a run may be stopped before it knows how one went.

use super::CrawlError;
use super::pending::{self, Names};
use crate::cache::now;
use crate::purge::PurgeError;
use crate::service::Service;
use crate::telemetry::with_causes;

/// Note of the tags whose copies are to be purged.
const NOTE: &str = "purges";

/// Tags purged before that is noted: as many as whoever keeps copies takes in one call.
const AT_ONCE: usize = 100;

/// Has copies purged. What can't be is left for later.
pub(super) async fn purge(service: &Service, tags: &[String]) -> Result<(), CrawlError> {
    if tags.is_empty() || service.purgers.is_empty() {
        return Ok(());
    }
    pending::update(&**service.cache.store(), NOTE, tags, &[], now()).await?;
    purge_noted(service, tags).await
}

/// Has copies purged that couldn't be before.
pub(super) async fn purge_pending(service: &Service) -> Result<(), CrawlError> {
    if service.purgers.is_empty() {
        return Ok(());
    }
    let names: Names = pending::read(&**service.cache.store(), NOTE).await?;
    let mut by_age: Vec<(u64, String)> = names.into_iter().map(|(tag, time)| (time, tag)).collect();
    by_age.sort_unstable();
    let tags: Vec<String> = by_age.into_iter().map(|(_, tag)| tag).collect();
    purge_noted(service, &tags).await
}

async fn purge_noted(service: &Service, tags: &[String]) -> Result<(), CrawlError> {
    for tags in tags.chunks(AT_ONCE) {
        let mut purged = true;
        for purger in &service.purgers {
            if let Err(error) = purger.purge(tags).await {
                purged = false;
                tell(purger.name(), tags.len(), &error);
            }
        }
        if !purged {
            return Ok(());
        }
        pending::update(&**service.cache.store(), NOTE, &[], tags, 0).await?;
    }
    Ok(())
}

fn tell(of: &'static str, tags: usize, error: &PurgeError) {
    let error_text = with_causes(error);
    if matches!(error, PurgeError::Trouble(error) if error.is_restraint()) {
        tracing::debug!(of, tags, error = error_text, "copies not purged yet");
    } else {
        tracing::warn!(
            of,
            tags,
            error = error_text,
            "copies not purged; the next run tries again"
        );
    }
}
