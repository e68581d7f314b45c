//! Columns as the wire types want them.

use serde_json::value::RawValue;
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, Type};
use uuid::Uuid;

use linernotes_shared::Mbid;

use super::{CatalogueError, Statement};

/// A row of a statement, read column by column.
pub(super) struct Columns<'a> {
    row: &'a Row,
    statement: Statement,
}

impl<'a> Columns<'a> {
    pub(super) const fn new(statement: Statement, row: &'a Row) -> Self {
        Self { row, statement }
    }

    pub(super) fn get<T: FromSql<'a>>(&self, column: &str) -> Result<T, CatalogueError> {
        self.row
            .try_get(column)
            .map_err(|error| CatalogueError::ColumnDrift(self.statement, error))
    }

    pub(super) fn mbid(&self, column: &str) -> Result<Mbid, CatalogueError> {
        self.get::<Uuid>(column).map(Mbid::from)
    }

    pub(super) fn mbids(&self, column: &str) -> Result<Vec<Mbid>, CatalogueError> {
        let uuids: Vec<Uuid> = self.get(column)?;
        Ok(uuids.into_iter().map(Mbid::from).collect())
    }

    /// A `json` column, checked to be JSON but not otherwise looked at.
    pub(super) fn json(&self, column: &str) -> Result<Box<RawValue>, CatalogueError> {
        let JsonBytes(bytes) = self.get(column)?;
        serde_json::from_slice(bytes).map_err(|error| {
            CatalogueError::Inconsistent(format!(
                "{column} of {} is no JSON: {error}",
                self.statement
            ))
        })
    }
}

/// MBIDs as a parameter.
pub(super) fn uuids(mbids: &[Mbid]) -> Vec<Uuid> {
    mbids.iter().map(|mbid| mbid.uuid()).collect()
}

/// What every row says.
pub(super) fn each<'a, T, C: FromIterator<T>>(
    statement: Statement,
    rows: &'a [Row],
    read: impl Fn(&Columns<'a>) -> Result<T, CatalogueError>,
) -> Result<C, CatalogueError> {
    rows.iter()
        .map(|row| read(&Columns::new(statement, row)))
        .collect()
}

/// The `gid` column of every row.
pub(super) fn gids(statement: Statement, rows: &[Row]) -> Result<Vec<Mbid>, CatalogueError> {
    each(statement, rows, |columns| columns.mbid("gid"))
}

/// The bytes of a `json` value as the server sent them.
struct JsonBytes<'a>(&'a [u8]);

impl<'a> FromSql<'a> for JsonBytes<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(raw))
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::JSON
    }
}
