//! Connections to the replica, and reading one moment of it.

use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use deadpool_postgres::{
    ClientWrapper, Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime,
};
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{IsolationLevel, Row};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::tls;
use super::{CatalogueError, Statement};
use crate::config;
use crate::telemetry::with_causes;

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

/// A connection, held for one answer. Dropped while the server still works for it, it isn't used again.
struct Session<'a> {
    sessions: &'a Sessions,
    /// `None` once it is given up.
    client: Option<Object>,
    under_way: AtomicUsize,
}

/// One moment of the replica, for all reads of one answer: a replication packet applied meanwhile can't tear them
/// apart. Reads started together are sent together.
pub(super) struct Snapshot<'a> {
    transaction: deadpool_postgres::Transaction<'a>,
    preparation: Preparation,
    under_way: &'a AtomicUsize,
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
        .keepalives_idle(Duration::from_secs(30))
        .tcp_user_timeout(config.timeout());
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

    /// Reads one moment of the replica, in the time that an answer may take. A connection that turns out to have ended
    /// is replaced once: reading again does no harm.
    pub(super) async fn read<T>(
        &self,
        reading: impl AsyncFnOnce(&Snapshot<'_>) -> Result<T, CatalogueError> + Clone,
    ) -> Result<T, CatalogueError> {
        self.in_time(self.read_surely(reading)).await
    }

    /// The same in so much time, if that is more than an answer may take.
    pub(super) async fn read_patiently<T>(
        &self,
        time: Duration,
        reading: impl AsyncFnOnce(&Snapshot<'_>) -> Result<T, CatalogueError> + Clone,
    ) -> Result<T, CatalogueError> {
        let time = time.max(self.timeout);
        let patient = self.read_surely(async move |snapshot| {
            snapshot.allow(time).await?;
            reading(snapshot).await
        });
        within(time, patient).await
    }

    async fn read_surely<T>(
        &self,
        reading: impl AsyncFnOnce(&Snapshot<'_>) -> Result<T, CatalogueError> + Clone,
    ) -> Result<T, CatalogueError> {
        match self.read_once(reading.clone(), self.patience()).await {
            Err(error) if error.is_of_the_connection() => {
                tracing::info!(
                    error = with_causes(&error),
                    "reading again on a fresh connection"
                );
                // What ended this one has most likely ended those that lie idle.
                self.pool.retain(|_, _| false);
                self.read_once(reading, self.timeout).await
            }
            outcome => outcome,
        }
    }

    async fn read_once<T>(
        &self,
        reading: impl AsyncFnOnce(&Snapshot<'_>) -> Result<T, CatalogueError>,
        patience: Duration,
    ) -> Result<T, CatalogueError> {
        let client = self
            .pool
            .get()
            .await
            .map_err(|error| CatalogueError::Connection(Box::new(error)))?;
        let mut session = Session {
            sessions: self,
            client: Some(client),
            under_way: AtomicUsize::new(0),
        };
        let outcome = match session.snapshot(patience).await {
            Ok(snapshot) => reading(&snapshot).await,
            Err(error) => Err(error),
        };
        session.settle().await;
        outcome
    }

    /// How long a connection may take to begin a transaction before it counts as dead. Healthy ones begin at once, but
    /// a proxy may have none to give for a while.
    fn patience(&self) -> Duration {
        match self.preparation {
            Preparation::PerConnection => self.timeout.min(Duration::from_secs(4)) / 2,
            Preparation::PerTransaction => self.timeout,
        }
    }

    /// Ends `reading` with an error when it takes longer than one answer may.
    pub(super) async fn in_time<T>(
        &self,
        reading: impl Future<Output = Result<T, CatalogueError>>,
    ) -> Result<T, CatalogueError> {
        within(self.timeout, reading).await
    }
}

async fn within<T>(
    time: Duration,
    reading: impl Future<Output = Result<T, CatalogueError>>,
) -> Result<T, CatalogueError> {
    tokio::time::timeout(time, reading)
        .await
        .unwrap_or(Err(CatalogueError::Timeout(time)))
}

impl Session<'_> {
    /// Begins reading one moment of the replica, without the right to write.
    async fn snapshot(&mut self, patience: Duration) -> Result<Snapshot<'_>, CatalogueError> {
        let Self {
            sessions,
            client,
            under_way,
        } = self;
        let client = client.as_mut().expect("it is given up at the very end");
        let beginning = async {
            let transaction = client
                .build_transaction()
                .isolation_level(IsolationLevel::RepeatableRead)
                .read_only(true)
                .start()
                .await?;
            if sessions.preparation == Preparation::PerTransaction {
                transaction
                    .batch_execute(&transaction_settings(sessions.timeout))
                    .await?;
            }
            Ok(transaction)
        };
        let transaction = tokio::time::timeout(patience, counted(under_way, beginning))
            .await
            .map_err(|_| CatalogueError::Silent)?
            .map_err(CatalogueError::Transaction)?;
        Ok(Snapshot {
            transaction,
            preparation: sessions.preparation,
            under_way,
        })
    }

    /// Waits for the statements that were sent along with a failed one: they fail with it, at once, and the connection
    /// is as good as before.
    async fn settle(&mut self) {
        const PATIENCE: Duration = Duration::from_millis(100);
        if *self.under_way.get_mut() == 0 {
            return;
        }
        if let Some(client) = &self.client
            && let Ok(Ok(())) = tokio::time::timeout(PATIENCE, client.check_connection()).await
        {
            *self.under_way.get_mut() = 0;
        }
    }
}

impl Drop for Session<'_> {
    /// Ends a connection whose answer nobody waits for any longer. It isn't used again: a cancellation that comes late
    /// would hit the next question.
    fn drop(&mut self) {
        if *self.under_way.get_mut() == 0 {
            return;
        }
        let Some(client) = self.client.take().map(Object::take) else {
            return;
        };
        // A proxy doesn't pass every cancellation on, but ends the server's connection with ours.
        if self.sessions.preparation == Preparation::PerConnection
            && !client.is_closed()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(cancel(client, self.sessions.tls.clone()));
        }
    }
}

