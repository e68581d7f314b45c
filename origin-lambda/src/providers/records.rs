//! Records of providers: those that are kept, and those that have to be fetched.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use linernotes_shared::cache::{CacheKey, Collection, State};

use super::capability::{Asker, Fetched, Lookup, Source};
use super::client::ProviderError;
use super::record::Record;
use crate::cache::{Cache, Entry, Kind, Renewal, StoreError, now_millis};
use crate::config::Revalidate;
use crate::telemetry::with_causes;

/// How long a record isn't asked for again after its provider failed at it.
const RETRY_AFTER: Duration = Duration::from_secs(5 * 60);
/// Most records whose failure is remembered.
const FAILURES: u64 = 100_000;
/// How long it is remembered what came with a record.
const JUST_NOW: Duration = Duration::from_secs(10);
/// Of how many records at most; more than are ever fetched at once.
const FETCHES: u64 = 1_000;
/// "Nothing there" is looked at again after this time at the latest.
const NOTHING_FOR: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Keeps and fetches records.
pub(super) struct Records {
    cache: Arc<Cache>,
    sources: HashMap<Collection, Arc<dyn Source>>,
    failures: moka::sync::Cache<CacheKey, ()>,
    brought: Brought,
    revalidate: Revalidate,
}

/// What a source said in one answer's time.
pub(super) struct Said {
    /// About what it was asked.
    pub record: Option<Record>,
    /// Whether it said anything at all, if only that it knows nothing.
    pub is_heard: bool,
}

/// A record that was fetched.
#[derive(Clone, Debug)]
pub struct Refreshed {
    /// What is kept of it now.
    pub record: Arc<Entry>,
    /// The records that came with it, and whether they say something else than before.
    pub brought: Arc<Vec<(CacheKey, bool)>>,
}

/// What came with records that crawlers fetched just now, by those records' keys.
type Brought = moka::sync::Cache<CacheKey, Arc<Vec<(CacheKey, bool)>>>;

/// Why a record wasn't refreshed.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// No provider that is switched on keeps such records.
    #[error("{0} isn't a record of a provider that is switched on")]
    NoSource(CacheKey),
    /// The provider wasn't heard, now or a short while ago.
    #[error("the record wasn't fetched")]
    NotHeard(#[source] Arc<dyn std::error::Error + Send + Sync>),
}

/// Why a record wasn't fetched.
#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// What it said before is kept on, and nobody knows what that was.
    #[error("the provider says nothing any more, and what it said before can't be read now")]
    BeforeUnread(#[source] StoreError),
}

impl FetchError {
    const fn is_restraint(&self) -> bool {
        match self {
            Self::Provider(error) => error.is_restraint(),
            Self::BeforeUnread(_) => false,
        }
    }
}

impl RefreshError {
    /// How long to leave the provider alone, if that is why.
    pub fn wait(&self) -> Option<Duration> {
        const A_MOMENT: Duration = Duration::from_secs(1);
        let Self::NotHeard(source) = self else {
            return None;
        };
        let FetchError::Provider(error) = source.downcast_ref()? else {
            return None;
        };
        match error {
            ProviderError::Paused { wait, .. }
            | ProviderError::BreakerOpen { wait, .. }
            | ProviderError::OverLimit { wait, .. } => Some((*wait).max(A_MOMENT)),
            ProviderError::Busy { .. } => Some(A_MOMENT),
            _ => None,
        }
    }
}

impl Records {
    pub(super) fn new(
        cache: Arc<Cache>,
        sources: Vec<Arc<dyn Source>>,
        revalidate: Revalidate,
    ) -> Self {
        Self {
            cache,
            sources: sources
                .into_iter()
                .map(|source| (source.collection(), source))
                .collect(),
            failures: moka::sync::Cache::builder()
                .max_capacity(FAILURES)
                .time_to_live(RETRY_AFTER)
                .build(),
            brought: moka::sync::Cache::builder()
                .max_capacity(FETCHES)
                .time_to_live(JUST_NOW)
                .build(),
            revalidate,
        }
    }

