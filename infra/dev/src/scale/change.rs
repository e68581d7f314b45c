//! When rows last changed.
//!
//! Most changed somewhere in ten years. A number of rows of each table that doesn't depend on the table's size changed
//! in the last hour, day and 30 days, about as many as in MusicBrainz: what it costs to find them must follow from
//! their number alone.

use super::copy::Table;
use super::dice::Dice;
use super::shape::Shape;

/// The date of the last replication packet, in seconds since 1970: 2026-08-01 12:00 UTC.
pub const REPLICATED_AT: i64 = 1_785_585_600;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// How much of a table changed recently.
#[derive(Clone, Copy)]
struct Activity {
    /// Rows changed in the last hour.
    hour: u32,
    /// Rows changed in the last 30 days: 200 times as many, but never much of the smallest replica worth measuring.
    month: u32,
    /// Rows that the table surely has for 1,000 artists.
    rows: u32,
}

/// The last day has as much as this many hours.
const HOURS_A_DAY: u32 = 20;

const fn activity(table: Table) -> Option<Activity> {
    let (hour, month, rows) = match table {
        Table::Artist => (150, 6_000, 1_000),
        Table::ArtistAlias => (50, 3_000, 120),
        Table::ArtistRedirect => (10, 600, 30),
        Table::ArtistTag => (300, 12_000, 400),
        Table::ReleaseGroup => (120, 9_000, 1_200),
        Table::ReleaseGroupAlias => (10, 500, 30),
        Table::ReleaseGroupRedirect => (10, 600, 30),
        Table::ReleaseGroupSecondaryType => (20, 2_000, 100),
        Table::ReleaseGroupTag => (200, 10_000, 400),
        Table::Release => (250, 15_000, 1_500),
        Table::ReleaseRedirect => (10, 600, 30),
        Table::ReleaseLabel => (100, 9_000, 600),
        Table::Medium => (200, 12_000, 1_600),
        Table::Recording => (1_500, 80_000, 9_000),
        Table::RecordingRedirect => (10, 2_000, 400),
        Table::Track => (2_000, 120_000, 14_000),
        Table::TrackRedirect => (10, 2_000, 150),
        Table::Url => (60, 9_000, 1_000),
        Table::ArtistUrl => (100, 9_000, 600),
        Table::ReleaseGroupUrl => (50, 6_000, 300),
        Table::ReleaseUrl => (50, 6_000, 300),
        Table::CoverArt => (100, 9_000, 400),
        _ => return None,
    };
    Some(Activity { hour, month, rows })
}

/// Gives rows their times.
pub(super) struct Clock {
    shape: Shape,
    dice: Dice,
}

impl Clock {
    pub(super) fn new(shape: Shape) -> Self {
        Self {
            shape,
            dice: Dice::of(u64::MAX),
        }
    }

    /// When the `number`th row of a table, from 0, last changed: in seconds since 1970.
    pub(super) fn time(&mut self, table: Table, number: u32) -> i64 {
        // Away from the borders, so that it doesn't matter on which side of them an equal time counts.
        let (longest, shortest) = match self.age(table, number) {
            Age::Hour => (HOUR - MINUTE, MINUTE),
            Age::Day => (DAY - MINUTE, HOUR + MINUTE),
            Age::Month => (30 * DAY - HOUR, DAY + MINUTE),
            Age::Years => (3650 * DAY, 31 * DAY),
        };
        self.dice
            .second(REPLICATED_AT - longest, REPLICATED_AT - shortest)
    }

    /// Spreads the recent changes over the table.
    fn age(&self, table: Table, number: u32) -> Age {
        /// Coprime to all numbers of changes, so that each rank comes once.
        const SHUFFLE: u64 = 7_368_787;
        let Some(activity) = activity(table) else {
            return Age::Years;
        };
        let changes = |full: u32| (full / self.shape.quiet).max(1);
        let month = changes(activity.month);
        let rows = u64::from(activity.rows) * u64::from(self.shape.artists) / 1_000;
        let stride = (rows / u64::from(month)).max(1);
        let (place, between) = (u64::from(number) / stride, u64::from(number) % stride);
        if between != 0 || place >= u64::from(month) {
            return Age::Years;
        }
        let rank = place * SHUFFLE % u64::from(month);
        if rank < changes(activity.hour).into() {
            Age::Hour
        } else if rank < changes(activity.hour * HOURS_A_DAY).into() {
            Age::Day
        } else {
            Age::Month
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Age {
    Hour,
    Day,
    Month,
    Years,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_recent_changes_does_not_depend_on_the_size() {
        for artists in [50_000, 250_000] {
            let clock = Clock::new(Shape::of(artists));
            let mut found = [0; 4];
            for number in 0..artists {
                found[clock.age(Table::Artist, number) as usize] += 1;
            }
            assert_eq!(found[..3], [150, 2_850, 3_000]);
        }
    }
}
