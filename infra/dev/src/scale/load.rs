//! Loading the rows, as they are made, into a database that has the tables.

use std::io::Write;
use std::sync::mpsc;

use postgres::Client;

use super::generate::{Piece, Stopped, generate};
use super::special;
use super::{REPLICATED_AT, Shape};
use crate::progress;
use crate::run::RunError;

/// Pieces, of a megabyte each, that may wait for the database.
const WAITING: usize = 8;

/// Loads the rows of a shape. `shared` are the sample replica's look-up rows, as SQL.
pub(crate) fn load(client: &mut Client, shape: Shape, shared: &str) -> Result<(), RunError> {
    execute(client, "the look-up rows", shared)?;
    let (hand_out, pieces) = mpsc::sync_channel::<Piece>(WAITING);
    let made = std::thread::scope(|scope| -> Result<_, RunError> {
        let making =
            scope.spawn(move || generate(shape, |piece| hand_out.send(piece).map_err(|_| Stopped)));
        let mut progress = Progress::of(shape);
        for piece in pieces {
            copy(client, &piece).map_err(|source| RunError::Sql {
                what: piece.table.name().to_owned(),
                source,
            })?;
            progress.reached(piece.artists);
        }
        let made = making.join().expect("the generator doesn't panic");
        // All its pieces have been taken, so nothing has stopped it.
        Ok(made.unwrap_or_default())
    })?;
    execute(
        client,
        "the replication's date",
        &format!(
            "INSERT INTO musicbrainz.replication_control
                 (id, current_schema_sequence, current_replication_sequence, last_replication_date)
             VALUES (1, 31, 200000, to_timestamp({REPLICATED_AT}))"
        ),
    )?;
    for rows in made {
        progress::note(format_args!("{:>10} {}", rows.rows, rows.table));
    }
    for (mbid, what) in special::ALL {
        progress::note(format_args!("{mbid} {what}"));
    }
    Ok(())
}

/// Makes the database as one is that has been in use: statistics and visibility are known.
pub(crate) fn tidy(client: &mut Client) -> Result<(), RunError> {
    progress::step("gathering statistics", || {
        execute(client, "statistics", "VACUUM (ANALYZE)")
    })
}

fn copy(client: &mut Client, piece: &Piece) -> Result<(), postgres::Error> {
    let mut writer = client.copy_in(piece.table.copy())?;
    writer
        .write_all(&piece.bytes)
        .and_then(|()| writer.flush())
        .map_err(|error| {
            // The driver wraps its own errors for `Write`.
            error
                .downcast::<postgres::Error>()
                .expect("writing into a COPY fails only as the driver does")
        })?;
    writer.finish().map(drop)
}

fn execute(client: &mut Client, what: &str, sql: &str) -> Result<(), RunError> {
    client.batch_execute(sql).map_err(|source| RunError::Sql {
        what: what.to_owned(),
        source,
    })
}

/// Says every so often how far the loading is.
struct Progress {
    artists: u32,
    next: u32,
}

impl Progress {
    const STEPS: u32 = 5;

    fn of(shape: Shape) -> Self {
        Self {
            artists: shape.artists,
            next: shape.artists / Self::STEPS,
        }
    }

    fn reached(&mut self, artists: u32) {
        if artists >= self.next && artists < self.artists {
            progress::note(format_args!("{artists} of {} artists", self.artists));
            self.next += self.artists / Self::STEPS;
        }
    }
}
