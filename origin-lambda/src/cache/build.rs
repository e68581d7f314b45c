//! Building an answer once, however many ask for it and in however many processes.

use std::error::Error;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinError;
use tokio::time::{Instant, sleep, timeout};

use linernotes_shared::Mbid;
use linernotes_shared::cache::CacheKey;

use super::composed::{self, profile_key};
use super::flight::Landing;
use super::refresh::stands;
use super::tiers::Tiers;
use super::{Composed, Entry, Kind, StoreError, now_millis};
use crate::telemetry::with_causes;

/// How long others leave a build to the process that took its lease. A builder that crashed holds them up for so long.
const LEASE: Duration = Duration::from_secs(10);
/// How long the store has for a lease, given or taken back: a build is not to wait for what spares one.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often a waiting process looks whether the other one is done.
const GLANCE: Duration = Duration::from_millis(150);

/// What a build makes.
#[derive(Clone, Debug)]
pub struct Built {
    /// The answer's frame.
    pub answer: Entry,
    /// The profiles that stand in it, by artist, in the frame's order.
    pub profiles: Vec<(Mbid, Entry)>,
    /// The key of its subject's current MBID, if an old one was asked for. The answer is kept under both: who was told
    /// the new MBID asks by it from then on, and is to hear of its changes.
    pub current: Option<CacheKey>,
}

/// Why nothing was built.
pub type BuildFailure = Arc<dyn Error + Send + Sync>;

/// What becomes of a build.
pub(super) type Outcome = Result<Composed, BuildFailure>;

/// A build ended without a result.
#[derive(Debug, thiserror::Error)]
#[error("the build was broken off")]
struct BrokenOff(#[source] JoinError);

/// The catalogue doesn't know any more what an answer is kept for. One look isn't enough to have Lidarr delete it: the
/// crawler takes the second one, and then says "not found".
#[derive(Debug, thiserror::Error)]
#[error(
    "the catalogue doesn't know it any more; until a crawl has looked again, what is kept stands"
)]
struct Doubted;

impl<T: Clone + Send + Sync + 'static> Landing for Result<T, BuildFailure> {
    fn broken_off(error: JoinError) -> Self {
        Err(Arc::new(BrokenOff(error)))
    }
}

/// Builds and keeps an answer, unless another process is at it: then its answer is awaited.
pub(super) async fn run<E>(
    tiers: &Tiers,
    key: &CacheKey,
    holder: &str,
    build: impl Future<Output = Result<Built, E>>,
) -> Outcome
where
    E: Error + Send + Sync + 'static,
{
    if let Some(theirs) = take_turn(tiers, key, holder).await {
        return Ok(theirs);
    }
    let outcome = match build.await {
        Ok(built) if built.answer.kind == Kind::Unknown => unknown(tiers, key, built).await,
        Ok(built) => Ok(keep(tiers, key, built).await),
        Err(error) => Err(Arc::new(error) as BuildFailure),
    };
    give_back(tiers, key, holder).await;
    outcome
}

/// "Not found", unless something else is kept that still counts, or that can't be told.
async fn unknown(tiers: &Tiers, key: &CacheKey, built: Built) -> Outcome {
    let kept = tiers.look(std::slice::from_ref(key)).await;
    match kept {
        Ok(kept) if kept.get(key).is_some_and(|entry| stands(entry)) => Err(Arc::new(Doubted)),
        Ok(_) => Ok(keep(tiers, key, built).await),
        Err(error) => Err(Arc::new(error)),
    }
}

/// Gives the lease back, without keeping the answer waiting for it.
async fn give_back(tiers: &Tiers, key: &CacheKey, holder: &str) {
    let (store, key, holder) = (Arc::clone(tiers.store()), key.clone(), holder.to_owned());
    let releasing = tokio::spawn(async move {
        if let Err(error) = store.release(&key, &holder).await {
            // It ends by itself.
            tracing::warn!(%key, error = with_causes(&error), "lease not released");
        }
    });
    let _ = timeout(PATIENCE, releasing).await;
}

/// Waits for the lease, or for what its holder builds; in trouble with the store, for neither.
async fn take_turn(tiers: &Tiers, key: &CacheKey, holder: &str) -> Option<Composed> {
    let (began, started) = (now_millis(), Instant::now());
    loop {
        let acquiring = tiers.store().acquire(key, holder, now_millis(), LEASE);
        match timeout(PATIENCE, acquiring)
            .await
            .unwrap_or(Err(StoreError::Slow))
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
        if is_new && let Some((theirs, _)) = composed::kept(tiers, key).await {
            return Some(theirs);
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Keeps all parts, the profiles first: whoever finds the frame shall find them too.
async fn keep(tiers: &Tiers, key: &CacheKey, built: Built) -> Composed {
    let artists: Vec<Mbid> = built.profiles.iter().map(|(artist, _)| *artist).collect();
    let profiles = built.profiles.into_iter();
    let profiles = tiers
        .put_news(
            profiles
                .map(|(artist, profile)| (profile_key(artist), profile))
                .collect(),
        )
        .await;
    if let Some(current) = built.current {
        tiers.put(current, built.answer.clone()).await;
    }
    let frame = tiers.put(key.clone(), built.answer.clone()).await;
    if frame.frame.artists == artists {
        return Composed::of(&frame, &profiles);
    }
    // Another process has put a later frame, in which other artists stand; ours is whole if theirs isn't.
    composed::kept(tiers, key)
        .await
        .map_or_else(|| Composed::of(&built.answer, &profiles), |(kept, _)| kept)
}
