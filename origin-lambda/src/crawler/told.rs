//! What providers tell of, and the answers that it shows in.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use linernotes_shared::Mbid;
use linernotes_shared::cache::{CacheKey, Collection, tag};
use linernotes_shared::request::Entity;

use super::turn::Turn;
use super::{CrawlError, Report, invalidate, renew};
use crate::cache::{Refresh, Refreshed, now};
use crate::service::Service;
use crate::telemetry::with_causes;

/// How far the first look at the news goes back, in seconds.
const FIRST_LOOK_BACK: u64 = 24 * 60 * 60;

/// Seconds between looks: no feed is worth more.
const PAUSE: u64 = 60 * 60;

/// Which news are handled, in unix seconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Progress {
    /// Up to this moment.
    handled: u64,
    /// Up to which the run under way handles them.
    until: Option<u64>,
}

/// Fetches the kept records that providers have news of, and renews the answers that they show in.
pub(super) async fn run(
    service: &Arc<Service>,
    turn: &mut Turn,
    report: &mut Report,
    progress: &mut invalidate::Progress,
) -> Result<(), CrawlError> {
    let until = match progress.news.until {
        Some(until) => until,
        None if progress.news.handled + PAUSE > now() => return Ok(()),
        None => now(),
    };
    let since = match progress.news.handled {
        0 => until.saturating_sub(FIRST_LOOK_BACK),
        handled => handled,
    };
    let keys = match service.providers.news(since, until).await {
        Ok(keys) => keys,
        Err(error) => {
            tracing::warn!(error = with_causes(&error), "providers' news not read");
            return Ok(());
        }
    };
    progress.news.until = Some(until);
    turn.checkpoint(progress).await?;
    for keys in keys.chunks(service.crawling.batch) {
        let kept = service.cache.kept(keys).await.into_iter();
        let older: Vec<CacheKey> = kept
            .filter(|(_, record)| record.built_at < until.saturating_mul(1000))
            .map(|(key, _)| key)
            .collect();
        report.looked_at += older.len() as u64;
        let number = older.len();
        let at_once = service.crawling.fanart_at_once;
        let renewed = renew::all(service, older, Refresh::default(), at_once).await;
        report.failed += (number - renewed.len()) as u64;
        let changed: Vec<CacheKey> = renewed
            .into_iter()
            .inspect(|(_, refreshed)| report.count(*refreshed))
            .filter(|(_, refreshed)| matches!(refreshed, Refreshed::New | Refreshed::Changed))
            .map(|(key, _)| key)
            .collect();
        renew_answers(service, report, &changed).await?;
        turn.go_on().await?;
    }
    progress.news = Progress {
        handled: until,
        until: None,
    };
    turn.checkpoint(progress).await
}

/// Renews the kept answers that records show in, as far as the records' names tell.
pub(super) async fn renew_answers(
    service: &Arc<Service>,
    report: &mut Report,
    records: &[CacheKey],
) -> Result<(), CrawlError> {
    let subjects: Vec<(Entity, Mbid)> = records.iter().filter_map(subject).collect();
    let keys = subjects.iter().flat_map(|(entity, mbid)| match entity {
        Entity::Artist => vec![
            CacheKey::new(Collection::Artist, *mbid),
            CacheKey::new(Collection::Profile, *mbid),
        ],
        Entity::Album => vec![CacheKey::new(Collection::Album, *mbid)],
    });
    let keys: Vec<CacheKey> = keys.collect();
    let kept: Vec<CacheKey> = service
        .cache
        .kept(&keys)
        .await
        .into_iter()
        .map(|(key, _)| key)
        .collect();
    service.cache.mark_stale(&kept, now()).await?;
    // An artist's answer brings its profile.
    let has_answer = |key: &CacheKey| {
        let answer = key
            .mbid()
            .map(|mbid| CacheKey::new(Collection::Artist, mbid));
        answer.is_some_and(|answer| kept.contains(&answer))
    };
    let work = kept
        .iter()
        .filter(|key| key.collection() != Collection::Profile || !has_answer(key));
    let renewed = renew::all(
        service,
        work.cloned().collect(),
        Refresh::default(),
        service.crawling.at_once,
    )
    .await;
    for refreshed in renewed.values() {
        report.count(*refreshed);
    }
    let mut tags: Vec<String> = subjects
        .iter()
        .map(|(entity, mbid)| tag(*entity, *mbid))
        .collect();
    tags.sort_unstable();
    tags.dedup();
    invalidate::purge(service, &tags).await
}

/// Whom a record is about, if its name says so: `artist/{mbid}`.
fn subject(record: &CacheKey) -> Option<(Entity, Mbid)> {
    let (entity, mbid) = record.name().split_once('/')?;
    let entity = match entity {
        "artist" => Entity::Artist,
        "album" => Entity::Album,
        _ => return None,
    };
    Some((entity, mbid.parse().ok()?))
}
