//! Providers' records fetched anew, at the pace that providers want, and the answers that they show in.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::stream::{self, StreamExt};

use linernotes_shared::Mbid;
use linernotes_shared::cache::{CacheKey, Collection};
use linernotes_shared::request::Entity;

use super::renew::Renewed;
use super::settle::settle;
use super::{CrawlError, Deadline, Report, renew, retries};
use crate::cache::{Refresh, RefreshError, Refreshed, now};
use crate::providers;
use crate::service::Service;

/// What became of a page of records.
#[derive(Debug, Default)]
pub(super) struct Fetched {
    /// What became of those that were asked for.
    pub renewed: Renewed,
    /// Those that came with them, and whether they say something else than before.
    pub brought: HashMap<CacheKey, bool>,
    /// Those for which there was no time: their providers want to be asked later.
    pub left: Vec<CacheKey>,
}

/// Asks providers for records again, so many at once. Who is to be asked later is waited for, as long as there is time.
pub(super) async fn fetch(
    service: &Arc<Service>,
    report: &mut Report,
    keys: Vec<CacheKey>,
    at_once: usize,
    deadline: Deadline,
) -> Result<Fetched, CrawlError> {
    // Who has no time for one has none for the others.
    let is_late = AtomicBool::new(false);
    let mut asked = stream::iter(keys)
        .map(|key| async {
            let asked = if is_late.load(Ordering::Relaxed) {
                None
            } else {
                one(service, &key, deadline).await
            };
            if asked.is_none() {
                is_late.store(true, Ordering::Relaxed);
            }
            (key, asked)
        })
        .buffered(at_once);
    let mut fetched = Fetched::default();
    while let Some((key, asked)) = asked.next().await {
        match asked {
            None => fetched.left.push(key),
            Some(Ok((refreshed, brought))) => {
                fetched.renewed.count(report, key, Ok(refreshed))?;
                fetched.brought.extend(brought.iter().cloned());
            }
            Some(Err(error)) => fetched.renewed.count(report, key, Err(error))?,
        }
    }
    fetched.renewed.settle(service, report).await?;
    Ok(fetched)
}

impl Fetched {
    /// The records that say something else since `from` (unix seconds): as far as it was seen now, and as far as the store
    /// shows that a run saw it which was broken off.
    pub async fn news(&self, service: &Service, from: u64) -> Result<Vec<CacheKey>, CrawlError> {
        let Self {
            renewed,
            brought,
            left,
        } = self;
        let asked = renewed.outcomes.keys().chain(&renewed.failed).chain(left);
        let all: Vec<CacheKey> = asked.chain(brought.keys()).cloned().collect();
        let kept = service.cache.kept(&all).await?;
        let changed: HashSet<&CacheKey> = renewed.changed().collect();
        let is_news = |key: &CacheKey| {
            changed.contains(key)
                || brought.get(key).is_some_and(|is_news| *is_news)
                || kept.get(key).is_some_and(|record| record.updated >= from)
        };
        Ok(all.iter().filter(|key| is_news(key)).cloned().collect())
    }
}

type One = Result<(Refreshed, Arc<Vec<(CacheKey, bool)>>), RefreshError>;

/// What became of a record, and what came with it; `None` if there is no time for it.
async fn one(service: &Service, key: &CacheKey, deadline: Deadline) -> Option<One> {
    let before = match service.cache.kept(std::slice::from_ref(key)).await {
        Ok(kept) => kept.get(key).map(|record| record.etag.clone()),
        Err(error) => return Some(Err(error.into())),
    };
    while !deadline.is_near() {
        let error = match service.providers.refresh(key).await {
            Ok(providers::Refreshed { record, brought }) => {
                let refreshed = match before {
                    None => Refreshed::New,
                    Some(before) if before == record.etag => Refreshed::Unchanged,
                    Some(_) => Refreshed::Changed,
                };
                return Some(Ok((refreshed, brought)));
            }
            // Its provider has been switched off. What it said is kept for as long as it may be used.
            Err(providers::RefreshError::NoSource(_)) => {
                return Some(Ok((Refreshed::Unchanged, Arc::default())));
            }
            Err(error) => error,
        };
        match error.wait() {
            Some(wait) if deadline.allows(wait) => tokio::time::sleep(wait).await,
            Some(_) => return None,
            None => return Some(Err(RefreshError::Build(Arc::new(error)))),
        }
    }
    None
}

/// Renews the kept answers that records show in, as far as the records' names tell. What follows is done from what changed
/// since `from`, when the records' page was begun (unix seconds): a run may have been broken off since.
pub(super) async fn renew_answers(
    service: &Arc<Service>,
    report: &mut Report,
    records: &[CacheKey],
    from: u64,
) -> Result<(), CrawlError> {
    let keys: Vec<CacheKey> = records
        .iter()
        .filter_map(subject)
        .flat_map(answers_on)
        .collect();
    let kept = service.cache.kept(&keys).await?;
    let kept: BTreeSet<CacheKey> = kept.into_keys().collect();
    // An artist's answer brings its profile.
    let has_answer = |key: &CacheKey| {
        let artist = key
            .mbid()
            .filter(|_| key.collection() == Collection::Profile);
        artist.is_some_and(|artist| kept.contains(&CacheKey::new(Collection::Artist, artist)))
    };
    let all: Vec<CacheKey> = kept.iter().cloned().collect();
    service.cache.mark_stale(&all, now()).await?;
    let work: Vec<CacheKey> = kept
        .iter()
        .filter(|key| !has_answer(key))
        .cloned()
        .collect();
    let at_once = service.crawling.at_once;
    let renewed = renew::all(service, report, work.clone(), Refresh::default(), at_once).await?;
    let untold = settle(service, report, &work, from, renewed.changed()).await?;
    retries::note(service, &[renewed.failed, untold].concat(), &[]).await
}

fn answers_on((entity, mbid): (Entity, Mbid)) -> Vec<CacheKey> {
    match entity {
        Entity::Artist => vec![
            CacheKey::new(Collection::Artist, mbid),
            CacheKey::new(Collection::Profile, mbid),
        ],
        Entity::Album => vec![CacheKey::new(Collection::Album, mbid)],
    }
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
