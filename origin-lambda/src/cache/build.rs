//! Building an answer once, however many ask for it and in however many processes.

use std::collections::HashMap;
use std::error::Error;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinError;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use linernotes_shared::Mbid;
use linernotes_shared::cache::CacheKey;

use super::composed::{self, profile_key};
use super::flight::Landing;
use super::store::Consistency;
use super::tiers::Tiers;
use super::{Composed, Entry, Kind, State, StoreError, now_millis};
use crate::telemetry::with_causes;

/// How long others leave a build to the process that took its lease and says nothing more. A builder that crashed holds
/// them up for so long, which must leave them time to build before the edge gives up on them.
const LEASE: Duration = Duration::from_secs(4);
/// How often a builder prolongs its lease: twice may fail.
const PROLONGED: Duration = Duration::from_millis(1_300);
/// How long the store has for a lease, given or taken back: a build is not to wait for what spares one.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often a waiting process looks whether the other one is done.
const GLANCE: Duration = Duration::from_millis(150);

/// How long is waited for a build.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waits {
    /// By who has a stale answer to give.
    pub with_stale: Duration,
    /// For another process that is still at it, by who has none.
    pub for_another: Duration,
}

impl Default for Waits {
    /// Both leave time to answer before the edge gives up, which it does after ten seconds.
    fn default() -> Self {
        Self {
            with_stale: Duration::from_secs(4),
            for_another: Duration::from_secs(7),
        }
    }
}

/// What a build makes.
#[derive(Clone, Debug)]
pub struct Built {
    /// The answer's frame.
    pub answer: Entry,
    /// The profiles that stand in it, by artist, in the frame's order.
    pub profiles: Vec<(Mbid, Entry)>,
    /// Artists whose profiles may say less than the kept ones, because what they are made of couldn't be read: they go
    /// out if nothing else is kept, and aren't kept themselves.
    pub unsure: Vec<Mbid>,
    /// The key of its subject's current MBID, if an old one was asked for. The answer is kept under both: who was told
    /// the new MBID asks by it from then on, and is to hear of its changes.
    pub current: Option<CacheKey>,
}

/// Why nothing was built.
pub type BuildFailure = Arc<dyn Error + Send + Sync>;

/// What becomes of a build.
pub(super) type Outcome = Result<Arc<Composed>, BuildFailure>;

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

/// Another process builds it, and takes long. To build it here too would make what is slow slower.
#[derive(Debug, thiserror::Error)]
#[error("another process is still building it")]
struct StillBuilding;

impl<T: Clone + Send + Sync + 'static> Landing for Result<T, BuildFailure> {
    fn broken_off(error: JoinError) -> Self {
        Err(Arc::new(BrokenOff(error)))
    }
}

/// Builds and keeps an answer, unless another process is at it: then its answer is awaited, for `wait` at most.
pub(super) async fn run<E>(
    tiers: &Tiers,
    key: &CacheKey,
    holder: &str,
    wait: Duration,
    build: impl Future<Output = Result<Built, E>>,
) -> Outcome
where
    E: Error + Send + Sync + 'static,
{
    let turn = take_turn(tiers, key, holder, wait).await;
    let building = match turn {
        Turn::Theirs(theirs) => return Ok(theirs),
        Turn::NotYet => return Err(Arc::new(StillBuilding)),
        Turn::Leased => prolonging(tiers, key, holder, build).await,
        Turn::Unleased => build.await,
    };
    let outcome = match building {
        Ok(built) if built.answer.kind == Kind::Unknown => unknown(tiers, key, built).await,
        Ok(built) => Ok(keep(tiers, key, built).await),
        Err(error) => Err(Arc::new(error) as BuildFailure),
    };
    give_back(tiers, key, holder).await;
    outcome
}

/// Runs a build, whose lease lasts until it has ended.
async fn prolonging<T>(
    tiers: &Tiers,
    key: &CacheKey,
    holder: &str,
    build: impl Future<Output = T>,
) -> T {
    let prolong = async {
        loop {
            sleep(PROLONGED).await;
            if let Ok(false) = acquire(tiers, key, holder).await {
                // Another has it, after a pause of this process.
                std::future::pending::<()>().await;
            }
        }
    };
    tokio::select! {
        biased;
        outcome = build => outcome,
        never = prolong => never,
    }
}

