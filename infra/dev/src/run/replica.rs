//! Replicas ready to run: loading the schema takes seconds, so it is done once and copied.

use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use postgres::Client;
use tempfile::TempDir;

use super::postgres::{Cluster, Durability, can_reach, give};
use super::{RunError, indexes};
use crate::scale::{self, Shape};
use crate::setup::{MusicBrainzSchema, PostgresServer};
use crate::{checkout, progress};

/// What a replica holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replica {
    /// The tables that answers are made of, and the sample rows.
    Compact,
    /// All of MusicBrainz's schema, and the sample rows.
    Real(MusicBrainzSchema),
    /// All of MusicBrainz's schema, and no rows.
    Empty(MusicBrainzSchema),
    /// All of MusicBrainz's schema, of sequence 31, with our own indexes, and many made-up rows.
    Scale(Shape),
}

/// The schemas that MusicBrainz's tables lie in.
const SCHEMAS: [&str; 10] = [
    "musicbrainz",
    "cover_art_archive",
    "dbmirror2",
    "documentation",
    "event_art_archive",
    "json_dump",
    "report",
    "sitemaps",
    "statistics",
    "wikidocs",
];

/// MusicBrainz's own order of loading, up to where rows go in.
const BEFORE_ROWS: [&str; 12] = [
    "Extensions",
    "CreateCollations",
    "CreateTypes",
    "CreateTables",
    "caa/CreateTables",
    "eaa/CreateTables",
    "documentation/CreateTables",
    "json_dump/CreateTables",
    "report/CreateTables",
    "sitemaps/CreateTables",
    "statistics/CreateTables",
    "wikidocs/CreateTables",
];

/// And from there on, without foreign keys, as on a mirror.
const AFTER_ROWS: [&str; 20] = [
    "CreatePrimaryKeys",
    "caa/CreatePrimaryKeys",
    "eaa/CreatePrimaryKeys",
    "documentation/CreatePrimaryKeys",
    "json_dump/CreatePrimaryKeys",
    "sitemaps/CreatePrimaryKeys",
    "statistics/CreatePrimaryKeys",
    "wikidocs/CreatePrimaryKeys",
    "CreateSearchConfiguration",
    "CreateFunctions",
    "caa/CreateFunctions",
    "eaa/CreateFunctions",
    "CreateMirrorOnlyFunctions",
    "CreateIndexes",
    "caa/CreateIndexes",
    "CreateMirrorIndexes",
    "SetSequences",
    "CreateViews",
    "caa/CreateViews",
    "CreateMirrorOnlyTriggers",
];

impl Replica {
    /// A cluster with this replica, on a copy of its own that goes with `folder`. It is current, however old the template.
    pub fn start(self, server: &PostgresServer, folder: &TempDir) -> Result<Cluster, RunError> {
        let template = self.template(server)?;
        let data = folder.path().join("postgres");
        copy(&template, &data).map_err(RunError::file(format!(
            "copying {} to {}",
            template.display(),
            data.display()
        )))?;
        give(&data)?;
        let cluster = Cluster::start(server, &data, Durability::Disposable)?;
        // What has no rows has no packets, and how old the large one is, its users say.
        if matches!(self, Self::Compact | Self::Real(_)) {
            replicated_now(&cluster)?;
        }
        Ok(cluster)
    }

    /// A cluster with this replica in a folder that is kept; made anew when the sample has changed.
    ///
    /// Returns the folder too: it is another one if PostgreSQL's user can't reach `folder`.
    pub fn start_kept(
        self,
        server: &PostgresServer,
        folder: &Path,
    ) -> Result<(Cluster, PathBuf), RunError> {
        let folder = if can_reach(folder) {
            folder.to_owned()
        } else {
            let name = format!("data-{}", fingerprint(&folder));
            let instead = checkout::cache_dir().join(name);
            progress::note(format!(
                "PostgreSQL's user can't reach {}; its data is in {} instead",
                folder.display(),
                instead.display()
            ));
            instead
        };
        let (data, stamp) = (folder.join("postgres"), folder.join("replica"));
        let wanted = self.fingerprint(server)?;
        let fresh = std::fs::read_to_string(&stamp).is_ok_and(|found| found == wanted);
        if !fresh {
            let template = self.template(server)?;
            let replacing = || {
                std::fs::create_dir_all(&folder)?;
                if data.exists() {
                    std::fs::remove_dir_all(&data)?;
                }
                copy(&template, &data)?;
                std::fs::write(&stamp, &wanted)
            };
            replacing().map_err(RunError::file(format!("making {}", data.display())))?;
            give(&data)?;
        }
        let cluster = Cluster::start(server, &data, Durability::Kept)?;
        Ok((cluster, folder))
    }

