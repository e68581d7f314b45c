use std::path::Path;

use linernotes_dev::prepared::Prepared;
use linernotes_dev::run::{Cluster, Edge, Origin, Replica};
use linernotes_dev::setup::{MusicBrainzSchema, PostgresServer};
use linernotes_origin::telemetry::with_causes;
use tempfile::TempDir;

use crate::{Answer, ask};

/// A system of its own for a test.
pub struct System {
    /// The edge, in front of all.
    pub edge: Edge,
    /// The origin behind it.
    pub origin: Origin,
    /// The database behind that.
    pub postgres: Cluster,
    // Last: the folder goes when its users are gone.
    _folder: TempDir,
}

/// What `cargo dev test` has built.
///
/// # Panics
/// Outside of it.
pub fn prepared() -> Prepared {
    Prepared::from_env().expect("these tests need the whole system: run `cargo dev test`")
}

/// The server programs that tests use.
///
/// # Panics
/// If there are none, which `cargo dev test` would have mended.
pub fn postgres_server() -> PostgresServer {
    PostgresServer::ensure().expect("`cargo dev test` has found or installed PostgreSQL")
}

/// A running replica and the folder it lives in.
///
/// # Panics
/// If it doesn't start.
pub fn replica(replica: Replica) -> (Cluster, TempDir) {
    replica_on(&postgres_server(), replica)
}

/// A running replica on a server of one's choice, and the folder it lives in.
///
/// # Panics
/// If it doesn't start.
pub fn replica_on(server: &PostgresServer, replica: Replica) -> (Cluster, TempDir) {
    let folder = temporary_folder();
    let cluster = replica
        .start(server, &folder)
        .unwrap_or_else(|error| panic!("{}", with_causes(&error)));
    (cluster, folder)
}

impl System {
    /// Starts a system on MusicBrainz's real schema with the sample rows.
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// Starts a system whose origin has these settings. It does nothing by itself that isn't asked of it.
    ///
    /// # Panics
    /// If a part doesn't start.
    pub fn with(settings: &[(&str, &str)]) -> Self {
        let (postgres, folder) = replica(Replica::Real(MusicBrainzSchema::V31));
        let mut all = vec![
            ("LINERNOTES_CRAWLER__TIMERS", "false".to_owned()),
            ("LINERNOTES_DATABASE__URL", postgres.url()),
        ];
        all.extend(
            settings
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned())),
        );
        let prepared = prepared();
        let origin = Origin::start(&prepared.origin, folder.path(), &all)
            .unwrap_or_else(|error| panic!("{}", with_causes(&error)));
        let edge = start_edge(&prepared, folder.path(), origin.url());
        Self {
            edge,
            origin,
            postgres,
            _folder: folder,
        }
    }

    /// Asks the edge.
    pub fn get(&self, path: &str) -> Answer {
        ask(self.url(path)).send()
    }

    /// The edge's URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.edge.url())
    }

    /// Asks the edge until the answer is as wanted: it stores copies after it has answered.
    ///
    /// # Panics
    /// If that doesn't happen within some seconds.
    pub fn get_until(&self, path: &str, wanted: impl Fn(&Answer) -> bool) -> Answer {
        ask(self.url(path)).until(wanted)
    }
}

fn start_edge(prepared: &Prepared, folder: &Path, origin: &str) -> Edge {
    let variables = [("ORIGIN_URL", origin.to_owned())];
    Edge::start(&prepared.worker, 0, folder, &variables)
        .unwrap_or_else(|error| panic!("{}", with_causes(&error)))
}

/// PostgreSQL's user must be able to enter it.
fn temporary_folder() -> TempDir {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::with_prefix("linernotes-test-").expect("temporary folders can be made");
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755))
        .expect("one's own folder can be opened");
    folder
}
