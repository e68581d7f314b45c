use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// What a run leaves of its time, so that the page under way may end.
const MARGIN: Duration = Duration::from_secs(20);
/// But no more than this part of it, as a divisor.
const MOST_OF_IT: u32 = 4;
/// What it leaves for its report to be noted, whatever is under way then: a part of the margin, as a divisor.
const FOR_THE_REPORT: u32 = 4;

/// When a run must have ended.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    /// From then on, no page is begun.
    near: Option<Instant>,
    /// Then the page under way is broken off.
    over: Option<Instant>,
}

impl Deadline {
    /// None.
    pub const NEVER: Self = Self {
        near: None,
        over: None,
    };

    /// In so much time from now.
    pub fn within(time: Duration) -> Self {
        let margin = MARGIN.min(time / MOST_OF_IT);
        let now = Instant::now();
        Self {
            near: Some(now + (time - margin)),
            over: Some(now + (time - margin / FOR_THE_REPORT)),
        }
    }

    /// The same for a part of the run that is to take no more than so much time.
    pub(super) fn of_part(self, time: Duration) -> Self {
        let end = Instant::now() + time;
        Self {
            near: Some(self.near.map_or(end, |near| near.min(end))),
            ..self
        }
    }

    /// Whether it is too late for another page.
    pub(super) fn is_near(self) -> bool {
        !self.allows(Duration::ZERO)
    }

    /// Whether after a wait there is still time for something.
    pub(super) fn allows(self, wait: Duration) -> bool {
        self.near
            .is_none_or(|near| wait < near.saturating_duration_since(Instant::now()))
    }

    /// Ends when nothing may be under way any more.
    pub(super) async fn over(self) {
        match self.over {
            Some(over) => sleep_until(over).await,
            None => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_run_begins_nothing_late_and_has_ended_before_its_time_is_over() {
        let deadline = Deadline::within(Duration::from_secs(900));
        assert!(!deadline.is_near());
        assert!(deadline.allows(Duration::from_secs(800)));
        assert!(!deadline.allows(Duration::from_secs(880)));
        let part = deadline.of_part(Duration::from_secs(700));
        assert!(part.allows(Duration::from_secs(600)) && !part.allows(Duration::from_secs(700)));
        assert!(
            !deadline
                .of_part(Duration::from_secs(1_000))
                .allows(Duration::from_secs(880))
        );

        let short = Deadline::within(Duration::from_millis(200));
        short.over().await;
        assert!(short.is_near());
    }

    #[test]
    fn without_a_deadline_there_is_time_for_everything() {
        let part = Deadline::NEVER.of_part(Duration::from_secs(700));
        assert!(Deadline::NEVER.allows(Duration::MAX / 2));
        assert!(part.allows(Duration::from_secs(600)) && !part.allows(Duration::from_secs(700)));
    }
}
