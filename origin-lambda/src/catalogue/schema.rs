use super::preparation::{self, Unprepared};
use super::{Catalogue, CatalogueError, Replication, Statement, replication};

/// What a look at the replica's schema found.
#[derive(Debug)]
pub struct SchemaReport {
    /// How current the replica is, if that can be read.
    pub replication: Result<Replication, CatalogueError>,
    /// The statements that don't fit the schema or may not be run, each with the table or column that is the matter. The
    /// questions they answer get stale answers or none; all others go on.
    pub drifts: Vec<(Statement, CatalogueError)>,
    /// What `linernotes prepare` would add.
    pub unprepared: Unprepared,
}

impl Catalogue {
    /// Has the server check every statement against its schema. Fails only if the server can't be asked.
    pub async fn check_schema(&self) -> Result<SchemaReport, CatalogueError> {
        // What these reads meet is the report's business, or its reader's.
        let unprepared = self
            .sessions
            .read(async |snapshot| preparation::missing(snapshot).await)
            .await?;
        let statements = Statement::ALL
            .iter()
            .copied()
            .filter(|statement| unprepared.change_log_is_kept || !statement.reads_change_log())
            .filter(|statement| !statement.reads_search_index());
        let mut drifts = Vec::new();
        for statement in statements {
            // A failed check spoils its transaction, so each has its own.
            match self
                .sessions
                .read(async |snapshot| snapshot.check(statement).await)
                .await
            {
                Ok(()) => {}
                Err(drift @ (CatalogueError::SchemaDrift(..) | CatalogueError::Forbidden(..))) => {
                    drifts.push((statement, drift))
                }
                Err(error) => return Err(error),
            }
        }
        let replication = match self
            .sessions
            .read(async |snapshot| replication::read(snapshot).await)
            .await
        {
            Err(error) if error.is_unreachable() => return Err(error),
            outcome => outcome,
        };
        Ok(SchemaReport {
            replication,
            drifts,
            unprepared,
        })
    }
}
