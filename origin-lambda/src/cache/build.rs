//! Building an answer once, however many ask for it and in however many processes.

use std::error::Error;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use linernotes_shared::Mbid;
use linernotes_shared::cache::CacheKey;

use super::composed::{self, profile_key};
use super::tiers::Tiers;
use super::{Composed, Entry, now_millis};
use crate::telemetry::with_causes;

/// How long others leave a build to the process that took its lease. A builder that crashed holds them up for so long.
const LEASE: Duration = Duration::from_secs(10);
/// How often a waiting process looks whether the other one is done.
const GLANCE: Duration = Duration::from_millis(150);

/// What a build makes.
#[derive(Clone, Debug)]
pub struct Built {
    /// The answer's frame.
    pub answer: Entry,
    /// The profiles that stand in it, by artist, in the frame's order.
    pub profiles: Vec<(Mbid, Entry)>,
}

/// Why nothing was built.
pub(super) type BuildFailure = Arc<dyn Error + Send + Sync>;

/// Builds and keeps an answer, unless another process is at it: then its answer is awaited.
pub(super) async fn run<E>(
    tiers: &Tiers,
    key: &CacheKey,
    holder: &str,
    build: impl Future<Output = Result<Built, E>>,
) -> Result<Composed, BuildFailure>
where
    E: Error + Send + Sync + 'static,
{
    if let Some(theirs) = take_turn(tiers, key, holder).await {
        return Ok(theirs);
    }
    let outcome = match build.await {
        Ok(built) => Ok(keep(tiers, key, built).await),
        Err(error) => Err(Arc::new(error) as BuildFailure),
    };
    if let Err(error) = tiers.store().release(key, holder).await {
        // It ends by itself.
        tracing::warn!(%key, error = with_causes(&error), "lease not released");
    }
    outcome
}

/// Waits for the lease, or for what its holder builds; in trouble with the store, for neither.
async fn take_turn(tiers: &Tiers, key: &CacheKey, holder: &str) -> Option<Composed> {
    let (began, started) = (now_millis(), Instant::now());
    loop {
        match tiers
            .store()
            .acquire(key, holder, now_millis(), LEASE)
            .await
        {
            Ok(true) => return None,
            Ok(false) if started.elapsed() < LEASE => {}
            Ok(false) => return None,
            Err(error) => {
                tracing::warn!(%key, error = with_causes(&error), "building without a lease");
                return None;
            }
        }
        sleep(GLANCE).await;
        let fetched = tiers.fetch(std::slice::from_ref(key)).await;
        let is_new = fetched.get(key).is_some_and(|entry| {
            // The other clock may be behind, and its build may have begun before the wait.
            entry.built_at.saturating_add(millis(LEASE)) >= began
        });
        if is_new && let Some(theirs) = composed::kept(tiers, key).await {
            return Some(theirs);
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Keeps all parts, the profiles first: whoever finds the frame shall find them too.
async fn keep(tiers: &Tiers, key: &CacheKey, built: Built) -> Composed {
    let mut artists = Vec::with_capacity(built.profiles.len());
    let mut profiles = Vec::with_capacity(built.profiles.len());
    for (artist, profile) in built.profiles {
        artists.push(artist);
        profiles.push(tiers.put_if_news(profile_key(artist), profile).await);
    }
    let frame = tiers.put(key.clone(), built.answer.clone()).await;
    if frame.frame.artists == artists {
        return Composed::of(&frame, &profiles);
    }
    // Another process has put a later frame, in which other artists stand; ours is whole if theirs isn't.
    composed::kept(tiers, key)
        .await
        .unwrap_or_else(|| Composed::of(&built.answer, &profiles))
}
