//! Connections to the replica, and reading one moment of it.

use std::future::Future;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime};
use tokio_postgres::config::SslMode;
use tokio_postgres::types::ToSql;
use tokio_postgres::{CancelToken, IsolationLevel, Row};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::tls;
use super::{CatalogueError, Statement};
use crate::config;

/// A small pool of connections, opened as they are needed.
pub(super) struct Sessions {
    pool: Pool,
    tls: MakeRustlsConnect,
    preparation: Preparation,
    timeout: Duration,
}

/// How statements reach the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Preparation {
    /// Prepared once on each connection.
    PerConnection,
    /// Sent whole each time, settings included: a proxy gives every transaction another connection.
    PerTransaction,
}

/// A connection, held for one answer.
pub(super) struct Session<'a> {
    sessions: &'a Sessions,
    client: Object,
}

/// One moment of the replica, for all reads of one answer: a replication packet applied meanwhile can't tear them
/// apart. Reads started together are sent together.
pub(super) struct Snapshot<'a> {
    transaction: deadpool_postgres::Transaction<'a>,
    sessions: &'a Sessions,
}

/// Where the database is and how to connect to it.
pub(super) fn address(config: &config::Database) -> Result<tokio_postgres::Config, CatalogueError> {
    let mut postgres: tokio_postgres::Config =
        config.url.parse().map_err(CatalogueError::Address)?;
    // Without a word in the URL, tokio-postgres tries TLS and fails on a self-signed certificate, which Debian's
    // server has by default. Asking for TLS must mean verified TLS; not asking for it, none.
    if postgres.get_ssl_mode() != SslMode::Require {
        postgres.ssl_mode(SslMode::Disable);
    }
    postgres
        .application_name("linernotes")
        .connect_timeout(config.timeout().min(Duration::from_secs(5)))
        .keepalives_idle(Duration::from_secs(30));
    Ok(postgres)
}

impl Sessions {
    pub(super) fn new(config: &config::Database) -> Result<Self, CatalogueError> {
        let mut postgres = address(config)?;
        let timeout = config.timeout();
        let preparation = if config.behind_pooler {
            Preparation::PerTransaction
        } else {
            let given = postgres.get_options().unwrap_or_default();
            let options = format!("{given} {}", startup_options(timeout));
            postgres.options(options.trim());
            Preparation::PerConnection
        };

        let tls = tls::connector(config.ca_file.as_deref())?;
        let recycling_method = RecyclingMethod::Fast;
        let manager =
            Manager::from_config(postgres, tls.clone(), ManagerConfig { recycling_method });
        let pool = Pool::builder(manager)
            .max_size(config.connections)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(timeout))
            .create_timeout(Some(timeout))
            .build()
            .expect("a runtime is set, which is all that the builder checks");
        Ok(Self {
            pool,
            tls,
            preparation,
            timeout,
        })
    }

    /// A connection, within the time that an answer may take.
    pub(super) async fn open(&self) -> Result<Session<'_>, CatalogueError> {
        let client = self
            .pool
            .get()
            .await
            .map_err(|error| CatalogueError::Connection(Box::new(error)))?;
        Ok(Session {
            sessions: self,
            client,
        })
    }

    /// Ends `reading` with an error when it takes longer than one answer may.
    pub(super) async fn in_time<T>(
        &self,
        reading: impl Future<Output = Result<T, CatalogueError>>,
    ) -> Result<T, CatalogueError> {
        tokio::time::timeout(self.timeout, reading)
            .await
            .unwrap_or(Err(CatalogueError::Timeout(self.timeout)))
    }
}

impl Session<'_> {
    /// Begins reading one moment of the replica, without the right to write.
    pub(super) async fn snapshot(&mut self) -> Result<Snapshot<'_>, CatalogueError> {
        let sessions = self.sessions;
        let transaction = self
            .client
            .build_transaction()
            .isolation_level(IsolationLevel::RepeatableRead)
            .read_only(true)
            .start()
            .await
            .map_err(CatalogueError::Transaction)?;
        if sessions.preparation == Preparation::PerTransaction {
            transaction
                .batch_execute(&transaction_settings(sessions.timeout))
                .await
                .map_err(CatalogueError::Transaction)?;
        }
        Ok(Snapshot {
            transaction,
            sessions,
        })
    }
}

impl Snapshot<'_> {
    /// Runs a statement. When the caller stops waiting, the server stops working.
    pub(super) async fn query(
        &self,
        statement: Statement,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, CatalogueError> {
        let running = Running {
            cancel: Some((self.transaction.cancel_token(), self.sessions.tls.clone())),
        };
        let rows = match self.sessions.preparation {
            Preparation::PerConnection => {
                let prepared = self
                    .transaction
                    .prepare_cached(statement.sql())
                    .await
                    .map_err(|error| CatalogueError::of_statement(statement, error))?;
                // The pool's transaction has no `query` of its own, only the driver's.
                tokio_postgres::Transaction::query(&self.transaction, &prepared, parameters).await
            }
            Preparation::PerTransaction => {
                let typed: Vec<_> = parameters
                    .iter()
                    .copied()
                    .zip(statement.parameters().iter().cloned())
                    .collect();
                self.transaction.query_typed(statement.sql(), &typed).await
            }
        };
        running.ended();
        rows.map_err(|error| CatalogueError::of_statement(statement, error))
    }

    /// Has the statements that follow planned for their parameters' values, which an instant in the past needs: how much
    /// lies after it decides between an index and a whole table.
    pub(super) async fn plan_for_values(&self) -> Result<(), CatalogueError> {
        self.transaction
            .batch_execute("SET LOCAL plan_cache_mode = force_custom_plan")
            .await
            .map_err(CatalogueError::Transaction)
    }

    /// Lets the server check a statement against its schema.
    pub(super) async fn check(&self, statement: Statement) -> Result<(), CatalogueError> {
        self.transaction
            .prepare(statement.sql())
            .await
            .map(drop)
            .map_err(|error| CatalogueError::of_statement(statement, error))
    }
}

/// A query under way: dropped before its end, it is cancelled on the server, which otherwise would finish it first and
/// keep the connection busy.
struct Running {
    cancel: Option<(CancelToken, MakeRustlsConnect)>,
}

impl Running {
    fn ended(mut self) {
        self.cancel = None;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let Some((token, tls)) = self.cancel.take() else {
            return;
        };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                if let Err(error) = token.cancel_query(tls).await {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "query not cancelled"
                    );
                }
            });
        }
    }
}

/// The session's settings: planning an album anew takes longer than reading it, and the just-in-time compiler stalls
/// new connections for seconds.
const SETTINGS: [(&str, &str); 2] = [("jit", "off"), ("plan_cache_mode", "force_generic_plan")];

fn startup_options(timeout: Duration) -> String {
    let settings: String = SETTINGS
        .iter()
        .map(|(name, value)| format!("-c {name}={value} "))
        .collect();
    format!(
        "{settings}-c default_transaction_read_only=on -c statement_timeout={}",
        timeout.as_millis()
    )
}

fn transaction_settings(timeout: Duration) -> String {
    let settings: String = SETTINGS
        .iter()
        .map(|(name, value)| format!("SET LOCAL {name} = {value}; "))
        .collect();
    format!(
        "{settings}SET LOCAL statement_timeout = {}",
        timeout.as_millis()
    )
}