/// Tells the server to stop, which otherwise would work to the end, and closes the connection.
async fn cancel(client: ClientWrapper, tls: MakeRustlsConnect) {
    if let Err(error) = client.cancel_token().cancel_query(tls).await {
        tracing::warn!(error = with_causes(&error), "query not cancelled");
    }
}

/// Counts a request as under way until its answer comes: for good, if nobody waits for it.
async fn counted<T>(under_way: &AtomicUsize, request: impl Future<Output = T>) -> T {
    under_way.fetch_add(1, Ordering::Relaxed);
    let answer = request.await;
    under_way.fetch_sub(1, Ordering::Relaxed);
    answer
}

impl Snapshot<'_> {
    /// Runs a statement. When the caller stops waiting, the server stops working.
    pub(super) async fn query(
        &self,
        statement: Statement,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, CatalogueError> {
        // Of statements sent together, the first to fail spoils the others; its error is the one to be heard.
        const HEAD_START: Duration = Duration::from_millis(50);
        let rows = counted(self.under_way, self.send(statement, parameters)).await;
        if let Err(error) = &rows
            && error.code() == Some(&SqlState::IN_FAILED_SQL_TRANSACTION)
        {
            tokio::time::sleep(HEAD_START).await;
        }
        rows.map_err(|error| CatalogueError::of_statement(statement, error))
    }

    async fn send(
        &self,
        statement: Statement,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, tokio_postgres::Error> {
        match self.preparation {
            Preparation::PerConnection => {
                let prepared = self.transaction.prepare_cached(statement.sql()).await?;
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
        }
    }

    /// Has the statements that follow planned for their parameters' values, which an instant in the past needs: how much
    /// lies after it decides between an index and a whole table. Helping processes would cost more than they help.
    pub(super) async fn plan_for_values(&self) -> Result<(), CatalogueError> {
        const SETTINGS: &str = "SET LOCAL plan_cache_mode = force_custom_plan;
            SET LOCAL max_parallel_workers_per_gather = 0";
        counted(self.under_way, self.transaction.batch_execute(SETTINGS))
            .await
            .map_err(CatalogueError::Transaction)
    }

    /// Has the server work for so long on each statement that follows.
    async fn allow(&self, time: Duration) -> Result<(), CatalogueError> {
        let setting = format!("SET LOCAL statement_timeout = {}", time.as_millis());
        counted(self.under_way, self.transaction.batch_execute(&setting))
            .await
            .map_err(CatalogueError::Transaction)
    }

    /// Lets the server check a statement against its schema.
    pub(super) async fn check(&self, statement: Statement) -> Result<(), CatalogueError> {
        counted(self.under_way, self.transaction.prepare(statement.sql()))
            .await
            .map(drop)
            .map_err(|error| CatalogueError::of_statement(statement, error))
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

/// As for a session, and that the server looks every half second whether the connection is still there: it is the only
/// way to have a query end early through a proxy.
fn transaction_settings(timeout: Duration) -> String {
    let settings: String = SETTINGS
        .iter()
        .map(|(name, value)| format!("SET LOCAL {name} = {value}; "))
        .collect();
    format!(
        "{settings}SET LOCAL client_connection_check_interval = 500; SET LOCAL statement_timeout = {}",
        timeout.as_millis()
    )
}