    /// The folder to copy, made if it isn't here. Several processes may ask at once.
    pub fn template(self, server: &PostgresServer) -> Result<PathBuf, RunError> {
        let name = format!("replica-{}-{}", self.name(), self.fingerprint(server)?);
        let cache = checkout::cache_dir();
        let folder = cache.join(&name);
        let locking = RunError::file(format!("locking {}", folder.display()));
        let lock = std::fs::create_dir_all(&cache)
            .and_then(|()| File::create(cache.join(format!("{name}.lock"))))
            .and_then(|lock| lock.lock().map(|()| lock));
        let lock = lock.map_err(locking)?;
        if !folder.is_dir() {
            progress::step(&format!("loading the replica '{}'", self.name()), || {
                self.make(server, &folder)
            })?;
        }
        drop(lock);
        Ok(folder)
    }

    fn make(self, server: &PostgresServer, folder: &Path) -> Result<(), RunError> {
        // PostgreSQL's user can always reach the folder for temporary files.
        let work = TempDir::with_prefix("linernotes-replica-")
            .map_err(RunError::file("making a temporary folder"))?;
        open_to_all(work.path())?;
        let data = work.path().join("postgres");
        let mut cluster = Cluster::start(server, &data, Durability::Disposable)?;
        cluster.create_database()?;
        let mut client = cluster.connect()?;
        match self {
            Self::Compact => {
                load(
                    &mut client,
                    &checkout::root().join("sql/replica/schema.sql"),
                )?;
                load_sample(&mut client)?;
            }
            Self::Real(schema) => {
                load_real(&mut client, schema, |client| load_sample_as(client, schema))?;
            }
            Self::Empty(schema) => load_real(&mut client, schema, |_| Ok(()))?,
            Self::Scale(shape) => load_scale(&mut client, shape)?,
        }
        drop(client);
        cluster.stop();
        let keeping = || {
            let partial = folder.with_extension("partial");
            if partial.exists() {
                std::fs::remove_dir_all(&partial)?;
            }
            copy(&data, &partial)?;
            std::fs::rename(partial, folder)
        };
        keeping().map_err(RunError::file(format!("keeping {}", folder.display())))
    }

    fn name(self) -> String {
        match self {
            Self::Compact => "compact".to_owned(),
            Self::Real(schema) => format!("real-{}", schema.sequence),
            Self::Empty(schema) => format!("empty-{}", schema.sequence),
            Self::Scale(shape) => format!("scale-{}", shape.artists),
        }
    }

    /// Changes whenever the replica would.
    fn fingerprint(self, server: &PostgresServer) -> Result<String, RunError> {
        let sample = sample_fingerprint()?;
        let scale = match self {
            Self::Scale(shape) => Some((shape, scale::SOURCES, indexes::text()?)),
            Self::Compact | Self::Real(_) | Self::Empty(_) => None,
        };
        Ok(fingerprint(&(
            self.name(),
            server.version(),
            sample,
            BEFORE_ROWS,
            AFTER_ROWS,
            scale,
        )))
    }
}

/// Loads the sample rows, which are as current as their loading.
pub fn load_sample(client: &mut Client) -> Result<(), RunError> {
    load(client, &checkout::root().join("sql/replica/sample.sql"))
}

/// Loads the sample rows and says that they are of the schema they lie in.
fn load_sample_as(client: &mut Client, schema: MusicBrainzSchema) -> Result<(), RunError> {
    load_sample(client)?;
    let sequence = schema.sequence;
    execute(
        client,
        "the schema sequence",
        &format!("UPDATE replication_control SET current_schema_sequence = {sequence}"),
    )
}

/// Changes whenever the sample replica's files do.
pub fn sample_fingerprint() -> Result<String, RunError> {
    let mut texts = Vec::new();
    for name in ["schema.sql", "sample.sql"] {
        let file = checkout::root().join("sql/replica").join(name);
        texts.push(
            std::fs::read(&file).map_err(RunError::file(format!("reading {}", file.display())))?,
        );
    }
    Ok(fingerprint(&texts))
}

