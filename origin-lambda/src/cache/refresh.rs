//! Building an answer again because something changed, not because somebody asks.

use std::error::Error;
use std::future::Future;
use std::sync::Arc;

use linernotes_shared::Mbid;
use linernotes_shared::cache::{CacheKey, Collection, State};

use super::build::BuildFailure;
use super::composed::profile_key;
use super::{Built, Cache, Entry, Kind, Store, StoreError, build, now};

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
    /// The catalogue doesn't know its subject any more. What was kept still stands.
    Doubted,
    /// The catalogue didn't know its subject for the second time: it is "not found" now.
    Gone,
}

impl Cache {
    /// Builds a key's answer and keeps it, whatever is kept.
    pub async fn refresh<F, E>(
        &self,
        key: &CacheKey,
        how: Refresh,
        building: F,
    ) -> Result<Refreshed, BuildFailure>
    where
        F: Future<Output = Result<Built, E>> + Send,
        E: Error + Send + Sync + 'static,
    {
        let parts = [Some(key.clone()), own_profile(key)];
        let parts: Vec<CacheKey> = parts.into_iter().flatten().collect();
        let before = self.tiers.find(&parts).await;
        let built = building
            .await
            .map_err(|error| Arc::new(error) as BuildFailure)?;
        let unknown = built.answer.kind == Kind::Unknown;
        let was_found = before[0].as_deref().is_some_and(stands);
        if unknown && was_found && !how.believe_gone {
            return Ok(Refreshed::Doubted);
        }
        let after = {
            let mut after = vec![built.answer.etag.clone()];
            after.extend(own_profile(key).and_then(|_| {
                let (_, profile) = built.profiles.first()?;
                Some(profile.etag.clone())
            }));
            after
        };
        build::keep(&self.tiers, key, built, how.touch).await;
        self.failures.invalidate(key);
        let same = before
            .iter()
            .map(|entry| entry.as_ref().map(|entry| &entry.etag))
            .eq(after.iter().map(Some));
        Ok(match (was_found, unknown, same) {
            (true, true, _) => Refreshed::Gone,
            (false, _, _) => Refreshed::New,
            (true, false, true) => Refreshed::Unchanged,
            (true, false, false) => Refreshed::Changed,
        })
    }

    /// The store beneath.
    pub fn store(&self) -> &Arc<dyn Store> {
        self.tiers.store()
    }

    /// Keeps an artist's profile by itself.
    pub async fn refresh_profile(&self, artist: Mbid, profile: Entry) -> Refreshed {
        let key = profile_key(artist);
        let before = self.tiers.get(&key).await;
        let etag = profile.etag.clone();
        self.tiers.put(key, profile, false).await;
        match before {
            None => Refreshed::New,
            Some(before) if before.etag == etag => Refreshed::Unchanged,
            Some(_) => Refreshed::Changed,
        }
    }

    /// Those of the keys that are kept and can still be used, with what is kept.
    pub async fn kept(&self, keys: &[CacheKey]) -> Vec<(CacheKey, Arc<Entry>)> {
        let entries = self.tiers.find(keys).await;
        let kept = keys.iter().cloned().zip(entries);
        kept.filter_map(|(key, entry)| Some((key, entry?)))
            .filter(|(_, entry)| !matches!(entry.freshness.at(now()), State::Expired))
            .collect()
    }

    /// From `from` (unix seconds) on, what was built before it isn't fresh; see [`super::Store::mark_stale`].
    pub async fn mark_stale(&self, keys: &[CacheKey], from: u64) -> Result<usize, StoreError> {
        let marked = self.tiers.store().mark_stale(keys, from).await;
        self.tiers.forget(keys);
        marked
    }
}

/// Whether an entry is an answer that Lidarr may have acted upon.
pub(super) fn stands(entry: &Entry) -> bool {
    entry.kind == Kind::Found && !matches!(entry.freshness.at(now()), State::Expired)
}

/// The profile of the artist whose answer it is.
fn own_profile(key: &CacheKey) -> Option<CacheKey> {
    match key.collection() {
        Collection::Artist => key.mbid().map(profile_key),
        _ => None,
    }
}
