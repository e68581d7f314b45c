use std::fs::File;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use postgres::{Client, NoTls};
use tempfile::TempDir;

use super::RunError;
use super::postgres::{Cluster, DATABASE, USER, free_port, give, run_as_account};
use super::replica::open_to_all;
use crate::process::tail;
use crate::setup::PgBouncer;

/// A running PgBouncer that pools transactions before a cluster: every transaction may get another of its connections.
#[derive(Debug)]
pub struct Pooler {
    process: Child,
    port: u16,
    /// Its settings and its log.
    _folder: TempDir,
}

impl Pooler {
    /// Starts `program` on a free port, with at most `connections` to the cluster.
    pub fn start(
        program: &PgBouncer,
        cluster: &Cluster,
        connections: usize,
    ) -> Result<Self, RunError> {
        let folder = TempDir::with_prefix("linernotes-pooler-")
            .map_err(RunError::file("making a temporary folder"))?;
        open_to_all(folder.path())?;
        let (settings, log) = (
            folder.path().join("pgbouncer.ini"),
            folder.path().join("pgbouncer.log"),
        );
        let port = free_port()?;
        let text = format!(
            "[databases]\n\
             {DATABASE} = host=127.0.0.1 port={} user={USER}\n\
             [pgbouncer]\n\
             listen_addr = 127.0.0.1\n\
             listen_port = {port}\n\
             unix_socket_dir =\n\
             auth_type = any\n\
             pool_mode = transaction\n\
             default_pool_size = {connections}\n",
            cluster.port()
        );
        std::fs::write(&settings, text)
            .map_err(RunError::file(format!("writing {}", settings.display())))?;
        let writing = RunError::file(format!("writing {}", log.display()));
        let output = File::create(&log).map_err(writing)?;
        give(&settings)?;
        let mut serve = program.command();
        serve
            .arg(&settings)
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(output);
        run_as_account(&mut serve);
        let process = serve
            .spawn()
            .map_err(RunError::file("starting PgBouncer"))?;
        let mut pooler = Self {
            process,
            port,
            _folder: folder,
        };
        pooler.wait_until_ready(&log)?;
        Ok(pooler)
    }

    fn wait_until_ready(&mut self, log: &Path) -> Result<(), RunError> {
        const PATIENCE: Duration = Duration::from_secs(30);
        let deadline = Instant::now() + PATIENCE;
        while Client::connect(&self.url(), NoTls).is_err() {
            let ended = !matches!(self.process.try_wait(), Ok(None));
            if ended || Instant::now() > deadline {
                return Err(RunError::NotReady {
                    part: "PgBouncer".to_owned(),
                    said: tail(log),
                });
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// The database's URL through it.
    pub fn url(&self) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/{DATABASE}", self.port)
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        // It keeps nothing; asked politely, some versions would wait for their clients first.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
