use std::sync::{Arc, LazyLock};

use linernotes_shared::cache::{CacheKey, Collection, Freshness, State};

use super::entry::weight_of;
use super::store::Consistency;
use super::tiers::{Found, Tiers, Whole};
use super::{Entry, Kind, Segment, now};
use crate::answer::BETWEEN_PROFILES;

static BETWEEN: LazyLock<Segment> = LazyLock::new(|| Segment::new(BETWEEN_PROFILES));

/// An answer as it is sent: a frame with the profiles in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composed {
    /// What it says.
    pub kind: Kind,
    /// The body.
    pub body: Segment,
    /// Strong entity tag of the body, quotes included.
    pub etag: String,
    /// Tags by which it is purged.
    pub tags: Vec<String>,
    /// How long it may be used: as long as every part.
    pub freshness: Freshness,
    /// When its content last changed, unix seconds.
    pub updated: u64,
}

impl Composed {
    /// A frame with its profiles, in the frame's order. Nothing is compressed again.
    pub(super) fn of(frame: &Entry, profiles: &[Arc<Entry>]) -> Self {
        let parts = || profiles.iter().map(Arc::as_ref).chain([frame]);
        let pieces = frame.frame.around(
            profiles.iter().map(|profile| &profile.frame.before),
            &BETWEEN,
        );
        let body = Segment::join(pieces);
        let earliest = |time: fn(&Entry) -> u64| parts().map(time).min().unwrap_or_default();
        Self {
            kind: frame.kind,
            etag: body.etag(),
            body,
            tags: frame.tags.clone(),
            freshness: Freshness {
                fresh_until: earliest(|entry| entry.freshness.fresh_until),
                stale_until: earliest(|entry| entry.freshness.stale_until),
            },
            updated: parts().map(|entry| entry.updated).max().unwrap_or_default(),
        }
    }

    /// Bytes it takes in memory, about.
    pub(super) fn weight(&self) -> usize {
        size_of::<Self>() + self.body.weight() + self.etag.len() + weight_of(&self.tags)
    }

    /// What may be done with it now. "Not found" is never used stale: what it denies may have come since.
    pub(crate) fn state(&self) -> State {
        match (self.freshness.at(now()), self.kind) {
            (State::Stale { .. }, Kind::Unknown) => State::Expired,
            (state, _) => state,
        }
    }
}

/// The key of an artist's profile.
pub(super) fn profile_key(artist: linernotes_shared::Mbid) -> CacheKey {
    CacheKey::new(Collection::Profile, artist)
}

/// The kept answer of a key, if all its parts are kept, and where its frame is. Of many who ask for it at once, one reads
/// what isn't in memory.
pub(super) async fn kept(tiers: &Tiers, key: &CacheKey) -> Whole {
    if let Some(whole) = in_memory(tiers, key) {
        tiers.count(Some(Found::InMemory));
        return Some((whole, Found::InMemory));
    }
    let reading = tiers.reads().join(key, || {
        let (tiers, key) = (tiers.clone(), key.clone());
        async move { read(&tiers, &key).await }
    });
    let whole = reading.landing.await;
    if reading.was_under_way {
        tiers.count(whole.as_ref().map(|(_, found)| *found));
    }
    whole
}

async fn read(tiers: &Tiers, key: &CacheKey) -> Whole {
    let (frame, found) = tiers.find_one(key).await?;
    let profiles = tiers.get_all(&profile_keys(&frame)).await?;
    Some((Arc::new(Composed::of(&frame, &profiles)), found))
}

/// The answer of a key if all of it is in memory.
pub(super) fn in_memory(tiers: &Tiers, key: &CacheKey) -> Option<Arc<Composed>> {
    let memory = tiers.memory();
    if let Some(answer) = memory.joined(key) {
        return Some(answer);
    }
    let frame = memory.get(key)?;
    let keys = profile_keys(&frame);
    let profiles = keys.iter().map(|profile| memory.get(profile));
    let profiles = profiles.collect::<Option<Vec<Arc<Entry>>>>()?;
    let answer = Arc::new(Composed::of(&frame, &profiles));
    let parts = std::iter::once((key.clone(), &frame)).chain(keys.into_iter().zip(&profiles));
    memory.was_joined(key, &answer, parts);
    Some(answer)
}

/// The answer of a key if it is fresh in the store, whatever memory says.
pub(super) async fn fresh_in_store(
    tiers: &Tiers,
    key: &CacheKey,
    how: Consistency,
) -> Option<Arc<Composed>> {
    let is_fresh = |freshness: Freshness| matches!(freshness.at(now()), State::Fresh { .. });
    let mut frames = tiers.fetch_as(std::slice::from_ref(key), how).await;
    let frame = frames
        .remove(key)
        .filter(|frame| is_fresh(frame.freshness))?;
    let keys = profile_keys(&frame);
    let profiles = if keys.is_empty() {
        Vec::new()
    } else {
        let found = tiers.fetch_as(&keys, how).await;
        let profiles = keys.iter().map(|profile| found.get(profile).cloned());
        profiles.collect::<Option<Vec<_>>>()?
    };
    let whole = Composed::of(&frame, &profiles);
    is_fresh(whole.freshness).then(|| Arc::new(whole))
}

fn profile_keys(frame: &Entry) -> Vec<CacheKey> {
    let artists = frame.frame.artists.iter().copied();
    artists.map(profile_key).collect()
}
