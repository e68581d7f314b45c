//! The catalogue: what the service knows of MusicBrainz, read from a replica.

mod album;
mod artist;
mod replication;
mod row;
mod statement;

use std::future::Future;
use std::time::Duration;

use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use tokio_postgres::{IsolationLevel, NoTls, Transaction};

pub use album::{AlbumRecord, ArtImage};
pub use artist::ArtistRecord;
pub use replication::Replication;
pub use statement::Statement;

use crate::config;
use linernotes_shared::Mbid;

/// A MusicBrainz replica in PostgreSQL.
pub struct Catalogue {
    pool: Pool,
    timeout: Duration,
    max_lag: Option<Duration>,
}

/// Why the catalogue gave no answer. None of these means that something doesn't exist.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// The configured address is unusable.
    #[error("the database's address can't be used")]
    Address(#[source] tokio_postgres::Error),
    /// No connection could be had.
    #[error("no connection to the database")]
    Connection(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A statement doesn't fit the replica's schema.
    #[error("the replica's schema has changed under sql/{0}")]
    SchemaDrift(Statement, #[source] tokio_postgres::Error),
    /// A statement failed.
    #[error("sql/{0} failed")]
    Query(Statement, #[source] tokio_postgres::Error),
    /// A transaction failed.
    #[error("the database broke off")]
    Transaction(#[source] tokio_postgres::Error),
    /// The database took too long.
    #[error("the database took longer than {0:?}")]
    Timeout(Duration),
    /// The replica is empty or half loaded.
    #[error("the replica is not fully loaded")]
    NotLoaded,
    /// The replica is too old to prove that something doesn't exist.
    #[error("the replica's last packet is of {0}: too old to say that something doesn't exist")]
    NotCurrent(String),
    /// Rows contradict each other.
    #[error("the replica contradicts itself: {0}")]
    Inconsistent(String),
}

impl Catalogue {
    /// A catalogue over a pool of connections, opened as they are needed.
    pub fn new(config: &config::Database) -> Result<Self, CatalogueError> {
        let mut postgres: tokio_postgres::Config =
            config.url.parse().map_err(CatalogueError::Address)?;
        let timeout = config.timeout();
        postgres
            .application_name("linernotes")
            .connect_timeout(timeout.min(Duration::from_secs(5)));
        let manager = Manager::from_config(
            postgres,
            NoTls,
            ManagerConfig {
                recycling_method: RecyclingMethod::Fast,
            },
        );
        let pool = Pool::builder(manager)
            .max_size(config.connections)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(timeout))
            .create_timeout(Some(timeout))
            // A schema change shows on the first connection, with the statement's name, not on some user's request.
            .post_create(Hook::async_fn(|client, _| {
                Box::pin(async move {
                    for statement in Statement::ALL {
                        client
                            .prepare_cached(statement.sql())
                            .await
                            .map_err(|error| {
                                let drift = match error.as_db_error() {
                                    Some(_) => CatalogueError::SchemaDrift(statement, error),
                                    None => CatalogueError::Query(statement, error),
                                };
                                HookError::message(chain(&drift))
                            })?;
                    }
                    Ok(())
                })
            }))
            .build()
            .expect("a runtime is set, which is all that the builder checks");
        Ok(Self {
            pool,
            timeout,
            max_lag: (config.max_lag_hours > 0)
                .then(|| Duration::from_secs(u64::from(config.max_lag_hours) * 3600)),
        })
    }

    /// How current the replica is.
    pub async fn replication(&self) -> Result<Replication, CatalogueError> {
        self.within_timeout(async {
            let mut client = self.connect().await?;
            let transaction = begin(&mut client).await?;
            replication::read(&transaction).await
        })
        .await
    }

    /// The artist of an MBID, current or old, and its albums; `None` if a healthy, current catalogue knows none.
    pub async fn artist(
        &self,
        mbid: Mbid,
    ) -> Result<Option<(ArtistRecord, Box<serde_json::value::RawValue>)>, CatalogueError> {
        self.within_timeout(async {
            let mut client = self.connect().await?;
            let transaction = begin(&mut client).await?;
            let replication = replication::read(&transaction).await?;
            replication.require_loaded()?;
            match artist::read(&transaction, &[mbid]).await?.pop() {
                Some(artist) => {
                    let albums = artist::read_albums(&transaction, artist.mbid).await?;
                    Ok(Some((artist, albums)))
                }
                None => replication.require_current(self.max_lag).map(|()| None),
            }
        })
        .await
    }

    /// The release group of an MBID, current or old, with its releases and artists; `None` if a healthy, current
    /// catalogue knows none.
    pub async fn album(&self, mbid: Mbid) -> Result<Option<AlbumRecord>, CatalogueError> {
        self.within_timeout(async {
            let mut client = self.connect().await?;
            let transaction = begin(&mut client).await?;
            let replication = replication::read(&transaction).await?;
            replication.require_loaded()?;
            match album::read(&transaction, mbid).await? {
                Some(album) => Ok(Some(album)),
                None => replication.require_current(self.max_lag).map(|()| None),
            }
        })
        .await
    }

    async fn connect(&self) -> Result<deadpool_postgres::Object, CatalogueError> {
        self.pool
            .get()
            .await
            .map_err(|error| CatalogueError::Connection(Box::new(error)))
    }

    /// A connection whose query is cut off here is dropped by the pool's recycling check or waits out the query; the
    /// pool's size bounds the harm.
    async fn within_timeout<T>(
        &self,
        reading: impl Future<Output = Result<T, CatalogueError>>,
    ) -> Result<T, CatalogueError> {
        tokio::time::timeout(self.timeout, reading)
            .await
            .unwrap_or(Err(CatalogueError::Timeout(self.timeout)))
    }
}

/// All reads for one answer see one moment of the replica: a packet applied in between can't tear them apart.
async fn begin(
    client: &mut deadpool_postgres::Object,
) -> Result<deadpool_postgres::Transaction<'_>, CatalogueError> {
    client
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .await
        .map_err(CatalogueError::Transaction)
}

/// Runs a statement in a transaction.
async fn query(
    transaction: &deadpool_postgres::Transaction<'_>,
    statement: Statement,
    parameters: &[&(dyn tokio_postgres::types::ToSql + Sync)],
) -> Result<Vec<tokio_postgres::Row>, CatalogueError> {
    let prepared = transaction
        .prepare_cached(statement.sql())
        .await
        .map_err(|error| CatalogueError::SchemaDrift(statement, error))?;
    let transaction: &Transaction<'_> = transaction;
    transaction
        .query(&prepared, parameters)
        .await
        .map_err(|error| CatalogueError::Query(statement, error))
}

/// An error and its causes on one line, for the places that keep only a message.
fn chain(error: &dyn std::error::Error) -> String {
    std::iter::successors(error.source(), |cause| cause.source())
        .fold(error.to_string(), |line, cause| format!("{line}: {cause}"))
}
