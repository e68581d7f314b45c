use std::collections::HashMap;
use std::sync::Arc;

use linernotes_shared::cache::{CacheKey, State};

use super::composed::profile_key;
use super::{Cache, Composed, Entry};

impl Cache {
    /// The fresh answers of keys, as far as there are any, in two reads of the store: one of the answers, one of the
    /// profiles that stand in them.
    pub async fn fresh(&self, keys: &[CacheKey]) -> HashMap<CacheKey, Composed> {
        let frames = self.tiers.find(keys).await;
        let mut wanted: Vec<CacheKey> = frames
            .iter()
            .flatten()
            .flat_map(|frame| &frame.frame.artists)
            .map(|artist| profile_key(*artist))
            .collect();
        wanted.sort_unstable();
        wanted.dedup();
        let found = self.tiers.find(&wanted).await;
        let profiles: HashMap<CacheKey, Arc<Entry>> = wanted
            .into_iter()
            .zip(found)
            .filter_map(|(key, profile)| Some((key, profile?)))
            .collect();
        let compose = |frame: &Entry| {
            let artists = frame.frame.artists.iter();
            let own: Option<Vec<Arc<Entry>>> = artists
                .map(|artist| profiles.get(&profile_key(*artist)).cloned())
                .collect();
            Some(Composed::of(frame, &own?))
        };
        keys.iter()
            .zip(&frames)
            .filter_map(|(key, frame)| Some((key.clone(), compose(frame.as_deref()?)?)))
            .filter(|(_, answer)| matches!(answer.state(), State::Fresh { .. }))
            .collect()
    }
}
