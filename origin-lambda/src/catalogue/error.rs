use std::time::Duration;

use tokio_postgres::error::{DbError, Severity, SqlState};

use super::Statement;

/// Why the catalogue gave no answer. None of these means that something doesn't exist.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// The configured address is unusable.
    #[error("the database's address can't be used")]
    Address(#[source] tokio_postgres::Error),
    /// The configured certificates are unusable.
    #[error("the database's certificate authorities can't be used")]
    Certificates(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No connection could be had.
    #[error("no connection to the database")]
    Connection(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A statement doesn't fit the replica's schema; the source names what is missing.
    #[error("the replica's schema doesn't fit sql/{0}")]
    SchemaDrift(Statement, #[source] tokio_postgres::Error),
    /// A column isn't of the type that the statement promises.
    #[error("the replica's schema gives another type in sql/{0}")]
    ColumnDrift(Statement, #[source] tokio_postgres::Error),
    /// The database's user may not read what a statement reads; the source names it.
    #[error("the database's user may not read what sql/{0} reads")]
    Forbidden(Statement, #[source] tokio_postgres::Error),
    /// A statement failed.
    #[error("sql/{0} failed")]
    Query(Statement, #[source] tokio_postgres::Error),
    /// A connection that was there doesn't answer.
    #[error("the connection to the database has fallen silent")]
    Silent,
    /// A transaction failed.
    #[error("the database broke off")]
    Transaction(#[source] tokio_postgres::Error),
    /// An index or the change log can't be made.
    #[error("the replica can't be prepared")]
    Preparation(#[source] tokio_postgres::Error),
    /// The database took too long.
    #[error("the database took longer than {0:?}")]
    Timeout(Duration),
    /// The replica is empty or half loaded.
    #[error("the replica is not fully loaded")]
    NotLoaded,
    /// The replica is too old to prove that something doesn't exist.
    #[error("the replica's last packet is of {0}: too old to say that something doesn't exist")]
    NotCurrent(String),
    /// The replica is older than it was.
    #[error(
        "the replica's last packet is of {date}, although it has had one of {newest}: nothing is built from it until it \
         has caught up, or `linernotes crawl accept-replica` says that it was started over on purpose"
    )]
    PutBack {
        /// Of its last packet.
        date: String,
        /// The newest that it has had.
        newest: String,
    },
    /// Rows contradict each other.
    #[error("the replica contradicts itself: {0}")]
    Inconsistent(String),
}

impl CatalogueError {
    /// What the failure of a statement means: if the server refuses the statement as such, that it doesn't fit the
    /// schema or may not be run; anything else is bad luck.
    pub(super) fn of_statement(statement: Statement, error: tokio_postgres::Error) -> Self {
        /// SQLSTATE class of whatever is wrong with a statement's text, missing tables and columns above all.
        const WRONG_STATEMENTS: &str = "42";
        match error.code() {
            Some(code) if *code == SqlState::INSUFFICIENT_PRIVILEGE => {
                Self::Forbidden(statement, error)
            }
            Some(code)
                if code.code().starts_with(WRONG_STATEMENTS)
                    || *code == SqlState::INVALID_SCHEMA_NAME =>
            {
                Self::SchemaDrift(statement, error)
            }
            _ => Self::Query(statement, error),
        }
    }

    /// Whether the database can't be had at all, whatever it is asked.
    pub(super) fn is_an_outage(&self) -> bool {
        matches!(self, Self::NotLoaded) || self.is_unreachable()
    }

    /// Whether no server answers.
    pub(super) fn is_unreachable(&self) -> bool {
        matches!(self, Self::Connection(_)) || self.is_of_the_connection()
    }

    /// Whether only the connection is at fault, so that a fresh one may do better.
    pub(super) fn is_of_the_connection(&self) -> bool {
        match self {
            Self::Silent => true,
            Self::Transaction(error) | Self::Query(_, error) => {
                error.is_closed()
                    || error
                        .as_db_error()
                        .is_some_and(|error| ends_connection(error) || is_outdated(error))
            }
            _ => false,
        }
    }
}

/// Whether the server, or a proxy before it, closes the connection with this error.
fn ends_connection(error: &DbError) -> bool {
    const CONNECTION_EXCEPTIONS: &str = "08";
    matches!(
        error.parsed_severity(),
        Some(Severity::Fatal | Severity::Panic)
    ) || error.code().code().starts_with(CONNECTION_EXCEPTIONS)
}

/// Whether a statement was prepared before the schema changed: its connection can't run it any more.
fn is_outdated(error: &DbError) -> bool {
    *error.code() == SqlState::FEATURE_NOT_SUPPORTED
        && error.routine() == Some("RevalidateCachedQuery")
}