    /// All that one answer can use of what is kept, in one read.
    pub(super) async fn open<'a>(
        &'a self,
        lookups: impl Iterator<Item = &'a Lookup>,
        until: Option<Instant>,
    ) -> Reading<'a> {
        let mut keys: Vec<CacheKey> = lookups
            .filter_map(|lookup| match lookup {
                Lookup::Record(key) => Some(key.clone()),
                Lookup::Known(_) | Lookup::Nothing => None,
            })
            .collect();
        keys.sort_unstable();
        keys.dedup();
        let found = if keys.is_empty() {
            HashMap::new()
        } else {
            self.cache.records(&keys).await
        };
        let (mut kept, mut unread) = (HashMap::new(), HashMap::new());
        for (key, record) in found {
            match record {
                Ok(record) => drop(kept.insert(key, record)),
                Err(error) => drop(unread.insert(key, error)),
            }
        }
        Reading {
            records: self,
            kept: Arc::new(kept),
            unread: Arc::new(unread),
            until,
        }
    }

    /// Fetches a record whether or not it is kept, and keeps what comes with it before it is kept itself.
    pub(super) async fn refresh(&self, key: &CacheKey) -> Result<Refreshed, RefreshError> {
        let fetch = || {
            self.fetch(key, Asker::Crawler)
                .ok_or_else(|| RefreshError::NoSource(key.clone()))
        };
        let mut record = fetch()?.await.map_err(RefreshError::NotHeard)?;
        let mut brought = self.brought.get(key);
        if brought.is_none() {
            // An answer was just asking for it, and what came with it isn't known here.
            record = fetch()?.await.map_err(RefreshError::NotHeard)?;
            brought = self.brought.get(key);
        }
        Ok(Refreshed {
            record,
            brought: brought.unwrap_or_default(),
        })
    }

    /// Fetches a record, unless that failed just now.
    fn renew(&self, key: &CacheKey) -> Option<Renewal> {
        if self.failures.contains_key(key) {
            return None;
        }
        self.fetch(key, Asker::Answer)
    }

    fn fetch(&self, key: &CacheKey, asker: Asker) -> Option<Renewal> {
        let source = Arc::clone(self.sources.get(&key.collection())?);
        let (cache, failures) = (Arc::clone(&self.cache), self.failures.clone());
        let brought = self.brought.clone();
        Some(self.cache.renew(key, || {
            let key = key.clone();
            async move {
                let outcome = fetch(&cache, source, &key, asker, &brought).await;
                match &outcome {
                    Ok(_) => failures.invalidate(&key),
                    Err(error) if error.is_restraint() => {
                        tracing::debug!(%key, error = with_causes(error), "provider not asked");
                    }
                    Err(error) => {
                        tracing::warn!(%key, error = with_causes(error), "provider not heard");
                        failures.insert(key, ());
                    }
                }
                outcome
            }
        }))
    }
}

/// Asks a source for a record. What it says about others is kept behind the back of an answer's builder, who doesn't wait
/// for that.
async fn fetch(
    cache: &Arc<Cache>,
    source: Arc<dyn Source>,
    key: &CacheKey,
    asker: Asker,
    brought: &Brought,
) -> Result<Entry, FetchError> {
    let started = now_millis();
    let Fetched { record, others } = source.fetch(key.name(), asker).await?;
    let entry = |key: &CacheKey, record: Option<&Record>, before: Option<&Entry>| {
        let fresh_for = source.fresh_for();
        let fresh_for = match record {
            Some(_) => fresh_for,
            None => fresh_for.min(NOTHING_FOR),
        };
        let said = record.map(encode);
        Entry::record(key, said.as_deref(), before, fresh_for, started)
    };
    let others: Vec<(CacheKey, Entry)> = others
        .into_iter()
        .filter_map(|(name, record)| {
            let key = CacheKey::named(source.collection(), &name).ok()?;
            let entry = entry(&key, Some(&record), None);
            Some((key, entry))
        })
        .collect();
    match asker {
        Asker::Crawler => {
            let kept = keep(Arc::clone(cache), others).await;
            brought.insert(key.clone(), Arc::new(kept));
        }
        Asker::Answer if others.is_empty() => {}
        Asker::Answer => {
            tokio::spawn(keep(Arc::clone(cache), others));
        }
    }
    let before = match record {
        Some(_) => None,
        None => {
            let mut kept = cache.records(std::slice::from_ref(key)).await;
            let before = kept.remove(key).transpose();
            before.map_err(FetchError::BeforeUnread)?
        }
    };
    Ok(entry(key, record.as_ref(), before.as_deref()))
}

