use std::time::Duration;

use jiff::Timestamp;

use super::row::Columns;
use super::session::Snapshot;
use super::{CatalogueError, Statement};

/// How current and complete the replica is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replication {
    /// MusicBrainz's schema sequence.
    pub schema_sequence: i32,
    /// Date of the last replication packet.
    pub date: Option<Timestamp>,
    /// Whether every table that answers are made of has rows.
    pub loaded: bool,
}

impl Replication {
    /// Refuses a replica that is being loaded: its lists would be short.
    pub fn require_loaded(&self) -> Result<(), CatalogueError> {
        if self.loaded {
            Ok(())
        } else {
            Err(CatalogueError::NotLoaded)
        }
    }

    /// Refuses a replica whose last packet is older than `max_lag`: what it lacks may exist by now.
    pub fn require_current(&self, max_lag: Option<Duration>) -> Result<(), CatalogueError> {
        let Some(max_lag) = max_lag else {
            return Ok(());
        };
        match self.date {
            Some(date) if Timestamp::now().duration_since(date).unsigned_abs() <= max_lag => Ok(()),
            Some(date) => Err(CatalogueError::NotCurrent(date.to_string())),
            None => Err(CatalogueError::NotCurrent("an unknown date".to_owned())),
        }
    }
}

pub(super) async fn read(snapshot: &Snapshot<'_>) -> Result<Replication, CatalogueError> {
    let rows = snapshot.query(Statement::Replication, &[]).await?;
    let Some(row) = rows.first() else {
        return Err(CatalogueError::NotLoaded);
    };
    let columns = Columns::new(Statement::Replication, row);
    Ok(Replication {
        schema_sequence: columns.get("current_schema_sequence")?,
        date: columns.get("last_replication_date")?,
        loaded: columns.get("loaded")?,
    })
}

/// The time by the replica's clock.
pub(super) async fn clock(snapshot: &Snapshot<'_>) -> Result<Timestamp, CatalogueError> {
    let rows = snapshot.query(Statement::Clock, &[]).await?;
    let row = rows.first().ok_or(CatalogueError::NotLoaded)?;
    Columns::new(Statement::Clock, row).get("now")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replicated(hours_ago: i64) -> Replication {
        Replication {
            schema_sequence: 31,
            date: Some(Timestamp::now() - jiff::SignedDuration::from_hours(hours_ago)),
            loaded: true,
        }
    }

    #[test]
    fn only_a_current_replica_proves_that_something_does_not_exist() {
        let max_lag = Some(Duration::from_secs(72 * 3600));
        assert!(replicated(1).require_current(max_lag).is_ok());
        assert!(replicated(71).require_current(max_lag).is_ok());
        assert!(matches!(
            replicated(73).require_current(max_lag),
            Err(CatalogueError::NotCurrent(_))
        ));
        assert!(replicated(10_000).require_current(None).is_ok());
        let undated = Replication {
            date: None,
            ..replicated(0)
        };
        assert!(matches!(
            undated.require_current(max_lag),
            Err(CatalogueError::NotCurrent(_))
        ));
    }
}
