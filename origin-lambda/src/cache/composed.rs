use std::sync::{Arc, LazyLock};

use linernotes_shared::cache::{CacheKey, Collection, Freshness, State};

use super::tiers::{Found, Tiers};
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

    /// What may be done with it now.
    pub(crate) fn state(&self) -> State {
        self.freshness.at(now())
    }
}

/// The key of an artist's profile.
pub(super) fn profile_key(artist: linernotes_shared::Mbid) -> CacheKey {
    CacheKey::new(Collection::Profile, artist)
}

/// The kept answer of a key, if all its parts are kept, and where its frame is.
pub(super) async fn kept(tiers: &Tiers, key: &CacheKey) -> Option<(Composed, Found)> {
    let (frame, found) = tiers.find_one(key).await?;
    let keys: Vec<CacheKey> = frame
        .frame
        .artists
        .iter()
        .copied()
        .map(profile_key)
        .collect();
    let profiles = tiers.get_all(&keys).await?;
    Some((Composed::of(&frame, &profiles), found))
}
