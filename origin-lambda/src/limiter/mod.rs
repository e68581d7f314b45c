//! How often providers are asked: never more than they allow, however many processes ask.
//!
//! Being over the limit is nothing to tell a client: the answer goes out without what the provider would have added, and
//! is soon tried again.

mod process;
mod shared;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

pub use process::ProcessLimiter;
pub use shared::SharedLimiter;

use crate::cache::DynamoDbStore;
use crate::config::{self, LimiterKind};

/// What a provider allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Calls in each window.
    pub calls: u32,
    /// How long a window lasts; at least a second.
    pub window: Duration,
}

/// Counts calls to providers.
#[async_trait]
pub trait Limiter: Send + Sync {
    /// Counts one call to a provider at a moment (unix seconds), and says whether it may be made.
    async fn permits(&self, provider: &str, rate: Rate, now: u64) -> bool;
}

/// Permits everything: for providers that set no limit, and for whoever knows better.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unlimited;

#[async_trait]
impl Limiter for Unlimited {
    async fn permits(&self, _: &str, _: Rate, _: u64) -> bool {
        true
    }
}

impl Rate {
    /// The window that a moment lies in, counted from 1970.
    const fn window_at(self, now: u64) -> u64 {
        let seconds = self.window.as_secs();
        now / if seconds == 0 { 1 } else { seconds }
    }
}

/// The limiter that the settings choose. A shared one counts in the store's table.
pub async fn open(kind: LimiterKind, store: &config::Store) -> Arc<dyn Limiter> {
    match kind {
        LimiterKind::Off => Arc::new(Unlimited),
        LimiterKind::Process => Arc::<ProcessLimiter>::default(),
        LimiterKind::Shared => Arc::new(SharedLimiter::new(DynamoDbStore::connect(store).await)),
    }
}