fn fingerprint(value: &impl Hash) -> String {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

fn load_real(
    client: &mut Client,
    schema: MusicBrainzSchema,
    load_rows: impl FnOnce(&mut Client) -> Result<(), RunError>,
) -> Result<(), RunError> {
    let sql = schema.ensure()?;
    let load_all = |client: &mut Client, names: &[&str]| {
        names
            .iter()
            .map(|name| sql.join(format!("{name}.sql")))
            // Which files there are depends on the schema sequence.
            .filter(|file| file.is_file())
            .try_for_each(|file| load(client, &file))
    };
    for name in SCHEMAS {
        execute(client, name, &format!("CREATE SCHEMA IF NOT EXISTS {name}"))?;
    }
    load_all(client, &BEFORE_ROWS)?;
    load_rows(client)?;
    load_all(client, &AFTER_ROWS)
}

fn load_scale(client: &mut Client, shape: Shape) -> Result<(), RunError> {
    let file = checkout::root().join("sql/replica/sample.sql");
    let sample = std::fs::read_to_string(&file)
        .map_err(RunError::file(format!("reading {}", file.display())))?;
    for setting in [
        // Sorting in memory is most of what makes indexes fast.
        "SET maintenance_work_mem = '256MB'",
        // The log stays in the folder, and is copied with it.
        "ALTER SYSTEM SET max_wal_size = '64MB'",
        "SELECT pg_reload_conf()",
    ] {
        execute(client, setting, setting)?;
    }
    load_real(client, MusicBrainzSchema::V31, |client| {
        let shared = shared_rows(&sample);
        progress::step("making and loading rows", || {
            scale::load(client, shape, shared)
        })?;
        progress::note("making keys and indexes");
        Ok(())
    })?;
    indexes::create(client)?;
    scale::tidy(client)?;
    let reset = "ALTER SYSTEM RESET max_wal_size";
    execute(client, reset, reset)
}

/// The part of the sample that all its groups share: the look-up rows.
fn shared_rows(sample: &str) -> &str {
    const FIRST_GROUP: &str = "\n-- 1. ";
    sample
        .split_once(FIRST_GROUP)
        .map_or(sample, |(shared, _)| shared)
}

fn load(client: &mut Client, file: &Path) -> Result<(), RunError> {
    let text = std::fs::read_to_string(file)
        .map_err(RunError::file(format!("reading {}", file.display())))?;
    // Some files leave another search path behind.
    execute(
        client,
        "search_path",
        "SET search_path = musicbrainz, public",
    )?;
    execute(
        client,
        &file.display().to_string(),
        &without_psql_commands(&text),
    )
}

fn execute(client: &mut Client, what: &str, sql: &str) -> Result<(), RunError> {
    client.batch_execute(sql).map_err(|source| RunError::Sql {
        what: what.to_owned(),
        source,
    })
}

/// SQL without the lines that only psql understands.
fn without_psql_commands(sql: &str) -> String {
    sql.lines()
        .filter(|line| !line.starts_with('\\'))
        .flat_map(|line| [line, "\n"])
        .collect()
}

/// Makes a replica as current as now: what was loaded is as old as its loading, and an old replica can't say that there
/// is no such thing.
pub fn replicated_now(cluster: &Cluster) -> Result<(), RunError> {
    cluster
        .connect()?
        .batch_execute("UPDATE musicbrainz.replication_control SET last_replication_date = now()")
        .map_err(|source| RunError::Sql {
            what: "the date of the last replication packet".to_owned(),
            source,
        })
}

/// A temporary folder is its owner's alone, but PostgreSQL's user must enter it.
pub fn open_to_all(folder: &Path) -> Result<(), RunError> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755))
        .map_err(RunError::file(format!("opening {}", folder.display())))
}

/// Copies a data folder. PostgreSQL wants it closed to others.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::create_dir_all(to)?;
    std::fs::set_permissions(to, std::fs::Permissions::from_mode(0o700))?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{shared_rows, without_psql_commands};

    #[test]
    fn psqls_own_commands_are_left_out_of_sql() {
        assert_eq!(
            without_psql_commands("\\set ON_ERROR_STOP 1\nBEGIN;\nSELECT E'\\n';\nCOMMIT;\n"),
            "BEGIN;\nSELECT E'\\n';\nCOMMIT;\n"
        );
    }

    #[test]
    fn a_scale_replica_takes_only_the_look_up_rows_of_the_sample() {
        let shared = shared_rows(include_str!("../../../../sql/replica/sample.sql"));
        assert!(shared.contains("INSERT INTO link_type "));
        assert!(shared.contains("INSERT INTO tag "));
        assert!(!shared.contains("INSERT INTO artist "));
    }
}
