//! Several kept answers at once: all frames in one read of the store, all their profiles in one more.

use std::collections::{BTreeSet, HashMap};
use std::future::Future;
use std::sync::Arc;

use linernotes_shared::cache::CacheKey;

use super::composed::profile_key;
use super::tiers::{Found, Tiers};
use super::{Built, Cache, Composed, Entry, Served, State, Unavailable};

impl Cache {
    /// The kept answer of each key, in their order, however old; `None` without one that is whole.
    pub async fn kept_answers(&self, keys: &[CacheKey]) -> Vec<Option<Arc<Composed>>> {
        kept_all(&self.tiers, keys).await
    }

    /// As [`Cache::get_or_build`], with what [`Cache::kept`] found.
    pub async fn settle<B, F, E>(
        &self,
        key: CacheKey,
        kept: Option<Arc<Composed>>,
        build: B,
    ) -> Result<Served, Unavailable>
    where
        B: FnOnce() -> F,
        F: Future<Output = Result<Built, E>> + Send + 'static,
        E: std::error::Error + Send + Sync + 'static,
    {
        // What stands in a list isn't asked for by itself, so it isn't counted where from it came.
        let settled = match kept {
            Some(kept) if kept.state() != State::Expired => {
                self.judge(key, kept, Found::InStore, build).await
            }
            _ => self.build(&key, build, None).await,
        };
        settled.map(|(served, _)| served)
    }
}

async fn kept_all(tiers: &Tiers, keys: &[CacheKey]) -> Vec<Option<Arc<Composed>>> {
    let frames = tiers.find(keys).await;
    let artists: BTreeSet<CacheKey> = frames
        .iter()
        .flatten()
        .flat_map(|frame| frame.frame.artists.iter().copied().map(profile_key))
        .collect();
    let artists: Vec<CacheKey> = artists.into_iter().collect();
    let profiles = tiers.find(&artists).await;
    let profiles: HashMap<CacheKey, Arc<Entry>> = artists
        .into_iter()
        .zip(profiles)
        .filter_map(|(key, profile)| Some((key, profile?)))
        .collect();
    frames
        .into_iter()
        .map(|frame| {
            let frame = frame?;
            let profiles: Option<Vec<Arc<Entry>>> = frame
                .frame
                .artists
                .iter()
                .map(|artist| profiles.get(&profile_key(*artist)).cloned())
                .collect();
            Some(Arc::new(Composed::of(&frame, &profiles?)))
        })
        .collect()
}
