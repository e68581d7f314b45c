//! Building every artist and album once, for a service that is to have all at hand.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use linernotes_shared::cache::CacheKey;
use linernotes_shared::request::Entity;

use super::pending::{self, Names};
use super::renew::Renewed;
use super::turn::Turn;
use super::{CrawlError, Deadline, Report, doubts, renew};
use crate::cache::{Kind, Refresh, now};
use crate::service::Service;

/// Note of the keys that couldn't be built.
const FAILED: &str = "fill-failed";

/// How far the fill has come.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Progress {
    /// Whether all artists are done, and albums are at it.
    albums: bool,
    /// Whether all albums are done too, and what failed is tried again.
    again: bool,
    /// Whether all is done.
    complete: bool,
    /// The last MBID handled, or the last key of those tried again.
    after: Option<String>,
    /// Answers handled so far.
    handled: u64,
    /// Seconds that runs have worked at it.
    worked: u64,
}

/// Goes on where the last run ended. What is kept isn't built again. A fill that is complete is begun anew if that is
/// wanted: for what has come to MusicBrainz since.
pub(super) async fn run(
    service: &Arc<Service>,
    turn: &mut Turn,
    report: &mut Report,
    deadline: Deadline,
    anew: bool,
) -> Result<(), CrawlError> {
    let mut progress: Progress = turn.progress()?;
    if progress.complete && anew {
        progress = Progress::default();
    }
    let total = total(service).await?;
    let (began, before) = (now(), progress.worked);
    while !progress.complete {
        progress.worked = before + now().saturating_sub(began);
        tell(&progress, total, report);
        if deadline.is_near() {
            return Ok(());
        }
        if progress.again {
            again(service, report, &mut progress).await?;
        } else {
            page(service, report, &mut progress).await?;
        }
        turn.checkpoint(&progress).await?;
    }
    report.remaining = total.map(|total| total.saturating_sub(progress.handled));
    report.seconds_left = None;
    report.complete = true;
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
    let after = progress.after.as_ref().and_then(|mbid| mbid.parse().ok());
    let size = u32::try_from(service.crawling.batch).unwrap_or(u32::MAX);
    let mbids = service.catalogue.ids(entity, after, size).await?;
    let Some(last) = mbids.last() else {
        progress.after = None;
        progress.again = progress.albums;
        progress.albums = true;
        return Ok(());
    };
    let last = last.to_string();
    let keys: Vec<CacheKey> = mbids
        .iter()
        .map(|mbid| CacheKey::lookup(entity, *mbid))
        .collect();
    let (built, kept) = build(service, report, &keys).await?;
    note(service, &built.failed, &[]).await?;
    report.looked_at += mbids.len() as u64;
    report.unchanged += kept;
    progress.after = Some(last);
    progress.handled += mbids.len() as u64;
    Ok(())
}

/// The next page of what couldn't be built. What can't be built now either has to wait for somebody who asks for it, or
/// for a fill that is begun anew.
async fn again(
    service: &Arc<Service>,
    report: &mut Report,
    progress: &mut Progress,
) -> Result<(), CrawlError> {
    let names: Names = pending::read(&**service.cache.store(), FAILED).await?;
    let is_left = |name: &String| progress.after.as_ref().is_none_or(|after| name > after);
    let page: Vec<String> = names
        .into_keys()
        .filter(is_left)
        .take(service.crawling.batch)
        .collect();
    let Some(last) = page.last().cloned() else {
        progress.complete = true;
        return Ok(());
    };
    let keys: Vec<CacheKey> = page.iter().filter_map(|name| name.parse().ok()).collect();
    build(service, report, &keys).await?;
    report.looked_at += keys.len() as u64;
    note(service, &[], &keys).await?;
    progress.after = Some(last);
    Ok(())
}

/// Builds those that aren't kept, or of which only is kept that they weren't found. What became of them, and how many were
/// kept.
async fn build(
    service: &Arc<Service>,
    report: &mut Report,
    keys: &[CacheKey],
) -> Result<(Renewed, u64), CrawlError> {
    let mut kept = service.cache.kept(keys).await?;
    kept.retain(|_, entry| entry.kind == Kind::Found);
    let missing: Vec<CacheKey> = keys
        .iter()
        .filter(|key| !kept.contains_key(key))
        .cloned()
        .collect();
    let (how, at_once) = (Refresh::default(), service.crawling.at_once);
    let built = renew::all(service, report, missing, how, at_once).await?;
    Ok((built, kept.len() as u64))
}

/// Notes what failed, and strikes off what was tried.
async fn note(
    service: &Service,
    failed: &[CacheKey],
    tried: &[CacheKey],
) -> Result<(), CrawlError> {
    let (add, remove) = (doubts::texts(failed), doubts::texts(tried));
    pending::update(&**service.cache.store(), FAILED, &add, &remove, now()).await
}

/// Tells how far the fill is, and for how long runs will still work at it at this pace.
fn tell(progress: &Progress, total: Option<u64>, report: &mut Report) {
    report.remaining = total.map(|total| total.saturating_sub(progress.handled));
    let left = report.remaining.filter(|_| progress.handled > 0);
    report.seconds_left = left.map(|left| left.saturating_mul(progress.worked) / progress.handled);
    tracing::info!(
        handled = progress.handled,
        remaining = report.remaining,
        seconds_left = report.seconds_left,
        "filling"
    );
}
