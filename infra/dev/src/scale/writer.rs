//! What all rows are written with.

use std::collections::HashSet;

use super::change::Clock;
use super::copy::{Row, Rows, Table};
use super::mbid::{Kind, mbid};
use super::shape::Shape;

/// Ids up to here are the look-up rows' that the sample replica shares with this one.
pub(super) const SHARED_IDS: i32 = 10_000;

/// Rows in the making, with their ids and times.
pub(super) struct Writer {
    pub(super) shape: Shape,
    pub(super) rows: Rows,
    /// Credits of more than one artist so far.
    pub(super) collaborations: u32,
    /// Artists' names so far.
    pub(super) artist_names: HashSet<String>,
    clock: Clock,
}

impl Writer {
    pub(super) fn new(shape: Shape) -> Self {
        Self {
            shape,
            rows: Rows::new(),
            collaborations: 0,
            artist_names: HashSet::new(),
            clock: Clock::new(shape),
        }
    }

    /// The id of a table's next row.
    pub(super) fn next_id(&self, table: Table) -> i32 {
        SHARED_IDS + 1 + self.rows.count(table).cast_signed()
    }

    /// When a table's next row last changed.
    pub(super) fn next_time(&mut self, table: Table) -> i64 {
        self.clock.time(table, self.rows.count(table))
    }

    /// A row that begins with its own id.
    pub(super) fn numbered(&mut self, table: Table) -> (i32, Row<'_>) {
        let id = self.next_id(table);
        (id, self.rows.row(table).int(id))
    }

    /// A row that begins with its own id and MBID.
    pub(super) fn named(&mut self, table: Table, kind: Kind) -> (i32, Row<'_>) {
        let id = self.next_id(table);
        let row = self.rows.row(table).int(id);
        (id, row.uuid(mbid(kind, number(id))))
    }

    /// An MBID that was merged into that of the row with the id `new`.
    pub(super) fn redirect(&mut self, table: Table, kind: Kind, new: i32) {
        let time = self.next_time(table);
        let old = mbid(kind, self.rows.count(table).into());
        self.rows.row(table).uuid(old).int(new).time(time);
    }
}

/// An id as what an MBID follows from.
fn number(id: i32) -> u64 {
    id.cast_unsigned().into()
}