/// "Not found", unless something else is kept that still counts, or that can't be told.
async fn unknown(tiers: &Tiers, key: &CacheKey, built: Built) -> Outcome {
    let in_memory = tiers.in_memory(key);
    // Not what a look of before a moment ago would tell: Lidarr deletes what isn't found.
    let looked = tiers.look(std::slice::from_ref(key), Consistency::Strong);
    match looked.await {
        Ok(kept) if kept.stands(key) || in_memory.is_some_and(|entry| entry.stands()) => {
            Err(Arc::new(Doubted))
        }
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

/// Whose turn it is to build.
enum Turn {
    /// Another process's, which has built this.
    Theirs(Arc<Composed>),
    /// Ours.
    Leased,
    /// Ours, as far as we know.
    Unleased,
    /// Still another process's.
    NotYet,
}

/// Waits for the lease, or for what its holder builds; in trouble with the store, for neither. A holder that crashed is
/// no reason to end the wait with nothing: its lease ends sooner.
async fn take_turn(tiers: &Tiers, key: &CacheKey, holder: &str, wait: Duration) -> Turn {
    // Who found nothing fresh may have looked just before another was done.
    if let Some(theirs) = composed::in_memory(tiers, key).filter(|answer| is_fresh(answer)) {
        return Turn::Theirs(theirs);
    }
    let end = Instant::now() + wait;
    let mut has_waited = false;
    loop {
        match acquire(tiers, key, holder).await {
            Ok(true) if has_waited || tiers.store().is_shared() => break,
            Ok(true) => return Turn::Leased,
            Ok(false) if Instant::now() < end => {}
            Ok(false) => return Turn::NotYet,
            Err(error) => {
                tracing::warn!(%key, error = with_causes(&error), "building without a lease");
                return Turn::Unleased;
            }
        }
        has_waited = true;
        sleep(GLANCE).await;
        let looking = composed::fresh_in_store(tiers, key, Consistency::Eventual);
        if let Ok(Some(theirs)) = timeout_at(end, looking).await {
            return Turn::Theirs(theirs);
        }
    }
    // Its last holder may have been done between the look and the lease.
    let looking = composed::fresh_in_store(tiers, key, Consistency::Strong);
    match timeout(PATIENCE, looking).await {
        Ok(Some(theirs)) => {
            give_back(tiers, key, holder).await;
            Turn::Theirs(theirs)
        }
        Ok(None) | Err(_) => Turn::Leased,
    }
}

async fn acquire(tiers: &Tiers, key: &CacheKey, holder: &str) -> Result<bool, StoreError> {
    let acquiring = tiers.store().acquire(key, holder, now_millis(), LEASE);
    timeout(PATIENCE, acquiring)
        .await
        .unwrap_or(Err(StoreError::Slow))
}

fn is_fresh(answer: &Composed) -> bool {
    matches!(answer.state(), State::Fresh { .. })
}

/// Keeps all parts, the profiles first: whoever finds the frame shall find them too.
async fn keep(tiers: &Tiers, key: &CacheKey, built: Built) -> Arc<Composed> {
    let artists: Vec<Mbid> = built.profiles.iter().map(|(artist, _)| *artist).collect();
    let profiles = keep_profiles(tiers, built.profiles, &built.unsure).await;
    if let Some(current) = built.current {
        tiers.put(current, built.answer.clone()).await;
    }
    let frame = tiers.put(key.clone(), built.answer.clone()).await;
    if frame.frame.artists == artists {
        return Arc::new(Composed::of(&frame, &profiles));
    }
    // Another process has put a later frame, in which other artists stand; ours is whole if theirs isn't.
    match composed::kept(tiers, key).await {
        Some((kept, _)) => kept,
        None => Arc::new(Composed::of(&built.answer, &profiles)),
    }
}

/// Keeps profiles, and returns what stands for each, in their order.
async fn keep_profiles(
    tiers: &Tiers,
    profiles: Vec<(Mbid, Entry)>,
    unsure: &[Mbid],
) -> Vec<Arc<Entry>> {
    let unsure: Vec<CacheKey> = unsure.iter().copied().map(profile_key).collect();
    let profiles: Vec<(CacheKey, Entry)> = profiles
        .into_iter()
        .map(|(artist, profile)| (profile_key(artist), profile))
        .collect();
    let keys = keys_of(&profiles);
    let (lacking, sure): (Vec<_>, Vec<_>) = profiles
        .into_iter()
        .partition(|(key, _)| unsure.contains(key));
    let sure_keys = keys_of(&sure);
    let kept = tiers.put_news(sure).await;
    let mut standing: HashMap<CacheKey, Arc<Entry>> = sure_keys.into_iter().zip(kept).collect();
    if !lacking.is_empty() {
        let kept = tiers.find(&keys_of(&lacking)).await;
        for ((key, profile), kept) in lacking.into_iter().zip(kept) {
            let kept = kept.filter(|kept| kept.state() != State::Expired);
            standing.insert(key, kept.unwrap_or_else(|| Arc::new(profile)));
        }
    }
    keys.iter()
        .filter_map(|key| standing.get(key).cloned())
        .collect()
}

fn keys_of(entries: &[(CacheKey, Entry)]) -> Vec<CacheKey> {
    entries.iter().map(|(key, _)| key.clone()).collect()
}
