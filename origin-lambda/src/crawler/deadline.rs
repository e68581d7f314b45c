use std::time::Duration;

use tokio::time::Instant;

/// What a run leaves of its time, for the batch under way to end and to be noted.
const MARGIN: Duration = Duration::from_secs(20);

/// When a run must have ended.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// None.
    pub const NEVER: Self = Self(None);

    /// In so much time from now.
    pub fn within(time: Duration) -> Self {
        Self(Some(Instant::now() + time))
    }

    /// Whether it is too late for another batch.
    pub(super) fn is_near(self) -> bool {
        self.0.is_some_and(|end| Instant::now() + MARGIN >= end)
    }
}
