use std::time::Duration;

use tokio::time::Instant;

/// What a run leaves of its time, for the batch under way to end and to be noted.
const MARGIN: Duration = Duration::from_secs(20);
/// But no more than this part of it, as a divisor.
const MOST_OF_IT: u32 = 4;

/// When a run must have ended.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    /// From then on, no batch is begun.
    near: Option<Instant>,
}

impl Deadline {
    /// None.
    pub const NEVER: Self = Self { near: None };

    /// In so much time from now.
    pub fn within(time: Duration) -> Self {
        let margin = MARGIN.min(time / MOST_OF_IT);
        Self {
            near: Some(Instant::now() + (time - margin)),
        }
    }

    /// Whether it is too late for another batch.
    pub(super) fn is_near(self) -> bool {
        self.near.is_some_and(|near| Instant::now() >= near)
    }
}
