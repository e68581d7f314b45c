//! What Linernotes adds to a replica, as its owner, so that changes are found fast and all of them are.

use std::time::{Duration, Instant};

use tokio_postgres::Client;

use super::row::Columns;
use super::session::{self, Snapshot};
use super::{CatalogueError, Statement, changes, tls};
use crate::config;

/// Statements that each must run on their own, outside a transaction.
const INDEXES: &str = include_str!("../../../sql/indexes.sql");
/// A script that runs as one transaction.
const CHANGE_LOG: &str = include_str!("../../../sql/change_log.sql");

/// What a replica lacks of what `linernotes prepare` makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unprepared {
    /// Names of the indexes of `sql/indexes.sql` that are missing or unusable.
    pub missing_indexes: Vec<String>,
    /// Whether the change log of `sql/change_log.sql` is kept.
    pub change_log_is_kept: bool,
    /// Names of the triggers of `sql/change_log.sql` that are missing or don't always fire, each with its table. An earlier
    /// version's change log lacks some.
    pub missing_triggers: Vec<String>,
}

/// A step of the preparation, done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What was made.
    pub made: String,
    /// How long it took.
    pub took: Duration,
}

/// A connection with the right to make indexes and triggers.
pub struct Preparation {
    client: Client,
}

impl Preparation {
    /// Connects as the user of the configured URL, who must own the replica's tables.
    pub async fn connect(config: &config::Database) -> Result<Self, CatalogueError> {
        Ok(Self {
            client: owner(config).await?,
        })
    }

    /// How many steps there are.
    pub fn steps(&self) -> usize {
        indexes().count() + 1
    }

    /// Makes everything that isn't there, and tells of each step. Replication goes on meanwhile. Safe to run again, also
    /// after it was broken off.
    pub async fn run(&self, mut done: impl FnMut(Step)) -> Result<(), CatalogueError> {
        for (name, statement) in indexes() {
            let started = Instant::now();
            self.drop_unusable(name).await?;
            self.execute(statement).await?;
            done(Step {
                made: format!("index {name}"),
                took: started.elapsed(),
            });
        }
        let started = Instant::now();
        self.execute(CHANGE_LOG).await?;
        done(Step {
            made: "change log".to_owned(),
            took: started.elapsed(),
        });
        Ok(())
    }

    /// An index whose making was broken off exists, unusable, and would count as there.
    async fn drop_unusable(&self, name: &str) -> Result<(), CatalogueError> {
        const UNUSABLE: &str = "SELECT index.indexrelid::regclass::text AS name
            FROM pg_index AS index
            JOIN pg_class AS class ON class.oid = index.indexrelid
            WHERE class.relname = $1 AND NOT index.indisvalid";
        let rows = self
            .client
            .query(UNUSABLE, &[&name])
            .await
            .map_err(CatalogueError::Preparation)?;
        for row in &rows {
            let qualified: &str = row.get("name");
            self.execute(&format!("DROP INDEX CONCURRENTLY IF EXISTS {qualified}"))
                .await?;
        }
        Ok(())
    }

    async fn execute(&self, statement: &str) -> Result<(), CatalogueError> {
        self.client
            .batch_execute(statement)
            .await
            .map_err(CatalogueError::Preparation)
    }
}

/// A connection as the user of a configured URL, with all the rights that it has.
pub(crate) async fn owner(config: &config::Database) -> Result<Client, CatalogueError> {
    let connector = tls::connector(config.ca_file.as_deref())?;
    let (client, connection) = session::address(config)?
        .connect(connector)
        .await
        .map_err(|error| CatalogueError::Connection(Box::new(error)))?;
    // It ends with the client, and what ends it before shows in the client's next statement.
    tokio::spawn(connection);
    Ok(client)
}

/// What the replica lacks.
pub(super) async fn missing(snapshot: &Snapshot<'_>) -> Result<Unprepared, CatalogueError> {
    let rows = snapshot.query(Statement::Indexes, &[]).await?;
    let usable = rows
        .iter()
        .map(|row| Columns::new(Statement::Indexes, row).get("name"))
        .collect::<Result<Vec<&str>, _>>()?;
    let rows = snapshot.query(Statement::ChangeLogTriggers, &[]).await?;
    let firing = rows
        .iter()
        .map(|row| {
            let columns = Columns::new(Statement::ChangeLogTriggers, row);
            Ok((columns.get("name")?, columns.get("watched")?))
        })
        .collect::<Result<Vec<(&str, &str)>, CatalogueError>>()?;
    Ok(Unprepared {
        missing_indexes: indexes()
            .map(|(name, _)| name)
            .filter(|name| !usable.contains(name))
            .map(str::to_owned)
            .collect(),
        change_log_is_kept: changes::is_logged(snapshot).await?,
        missing_triggers: triggers()
            .filter(|trigger| !firing.contains(trigger))
            .map(|(name, watched)| format!("{name} on {watched}"))
            .collect(),
    })
}

/// The names of the indexes and the statements that make them.
fn indexes() -> impl Iterator<Item = (&'static str, &'static str)> {
    INDEXES.split(';').filter_map(|statement| {
        let (_, definition) = statement.split_once("IF NOT EXISTS ")?;
        Some((definition.split_whitespace().next()?, statement.trim()))
    })
}

/// The change log's triggers, each with the table that it watches.
fn triggers() -> impl Iterator<Item = (&'static str, &'static str)> {
    CHANGE_LOG
        .split("CREATE OR REPLACE TRIGGER ")
        .skip(1)
        .filter_map(|definition| {
            let name = definition.split_whitespace().next()?;
            let (_, watched) = definition.split_once(" ON ")?;
            Some((name, watched.split_whitespace().next()?))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_trigger_of_the_change_log_is_known_by_its_name_and_table() {
        let known: Vec<(&str, &str)> = triggers().collect();
        assert_eq!(
            known.len(),
            CHANGE_LOG.matches(" TRIGGER linernotes_").count()
        );
        for (name, watched) in known {
            assert!(name.starts_with("linernotes_"), "{name}");
            let (schema, table) = watched.split_once('.').unwrap();
            assert!(["musicbrainz", "cover_art_archive"].contains(&schema));
            assert!(
                CHANGE_LOG.contains(&format!(" ON {schema}.{table}\n")),
                "{watched}"
            );
        }
    }

    #[test]
    fn every_index_is_made_by_a_statement_of_its_own_that_names_it() {
        let made: Vec<(&str, &str)> = indexes().collect();
        assert_eq!(made.len(), INDEXES.matches("CREATE INDEX").count());
        for (name, statement) in made {
            assert!(name.starts_with("linernotes_"), "{name}");
            assert_eq!(
                statement
                    .matches("CREATE INDEX CONCURRENTLY IF NOT EXISTS")
                    .count(),
                1
            );
            assert!(statement.contains(name), "{statement}");
        }
    }
}
