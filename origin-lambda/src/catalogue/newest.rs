//! The newest date that the replica is known to have had.
//!
//! A replica that is older now was put back to a backup. It doesn't know what has come since, and what is built from it
//! has Lidarr delete that: an artist's list without an album that Lidarr has already.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::{Catalogue, CatalogueError, Replication};
use crate::cache::now;

/// How long what others have noted is believed.
const BELIEVED: Duration = Duration::from_secs(10);

/// The newest date, as far as this process knows. Dates are unix seconds.
#[derive(Debug, Default)]
pub struct Newest {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    known: Option<i64>,
    /// As it was last seen in the note that all processes share.
    noted: Option<i64>,
    /// When that was.
    looked: Option<Instant>,
    /// Whether the replica is older, as of the last look. That is told once, when it begins.
    is_behind: bool,
}

impl Newest {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known before the replica is read: what is read may not be older. What others read meanwhile may be newer.
    pub fn known(&self) -> Option<i64> {
        self.state().known
    }

    /// Refuses a replica that is older than what was known before it was read.
    pub fn require(
        &self,
        replication: &Replication,
        known: Option<i64>,
    ) -> Result<(), CatalogueError> {
        let Some(date) = replication.date else {
            return Ok(());
        };
        let newest = known.filter(|known| date.as_second() < *known);
        let mut state = self.state();
        let was_behind = std::mem::replace(&mut state.is_behind, newest.is_some());
        let Some(newest) = newest else {
            state.see(date.as_second(), now());
            drop(state);
            if was_behind {
                tracing::info!(%date, "the replica has caught up");
            }
            return Ok(());
        };
        drop(state);
        let newest = Timestamp::from_second(newest).unwrap_or(Timestamp::MAX);
        if !was_behind {
            tracing::error!(
                %date,
                %newest,
                "the replica was put back: until it has caught up, only kept answers can be served"
            );
        }
        Err(CatalogueError::PutBack {
            date: date.to_string(),
            newest: newest.to_string(),
        })
    }

    /// Whether it is time to look at the note. It is looked at once, however many ask.
    pub fn is_due(&self) -> bool {
        let mut state = self.state();
        let is_due = state
            .looked
            .is_none_or(|looked| looked.elapsed() >= BELIEVED);
        if is_due {
            state.looked = Some(Instant::now());
        }
        is_due
    }

    /// Takes notice of what the note says. If it says less than it did, the operator has accepted an older replica.
    pub fn heed(&self, note: Option<i64>) {
        let mut state = self.state();
        let is_less = note.is_some() && note < state.noted;
        state.known = if is_less { note } else { state.known.max(note) };
        state.noted = note;
    }

    /// What is to be noted for others.
    pub fn unnoted(&self) -> Option<i64> {
        let state = self.state();
        state.known.filter(|_| state.known > state.noted)
    }
}

impl Catalogue {
    /// The newest date that the replica is known to have had.
    pub(crate) const fn newest(&self) -> &Newest {
        &self.newest
    }

    /// Refuses a replica that is being loaded, or was put back: that is older than what was known of it before it was read.
    pub(crate) fn require_sound(
        &self,
        replication: &Replication,
        known: Option<i64>,
    ) -> Result<(), CatalogueError> {
        replication.require_loaded()?;
        self.newest.require(replication, known)
    }

    /// Whether the replica can be built from: it is fully loaded, and wasn't put back.
    pub async fn check_soundness(&self) -> Result<(), CatalogueError> {
        let known = self.newest.known();
        let replication = self.replication().await?;
        self.require_sound(&replication, known)
    }
}

impl State {
    /// No date counts for more than `now`, or a wrong one would be waited for.
    fn see(&mut self, date: i64, now: u64) {
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        self.known = self.known.max(Some(date.min(now)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(date: i64) -> Replication {
        Replication {
            schema_sequence: 31,
            date: Some(Timestamp::from_second(date).unwrap()),
            loaded: true,
        }
    }

    fn is_behind(newest: &Newest, date: i64) -> bool {
        newest.require(&of(date), newest.known()).is_err()
    }

    #[test]
    fn a_replica_that_was_put_back_is_refused_until_it_has_caught_up() {
        let newest = Newest::default();
        assert!(!is_behind(&newest, 600), "nothing is known before");
        assert!(is_behind(&newest, 550));
        assert!(is_behind(&newest, 599));
        assert!(!is_behind(&newest, 600));
        assert!(!is_behind(&newest, 700));
    }

    #[test]
    fn a_date_of_the_future_is_not_waited_for() {
        let mut state = State::default();
        state.see(9_000, 1_000);
        assert_eq!(state.known, Some(1_000));
        state.see(1_100, 1_500);
        assert_eq!(state.known, Some(1_100));
    }

    #[test]
    fn what_was_being_read_when_a_packet_came_is_not_older() {
        let newest = Newest::default();
        assert!(!is_behind(&newest, 600));
        let before = newest.known();
        assert!(!is_behind(&newest, 700), "by another");
        assert!(newest.require(&of(600), before).is_ok());
        assert_eq!(newest.known(), Some(700));
    }

    #[test]
    fn what_others_note_counts_and_what_an_operator_takes_back_does_not() {
        let newest = Newest::default();
        assert!(newest.is_due() && !newest.is_due());
        assert!(!is_behind(&newest, 600));
        assert_eq!(newest.unnoted(), Some(600));
        newest.heed(Some(600));
        assert_eq!(newest.unnoted(), None);
        newest.heed(Some(700));
        assert!(is_behind(&newest, 600));
        // Seen here, and not noted yet.
        assert!(!is_behind(&newest, 800));
        newest.heed(Some(700));
        assert_eq!((newest.known(), newest.unnoted()), (Some(800), Some(800)));
        newest.heed(None);
        assert_eq!(newest.unnoted(), Some(800), "the store has lost it");
        newest.heed(Some(800));
        newest.heed(Some(650));
        assert!(!is_behind(&newest, 650));
        assert_eq!(newest.unnoted(), None);
    }
}
