use std::fs::{File, Permissions};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use postgres::{Client, NoTls};
use rustix::process::Signal;

use super::RunError;
use super::announced::stop;
use crate::process::{run_logged, tail};
use crate::setup::PostgresServer;

/// The database in every cluster.
pub const DATABASE: &str = "musicbrainz";
/// Its owner.
pub(super) const USER: &str = "linernotes";

/// What a crash of the machine may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Nothing: for data that is kept.
    Kept,
    /// Everything: for tests, which start anew anyway.
    Disposable,
}

/// A PostgreSQL server of our own, on a free port of the loopback interface.
#[derive(Debug)]
pub struct Cluster {
    server: PostgresServer,
    data: PathBuf,
    port: u16,
    durability: Durability,
    running: Option<Child>,
}

/// PostgreSQL refuses to run as root: then it runs as this user.
#[derive(Clone, Copy, Debug)]
struct Account {
    uid: u32,
    gid: u32,
}

impl Cluster {
    /// Starts a server on the data in `data`; an empty folder is made into an empty cluster first.
    pub fn start(
        server: &PostgresServer,
        data: &Path,
        durability: Durability,
    ) -> Result<Self, RunError> {
        const ATTEMPTS: usize = 3;
        const IN_USE: &str = "Address already in use";
        if !data.join("PG_VERSION").is_file() {
            initialise(server, data)?;
        }
        refuse_if_in_use(data)?;
        let mut cluster = Self {
            server: server.clone(),
            data: data.to_owned(),
            port: free_port()?,
            durability,
            running: None,
        };
        for _ in 0..ATTEMPTS {
            match cluster.restart() {
                // Somebody else took the port meanwhile.
                Err(RunError::NotReady { said, .. }) if said.contains(IN_USE) => {
                    cluster.port = free_port()?;
                }
                outcome => return outcome.map(|()| cluster),
            }
        }
        cluster.restart()?;
        Ok(cluster)
    }

    /// Starts the server again after [`stop`](Self::stop), on the same port.
    pub fn restart(&mut self) -> Result<(), RunError> {
        let log = self.data.join("server.log");
        let writing = RunError::file(format!("writing {}", log.display()));
        let output = File::options()
            .create(true)
            .append(true)
            .open(&log)
            .map_err(writing)?;
        let errors = output
            .try_clone()
            .map_err(RunError::file("sharing the server's log"))?;
        give(&log)?;
        let mut serve = Command::new(self.server.program("postgres"));
        serve
            .arg("-D")
            .arg(&self.data)
            .args(["-p", &self.port.to_string()])
            .args(["-c", "listen_addresses=127.0.0.1"])
            .args(["-c", "unix_socket_directories="])
            .current_dir(&self.data)
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            // A Ctrl-C at the terminal is for the command, which then stops its parts in order.
            .process_group(0);
        if self.durability == Durability::Disposable {
            serve.args(["-c", "fsync=off", "-c", "full_page_writes=off"]);
        }
        run_as_account(&mut serve);
        let child = serve
            .spawn()
            .map_err(RunError::file("starting PostgreSQL"))?;
        self.running = Some(child);
        self.wait_until_ready(&log)
    }

    fn wait_until_ready(&mut self, log: &Path) -> Result<(), RunError> {
        const PATIENCE: Duration = Duration::from_secs(60);
        let deadline = Instant::now() + PATIENCE;
        let ended = |child: &mut Option<Child>| {
            child
                .as_mut()
                .is_none_or(|child| !matches!(child.try_wait(), Ok(None)))
        };
        loop {
            if Client::connect(&self.url_of("postgres"), NoTls).is_ok() {
                return Ok(());
            }
            if ended(&mut self.running) || Instant::now() > deadline {
                return Err(RunError::NotReady {
                    part: "PostgreSQL".to_owned(),
                    said: tail(log),
                });
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Stops the server, breaking off its connections.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.running.take() {
            stop(&mut child, Signal::INT);
        }
    }

    /// The database's URL.
    pub fn url(&self) -> String {
        self.url_of(DATABASE)
    }

    fn url_of(&self, database: &str) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/{database}", self.port)
    }

    /// The server's process, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.running.as_ref().map(Child::id)
    }

