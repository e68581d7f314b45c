//! How often providers are asked: in each window no more than they allow, however many processes ask, if they count
//! together.
//!
//! Windows are whole multiples of their length since 1970, by each process's own clock. So about the border of two
//! windows up to twice as many calls may come within one window's length; and of processes whose clocks differ by more
//! than a window, each may use up a window of its own. Clocks that are set by NTP differ by much less than a second, the
//! shortest window.
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
    /// When the window after a moment's begins, unix seconds.
    pub const fn next_window(self, now: u64) -> u64 {
        let seconds = self.window.as_secs();
        (self.window_at(now) + 1) * if seconds == 0 { 1 } else { seconds }
    }

    /// The window that a moment lies in, counted from 1970.
    const fn window_at(self, now: u64) -> u64 {
        let seconds = self.window.as_secs();
        now / if seconds == 0 { 1 } else { seconds }
    }

    /// When that window ends, unix seconds.
    const fn end_of_window_at(self, now: u64) -> u64 {
        let seconds = self.window.as_secs();
        let seconds = if seconds == 0 { 1 } else { seconds };
        (self.window_at(now) + 1).saturating_mul(seconds)
    }

    /// How long the window still lasts that a moment (unix seconds) lies in.
    pub(crate) fn left_of_window(self, now: u64) -> Duration {
        Duration::from_secs(self.end_of_window_at(now).saturating_sub(now))
    }
}

/// How long a table has to count a call: what a provider adds has to come within an answer's time.
const PATIENCE: Duration = Duration::from_millis(200);

/// The limiter that the settings choose. A shared one counts in the store's table.
pub async fn open(kind: LimiterKind, store: &config::Store) -> Arc<dyn Limiter> {
    match kind {
        LimiterKind::Off => Arc::new(Unlimited),
        LimiterKind::Process => Arc::<ProcessLimiter>::default(),
        LimiterKind::Shared => Arc::new(SharedLimiter::new(
            DynamoDbStore::connect(store).await,
            PATIENCE,
        )),
    }
}
