//! Building an answer again because something changed, not because somebody asks.

use std::collections::HashMap;
use std::error::Error;
use std::future::Future;
use std::sync::Arc;

use linernotes_shared::Mbid;
use linernotes_shared::cache::{CacheKey, Collection, State};

use super::build::BuildFailure;
use super::composed::profile_key;
use super::store::Consistency;
use super::{Built, Cache, Entry, Kind, Store, StoreError, now};

/// How a kept answer is renewed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refresh {
    /// It counts as changed even if its content hasn't: something that belongs to it has.
    pub touch: bool,
    /// If the catalogue doesn't know its subject any more, that is believed: it is the second look.
    pub believe_gone: bool,
}

/// What became of a kept answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refreshed {
    /// There was none, or one that was past use.
    New,
    /// It says something else now.
    Changed,
    /// It says what it said.
    Unchanged,
    /// There is no such thing, and nothing was kept of one.
    Unknown,
    /// The catalogue doesn't know its subject any more. What was kept still stands.
    Doubted,
    /// The catalogue didn't know its subject for the second time: it is "not found" now.
    Gone,
}

/// An answer wasn't renewed.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// It can't be built.
    #[error("the answer can't be built")]
    Build(#[source] BuildFailure),
    /// What is kept can't be told, or the new answer can't be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// One that says something else is kept in its place: by whatever clock, it was built later.
    #[error("another process keeps a later answer, which says something else")]
    Overtaken,
}

impl Cache {
    /// Builds a key's answer and keeps it, whatever is kept. Unlike for a request, the store must take part: it alone
    /// knows what an answer must not give way to, and what others are told.
    pub async fn refresh<F, E>(
        &self,
        key: &CacheKey,
        how: Refresh,
        building: F,
    ) -> Result<Refreshed, RefreshError>
    where
        F: Future<Output = Result<Built, E>> + Send,
        E: Error + Send + Sync + 'static,
    {
        let built = building
            .await
            .map_err(|error| RefreshError::Build(Arc::new(error)))?;
        if !built.unsure.is_empty() {
            return Err(StoreError::Unread.into());
        }
        let unknown = built.answer.kind == Kind::Unknown;
        // "Not found" mustn't be said because what was found a moment ago isn't seen yet.
        let sight = match unknown {
            true => Consistency::Strong,
            false => Consistency::Eventual,
        };
        let in_memory = self.tiers.in_memory(key);
        let before = self.tiers.look(&keys_of(key, &built), sight).await?;
        // What went out while it couldn't be stored, memory alone may have.
        let stood = before.stands(key) || in_memory.is_some_and(|entry| entry.stands());
        if unknown && stood && !how.believe_gone {
            return Ok(Refreshed::Doubted);
        }
        // An artist's answer is its profile and its albums.
        let profile = built.profiles.first();
        let profile = profile.filter(|_| key.collection() == Collection::Artist);
        let says = |key: &CacheKey, entry: &Entry| {
            let before = before.entries.get(key);
            before.is_some_and(|before| before.etag == entry.etag)
        };
        let same = says(key, &built.answer)
            && profile.is_none_or(|(artist, profile)| says(&profile_key(*artist), profile));
        self.keep(key, built, &before.entries, how.touch).await?;
        self.failures.invalidate(key);
        Ok(match (stood, unknown, same) {
            (true, true, _) => Refreshed::Gone,
            (false, true, _) => Refreshed::Unknown,
            (false, false, _) => Refreshed::New,
            (true, false, true) => Refreshed::Unchanged,
            (true, false, false) => Refreshed::Changed,
        })
    }

    /// Keeps all parts, the frame last: whoever finds it shall find the others too.
    async fn keep(
        &self,
        key: &CacheKey,
        built: Built,
        before: &HashMap<CacheKey, Arc<Entry>>,
        touch: bool,
    ) -> Result<(), RefreshError> {
        let before = |key: &CacheKey| before.get(key).map(Arc::as_ref);
        let profiles = built.profiles.into_iter().filter_map(|(artist, profile)| {
            let key = profile_key(artist);
            let kept = before(&key);
            let is_news = kept.is_none_or(|kept| profile.is_news_to(kept));
            is_news.then_some((key, kept, profile))
        });
        self.put_surely(profiles.collect(), |_, _| true).await?;
        let frames = built.current.into_iter().chain([key.clone()]);
        let frames = frames.map(|key| {
            let before = before(&key).filter(|_| !touch);
            (key, before, built.answer.clone())
        });
        let was_touched = |key: &CacheKey, kept: &Entry| {
            !touch || before(key).is_none_or(|before| before.updated < kept.updated)
        };
        self.put_surely(frames.collect(), was_touched).await
    }

