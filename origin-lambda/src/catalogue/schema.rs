use super::preparation::{self, Unprepared};
use super::{Catalogue, CatalogueError, Replication, Statement, replication};

/// What a look at the replica's schema found.
#[derive(Debug)]
pub struct SchemaReport {
    /// How current the replica is, if that can be read.
    pub replication: Result<Replication, CatalogueError>,
    /// The statements that don't fit the schema, each with the table or column it misses. The questions they answer
    /// get stale answers or none; all others go on.
    pub drifts: Vec<(Statement, CatalogueError)>,
    /// What `linernotes prepare` would add.
    pub unprepared: Unprepared,
}

impl Catalogue {
    /// Has the server check every statement against its schema. Fails only if the server can't be asked.
    pub async fn check_schema(&self) -> Result<SchemaReport, CatalogueError> {
        self.sessions
            .in_time(async {
                let mut session = self.sessions.open().await?;
                let mut drifts = Vec::new();
                let unprepared = preparation::missing(&session.snapshot().await?).await?;
                let statements = Statement::ALL.iter().copied().filter(|statement| {
                    unprepared.change_log_is_kept || !statement.reads_change_log()
                });
                for statement in statements {
                    // A failed check spoils its transaction, so each has its own.
                    match session.snapshot().await?.check(statement).await {
                        Ok(()) => {}
                        Err(drift @ CatalogueError::SchemaDrift(..)) => {
                            drifts.push((statement, drift))
                        }
                        Err(error) => return Err(error),
                    }
                }
                let replication = replication::read(&session.snapshot().await?).await;
                Ok(SchemaReport {
                    replication,
                    drifts,
                    unprepared,
                })
            })
            .await
    }
}
