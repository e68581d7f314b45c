//! Purges that are to be: noted before they are tried, because a run may be stopped before it knows how one went.

use std::collections::BTreeSet;
use std::time::Duration;

use super::pending::{self, Noted};
use super::turn::Turn;
use super::{CrawlError, Deadline};
use crate::cache::now;
use crate::purge::{PurgeError, Purger};
use crate::service::Service;
use crate::telemetry::with_causes;

/// Note of the tags whose copies are to be purged.
const NOTE: &str = "purges";

/// Note of those that are to be purged once more, with the times at which they were purged.
const AGAIN: &str = "purges-again";

/// Seconds after which that is due. By then no process remembers what the store had before: until a minute after a change,
/// one may have told the edge, purged already, that its old copy still holds. The edge's own marks have spread too.
const AGAIN_AFTER: u64 = 120;

/// Tags purged before that is noted: as many as Cloudflare takes at once, beside its own.
const AT_ONCE: usize = 99;

/// Most seconds for which a run waits until somebody may be asked again.
const MOST_WAITED: u64 = 5 * 60;

/// Notes tags whose copies are to be purged, whatever becomes of this run.
pub(super) async fn note(service: &Service, tags: &[String]) -> Result<(), CrawlError> {
    if !tags.is_empty() && !service.purgers.is_empty() {
        pending::note(&**service.cache.store(), NOTE, tags, now()).await?;
    }
    Ok(())
}

/// Has copies purged. What can't be is left for later.
pub(super) async fn purge(service: &Service, tags: &[String]) -> Result<(), CrawlError> {
    if tags.is_empty() || service.purgers.is_empty() {
        return Ok(());
    }
    let noted = pending::note(&**service.cache.store(), NOTE, tags, now()).await?;
    purge_noted(service, NOTE, &noted, None).await?;
    purge_again(service, None).await?;
    Ok(())
}

/// Has copies purged that couldn't be before, or are to be once more.
pub(super) async fn purge_pending(
    service: &Service,
    turn: &mut Turn,
    deadline: Deadline,
) -> Result<(), CrawlError> {
    if !service.purgers.is_empty() {
        pend(service, turn, deadline).await?;
    }
    Ok(())
}

/// The same, for as long as there is time: who has been asked as often as it allows is waited for.
pub(super) async fn purge_patiently(
    service: &Service,
    turn: &mut Turn,
    deadline: Deadline,
) -> Result<(), CrawlError> {
    if service.purgers.is_empty() {
        return Ok(());
    }
    let patience_ends = now() + MOST_WAITED;
    let glance = (service.crawling.lease_seconds / 2).clamp(1, 10);
    while let Some(until) = pend(service, turn, deadline).await? {
        if until > patience_ends {
            return Ok(());
        }
        while now() < until {
            if deadline.is_near() {
                return Ok(());
            }
            let left = until.saturating_sub(now());
            tokio::time::sleep(Duration::from_secs(glance.min(left))).await;
            turn.go_on().await?;
        }
    }
    Ok(())
}

/// Purges what is noted; when to go on, if somebody has been asked as often as it allows.
async fn pend(
    service: &Service,
    turn: &mut Turn,
    deadline: Deadline,
) -> Result<Option<u64>, CrawlError> {
    let noted = pending::noted(&**service.cache.store(), NOTE, u64::MAX).await?;
    let first = purge_noted(service, NOTE, &noted, Some((turn, deadline))).await?;
    let again = purge_again(service, Some((turn, deadline))).await?;
    Ok(first.max(again))
}

/// Purges once more what is due.
async fn purge_again(
    service: &Service,
    run: Option<(&mut Turn, Deadline)>,
) -> Result<Option<u64>, CrawlError> {
    let store = service.cache.store();
    if !store.is_shared() {
        return Ok(None);
    }
    let due = pending::noted(&**store, AGAIN, now().saturating_sub(AGAIN_AFTER)).await?;
    purge_noted(service, AGAIN, &due, run).await
}

/// Purges tags and strikes them off their note once everybody has done so. When to go on with the others, if they only
/// have to wait.
async fn purge_noted(
    service: &Service,
    note: &str,
    noted: &[Noted],
    mut run: Option<(&mut Turn, Deadline)>,
) -> Result<Option<u64>, CrawlError> {
    let store = service.cache.store();
    let purgers = service.purgers.iter();
    let mut asked: Vec<Asked<'_>> = purgers.map(|purger| Asked::new(&**purger)).collect();
    for noted in noted.chunks(AT_ONCE) {
        if let Some((turn, deadline)) = &mut run {
            if deadline.is_near() {
                return Ok(None);
            }
            turn.go_on().await?;
        }
        let tags: Vec<String> = noted.iter().map(|(tag, _)| tag.clone()).collect();
        let mut left = BTreeSet::new();
        for asked in &mut asked {
            left.extend(asked.purge(&tags).await);
        }
        let purged = noted.iter().filter(|(tag, _)| !left.contains(tag));
        let purged: Vec<Noted> = purged.cloned().collect();
        if note != AGAIN && store.is_shared() && !purged.is_empty() {
            let tags: Vec<String> = purged.iter().map(|(tag, _)| tag.clone()).collect();
            pending::note(&**store, AGAIN, &tags, now()).await?;
        }
        pending::strike_off(&**store, note, &purged).await?;
    }
    Ok(asked.iter().filter_map(|asked| asked.rests_until).max())
}

/// Somebody who keeps copies, as far as one round of purges goes.
struct Asked<'a> {
    purger: &'a dyn Purger,
    /// Whether it is left alone for the rest of the round.
    rests: bool,
    /// Until when, if it is known.
    rests_until: Option<u64>,
}

impl<'a> Asked<'a> {
    fn new(purger: &'a dyn Purger) -> Self {
        Self {
            purger,
            rests: false,
            rests_until: None,
        }
    }

    /// Has tags purged; those that weren't. What it refuses keeps it from no other.
    async fn purge(&mut self, tags: &[String]) -> Vec<String> {
        let mut left = Vec::new();
        let mut rest = tags;
        while !rest.is_empty() {
            if self.rests {
                left.extend_from_slice(rest);
                break;
            }
            let passed = match self.purger.purge(rest).await {
                Ok(done) => done,
                Err(error) => {
                    let failed = self.purger.at_once().min(rest.len());
                    left.extend_from_slice(&rest[..failed]);
                    self.see(failed, &error);
                    failed
                }
            };
            rest = &rest[passed.clamp(1, rest.len())..];
        }
        left
    }

    fn see(&mut self, tags: usize, error: &PurgeError) {
        let of = self.purger.name();
        let error_text = with_causes(error);
        if error.is_restraint() {
            self.rests = true;
            tracing::debug!(of, tags, error = error_text, "copies not purged yet");
        } else {
            tracing::warn!(
                of,
                tags,
                error = error_text,
                "copies not purged; the next run tries again"
            );
        }
        if let Some(until) = error.until(now()) {
            self.rests_until = Some(until);
        }
    }
}