    /// Puts entries, or finds that what others have put instead says the same, and `serves` as well.
    async fn put_surely(
        &self,
        entries: Vec<(CacheKey, Option<&Entry>, Entry)>,
        serves: impl Fn(&CacheKey, &Entry) -> bool,
    ) -> Result<(), RefreshError> {
        let superseded = self.tiers.put_surely(entries).await?;
        if superseded.is_empty() {
            return Ok(());
        }
        let keys: Vec<CacheKey> = superseded.iter().map(|(key, _)| key.clone()).collect();
        let later = self.tiers.look(&keys, Consistency::Strong).await?.entries;
        let says_the_same = |(key, ours): &(CacheKey, Arc<Entry>)| {
            let later = later.get(key);
            later.is_some_and(|later| {
                later.etag == ours.etag && later.kind == ours.kind && serves(key, later)
            })
        };
        match superseded.iter().all(says_the_same) {
            true => Ok(()),
            false => Err(RefreshError::Overtaken),
        }
    }

    /// The store beneath.
    pub fn store(&self) -> &Arc<dyn Store> {
        self.tiers.store()
    }

    /// Keeps an artist's profile by itself.
    pub async fn refresh_profile(
        &self,
        artist: Mbid,
        profile: Entry,
    ) -> Result<Refreshed, RefreshError> {
        let key = profile_key(artist);
        let looked = self
            .tiers
            .look(std::slice::from_ref(&key), Consistency::Eventual);
        let before = looked.await?;
        let before = before.entries.get(&key).map(Arc::as_ref);
        let refreshed = match before {
            None => Refreshed::New,
            Some(before) if before.etag == profile.etag => Refreshed::Unchanged,
            Some(_) => Refreshed::Changed,
        };
        self.put_surely(vec![(key, before, profile)], |_, _| true)
            .await?;
        Ok(refreshed)
    }

    /// Those of the keys that the store has and that can still be used, with what is kept.
    pub async fn kept(
        &self,
        keys: &[CacheKey],
    ) -> Result<HashMap<CacheKey, Arc<Entry>>, StoreError> {
        let mut kept = self.tiers.look(keys, Consistency::Eventual).await?.entries;
        kept.retain(|_, entry| !matches!(entry.freshness.at(now()), State::Expired));
        Ok(kept)
    }

    /// The keys of a build under which something else is kept, "not found" included.
    pub async fn changes(
        &self,
        key: &CacheKey,
        built: &Built,
    ) -> Result<Vec<CacheKey>, StoreError> {
        // Nothing found isn't kept over what was, until a crawler has looked.
        if built.answer.kind == Kind::Unknown {
            return Ok(Vec::new());
        }
        let kept = self.kept(&keys_of(key, built)).await?;
        let answers = std::iter::once(key.clone())
            .chain(built.current.clone())
            .map(|key| (key, &built.answer));
        let profiles = built.profiles.iter();
        let profiles = profiles.map(|(artist, profile)| (profile_key(*artist), profile));
        let changed = answers.chain(profiles).filter(|(key, entry)| {
            let kept = kept.get(key);
            kept.is_some_and(|kept| kept.etag != entry.etag)
        });
        Ok(changed.map(|(key, _)| key).collect())
    }

    /// From `from` (unix seconds) on, what was built before it isn't fresh; see [`super::Store::mark_stale`].
    pub async fn mark_stale(&self, keys: &[CacheKey], from: u64) -> Result<usize, StoreError> {
        let marked = self.tiers.store().mark_stale(keys, from).await;
        self.tiers.memory().were_marked(keys, from);
        marked
    }
}

impl Entry {
    /// Whether it is an answer that Lidarr may have acted upon.
    pub(super) fn stands(&self) -> bool {
        self.kind == Kind::Found && !matches!(self.freshness.at(now()), State::Expired)
    }
}

/// The keys of everything that a build touches.
fn keys_of(key: &CacheKey, built: &Built) -> Vec<CacheKey> {
    let profiles = built.profiles.iter();
    let profiles = profiles.map(|(artist, _)| profile_key(*artist));
    std::iter::once(key.clone())
        .chain(built.current.clone())
        .chain(profiles)
        .collect()
}
