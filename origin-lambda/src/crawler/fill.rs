//! Building every artist and album once, for a service that is to have all at hand.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use linernotes_shared::cache::CacheKey;
use linernotes_shared::request::Entity;

use super::turn::Turn;
use super::{CrawlError, Deadline, Report, renew};
use crate::cache::{Refresh, now};
use crate::service::Service;

/// How far the fill has come.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Progress {
    /// Whether all artists are done, and albums are at it.
    albums: bool,
    /// Whether all is done.
    complete: bool,
    /// The last MBID handled.
    after: Option<String>,
    /// Answers handled so far.
    handled: u64,
    /// When the fill began, unix seconds.
    began: u64,
}

/// Goes on where the last run ended. What is kept isn't built again.
pub(super) async fn run(
    service: &Arc<Service>,
    turn: &mut Turn,
    report: &mut Report,
    deadline: Deadline,
) -> Result<(), CrawlError> {
    let mut progress: Progress = turn.progress()?;
    if progress.began == 0 {
        progress.began = now();
    }
    let total = total(service).await?;
    while !progress.complete {
        if deadline.is_near() {
            break;
        }
        page(service, report, &mut progress).await?;
        turn.checkpoint(&progress).await?;
        tell(&progress, total);
    }
    report.complete = progress.complete;
    report.remaining = total.map(|total| total.saturating_sub(progress.handled));
    Ok(())
}

async fn total(service: &Service) -> Result<Option<u64>, CrawlError> {
    let artists = service.catalogue.about_how_many(Entity::Artist).await?;
    let albums = service.catalogue.about_how_many(Entity::Album).await?;
    Ok(artists
        .zip(albums)
        .map(|(artists, albums)| artists + albums))
}

/// The next page of MBIDs.
async fn page(
    service: &Arc<Service>,
    report: &mut Report,
    progress: &mut Progress,
) -> Result<(), CrawlError> {
    let entity = if progress.albums {
        Entity::Album
    } else {
        Entity::Artist
    };
    let settings = &service.crawling;
    let after = progress.after.as_ref().and_then(|mbid| mbid.parse().ok());
    let size = u32::try_from(settings.batch).unwrap_or(u32::MAX);
    let mbids = service.catalogue.ids(entity, after, size).await?;
    let Some(last) = mbids.last() else {
        progress.after = None;
        progress.complete = progress.albums;
        progress.albums = true;
        return Ok(());
    };
    let last = last.to_string();
    let keys: Vec<CacheKey> = mbids
        .iter()
        .map(|mbid| CacheKey::lookup(entity, *mbid))
        .collect();
    let kept = service.cache.kept(&keys).await?;
    let missing: Vec<CacheKey> = keys
        .into_iter()
        .filter(|key| !kept.contains_key(key))
        .collect();
    report.looked_at += mbids.len() as u64;
    report.unchanged += kept.len() as u64;
    renew::all(
        service,
        report,
        missing,
        Refresh::default(),
        settings.at_once,
    )
    .await?;
    progress.after = Some(last);
    progress.handled += mbids.len() as u64;
    Ok(())
}

/// Logs how far the fill is, and about how long it will take at this pace.
fn tell(progress: &Progress, total: Option<u64>) {
    let seconds = now().saturating_sub(progress.began).max(1);
    let remaining = total.map(|total| total.saturating_sub(progress.handled));
    let estimate =
        remaining.map(|remaining| remaining.saturating_mul(seconds) / progress.handled.max(1));
    tracing::info!(
        handled = progress.handled,
        remaining,
        seconds_left = estimate,
        "filling"
    );
}