    /// Its port on the loopback interface.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What it has logged, its template's log included.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.data.join("server.log")).unwrap_or_default()
    }

    /// Has the server offer TLS from now on, with a certificate and its key (both PEM).
    pub fn offer_tls(&self, certificate: &str, key: &str) -> Result<(), RunError> {
        for (name, text) in [("server.crt", certificate), ("server.key", key)] {
            let file = self.data.join(name);
            std::fs::write(&file, text)
                // PostgreSQL refuses a key that others can read.
                .and_then(|()| std::fs::set_permissions(&file, Permissions::from_mode(0o600)))
                .map_err(RunError::file(format!("writing {}", file.display())))?;
            give(&file)?;
        }
        self.set("ssl", "on")
    }

    /// Changes a setting of the server, for connections that come from now on.
    pub fn set(&self, setting: &str, value: &str) -> Result<(), RunError> {
        let mut client = self.connect()?;
        for statement in [
            format!("ALTER SYSTEM SET {setting} = '{value}'"),
            "SELECT pg_reload_conf()".to_owned(),
        ] {
            client
                .batch_execute(&statement)
                .map_err(|source| RunError::Sql {
                    what: statement,
                    source,
                })?;
        }
        Ok(())
    }

    /// Whether the server runs.
    pub fn is_running(&mut self) -> bool {
        self.running
            .as_mut()
            .is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// A connection to the database.
    pub fn connect(&self) -> Result<Client, RunError> {
        connect(&self.url())
    }

    /// Makes the database anew, empty, with the encoding and locale that MusicBrainz asks for.
    pub fn create_database(&self) -> Result<(), RunError> {
        let mut client = connect(&self.url_of("postgres"))?;
        for statement in [
            format!("DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)"),
            format!("CREATE DATABASE {DATABASE} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'"),
        ] {
            client
                .batch_execute(&statement)
                .map_err(|source| RunError::Sql {
                    what: statement,
                    source,
                })?;
        }
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop();
    }
}

fn connect(url: &str) -> Result<Client, RunError> {
    Client::connect(url, NoTls).map_err(|source| RunError::Sql {
        what: "a connection".to_owned(),
        source,
    })
}

fn initialise(server: &PostgresServer, data: &Path) -> Result<(), RunError> {
    let making = format!("making {}", data.display());
    std::fs::create_dir_all(data).map_err(RunError::file(&making))?;
    std::fs::set_permissions(data, std::fs::Permissions::from_mode(0o700))
        .map_err(RunError::file(&making))?;
    give(data)?;
    let mut initdb = Command::new(server.program("initdb"));
    initdb
        .arg("-D")
        .arg(data)
        .args(["--username", USER, "--auth", "trust"])
        .args(["--encoding", "UTF8", "--locale", "C", "--no-sync"])
        .current_dir(data);
    run_as_account(&mut initdb);
    run_logged("initdb", &mut initdb, Duration::from_secs(120))?;
    Ok(())
}

/// A data folder has one server; if that isn't us, it isn't ours to stop.
fn refuse_if_in_use(data: &Path) -> Result<(), RunError> {
    let Ok(text) = std::fs::read_to_string(data.join("postmaster.pid")) else {
        return Ok(());
    };
    let pid = text.lines().next().unwrap_or_default().trim().to_owned();
    if Path::new("/proc").join(&pid).join("stat").is_file() {
        return Err(RunError::InUse {
            folder: data.display().to_string(),
            pid,
        });
    }
    // Left behind by a server that was killed; PostgreSQL clears it away itself.
    Ok(())
}

/// A port of this machine that nobody listens on at the moment.
pub fn free_port() -> Result<u16, RunError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(RunError::file("finding a free port"))
}

/// The user that PostgreSQL runs as, when we are root: its own if there is one, else nobody.
fn account() -> Option<Account> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let find = |name: &str| {
        users.lines().find_map(|line| {
            let mut fields = line.split(':');
            (fields.next()? == name).then_some(())?;
            let uid = fields.nth(1)?.parse().ok()?;
            let gid = fields.next()?.parse().ok()?;
            Some(Account { uid, gid })
        })
    };
    find("postgres")
        .or_else(|| find("nobody"))
        .or(Some(Account {
            uid: 65534,
            gid: 65534,
        }))
}

/// Runs a program that refuses to run as root as PostgreSQL's user.
pub(super) fn run_as_account(command: &mut Command) {
    if let Some(Account { uid, gid }) = account() {
        command.uid(uid).gid(gid);
    }
}

/// Gives a file, or a folder with all in it, to the user that PostgreSQL runs as.
pub(super) fn give(path: &Path) -> Result<(), RunError> {
    match account() {
        None => Ok(()),
        Some(account) => give_to(path, account).map_err(RunError::file(format!(
            "giving {} to PostgreSQL's user",
            path.display()
        ))),
    }
}

fn give_to(path: &Path, account: Account) -> std::io::Result<()> {
    let metadata = path.symlink_metadata()?;
    if metadata.uid() != account.uid {
        chown(path, Some(account.uid), Some(account.gid))?;
    }
    if metadata.is_dir() {
        for entry in std::fs::read_dir(path)? {
            give_to(&entry?.path(), account)?;
        }
    }
    Ok(())
}

/// Whether the user that PostgreSQL runs as can enter all folders above `path`.
pub(super) fn can_reach(path: &Path) -> bool {
    account().is_none()
        || path.ancestors().skip(1).all(|folder| {
            folder
                .metadata()
                .is_ok_and(|metadata| metadata.permissions().mode() & 0o001 != 0)
        })
}