/// Keeps records; which, and whether they say something else than those that were kept.
async fn keep(cache: Arc<Cache>, records: Vec<(CacheKey, Entry)>) -> Vec<(CacheKey, bool)> {
    // One read for all, after which each finds its predecessor in memory.
    let keys: Vec<CacheKey> = records.iter().map(|(key, _)| key.clone()).collect();
    let before = cache.records(&keys).await;
    let kept = records.iter().map(|(key, record)| {
        let is_same = matches!(before.get(key), Some(Ok(before)) if before.etag == record.etag);
        (key.clone(), !is_same)
    });
    let kept = kept.collect();
    cache.keep_news(records).await;
    kept
}

fn encode(record: &Record) -> Vec<u8> {
    serde_json::to_vec(record).expect("strings and lists are JSON")
}

/// What is kept for one answer, and the time for what isn't.
pub(super) struct Reading<'a> {
    records: &'a Records,
    kept: Arc<HashMap<CacheKey, Arc<Entry>>>,
    /// What can't be read for the moment.
    unread: Arc<HashMap<CacheKey, StoreError>>,
    /// Until when providers are waited for; `None` if they aren't asked.
    until: Option<Instant>,
}

impl Reading<'_> {
    /// The same without asking anybody.
    pub(super) fn of_kept(&self) -> Reading<'_> {
        Reading {
            records: self.records,
            kept: Arc::clone(&self.kept),
            unread: Arc::clone(&self.unread),
            until: None,
        }
    }

    /// Whether it is known what is kept for all of these, if only that nothing is.
    pub(super) fn knows<'l>(&self, mut lookups: impl Iterator<Item = &'l Lookup>) -> bool {
        lookups.all(|lookup| match lookup {
            Lookup::Record(key) => !self.unread.contains_key(key),
            Lookup::Known(_) | Lookup::Nothing => true,
        })
    }

    /// What a source says: the kept record, or a new one if that comes in time. While other sources are still to be
    /// asked, it may use half of the time that is left.
    pub(super) async fn look_up(&self, lookup: &Lookup, is_last: bool) -> Said {
        let key = match lookup {
            Lookup::Record(key) => key,
            Lookup::Known(record) => return Said::heard(Some(record.clone())),
            Lookup::Nothing => return Said::heard(None),
        };
        let in_memory = || self.records.cache.record_in_memory(key);
        let kept = self
            .kept
            .get(key)
            .cloned()
            .or_else(in_memory)
            .filter(|entry| entry.state() != State::Expired)
            .and_then(|entry| Some((entry.state(), Said::read(&entry)?)));
        let Some(until) = self.until else {
            return kept.map_or_else(Said::nothing, |(_, said)| said);
        };
        let until = if is_last {
            until
        } else {
            let now = Instant::now();
            now + until.saturating_duration_since(now) / 2
        };
        match kept {
            Some((State::Fresh { .. }, said)) => said,
            Some((_, said)) => {
                let renewal = self.records.renew(key);
                match (renewal, self.records.revalidate) {
                    (Some(renewal), Revalidate::Wait) => {
                        awaited(renewal, until).await.unwrap_or(said)
                    }
                    // A renewal goes on by itself; the next answer finds its outcome.
                    _ => said,
                }
            }
            None => match self.records.renew(key) {
                Some(renewal) => awaited(renewal, until).await.unwrap_or_else(Said::nothing),
                None => Said::nothing(),
            },
        }
    }
}

async fn awaited(renewal: Renewal, until: Instant) -> Option<Said> {
    let entry = timeout_at(until, renewal).await.ok()?.ok()?;
    Said::read(&entry)
}

impl Said {
    const fn heard(record: Option<Record>) -> Self {
        Self {
            record,
            is_heard: true,
        }
    }

    const fn nothing() -> Self {
        Self {
            record: None,
            is_heard: false,
        }
    }

    /// What a kept record says; `None` if it can't be read.
    fn read(entry: &Entry) -> Option<Self> {
        if entry.kind == Kind::Unknown {
            return Some(Self::heard(None));
        }
        let json = entry.frame.before.plain().ok()?;
        serde_json::from_slice(&json)
            .ok()
            .map(Some)
            .map(Self::heard)
    }
}
