//! PgBouncer, for the tests of connections through a proxy that pools transactions.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::SetupError;
use crate::process::{on_path, run_logged};
use crate::{checkout, progress};

/// Where packages put it, which isn't on every user's search path.
const PLACES: [&str; 4] = [
    "/usr/sbin/pgbouncer",
    "/usr/local/sbin/pgbouncer",
    "/opt/homebrew/bin/pgbouncer",
    "/usr/local/bin/pgbouncer",
];

/// The PgBouncer program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PgBouncer {
    program: PathBuf,
    /// Folders of libraries that aren't the machine's own.
    libraries: Vec<PathBuf>,
}

impl PgBouncer {
    /// Finds the machine's program, or unpacks Debian's package into the cache: installing the package would also start
    /// its service.
    pub fn ensure() -> Result<Self, SetupError> {
        let places = PLACES.iter().map(PathBuf::from).find(|file| file.is_file());
        if let Some(program) = on_path("pgbouncer").or(places) {
            return Ok(Self {
                program,
                libraries: Vec::new(),
            });
        }
        let folder = checkout::cache_dir().join("pgbouncer");
        if !folder.is_dir() {
            unpack_package(&folder)?;
        }
        Ok(Self {
            program: folder.join("usr/sbin/pgbouncer"),
            libraries: folders_in(&folder.join("usr/lib")),
        })
    }

    /// To run it.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        if let Ok(path) = std::env::join_paths(&self.libraries)
            && !path.is_empty()
        {
            command.env("LD_LIBRARY_PATH", path);
        }
        command
    }
}

/// Downloads the package, and those of its libraries that the machine lacks, and unpacks them without installing.
fn unpack_package(folder: &Path) -> Result<(), SetupError> {
    if on_path("apt-get").is_none() || on_path("dpkg-deb").is_none() {
        return Err(missing());
    }
    let doing = "fetching PgBouncer, Debian's package";
    progress::note(doing);
    let limit = Duration::from_secs(300);
    let work = tempfile::Builder::new()
        .prefix("pgbouncer-")
        .tempdir_in(checkout::cache_dir())
        .map_err(SetupError::file(doing))?;
    if rustix::process::geteuid().is_root() {
        run_logged(
            "apt-get update",
            Command::new("apt-get").arg("update"),
            limit,
        )
        .map_err(SetupError::step("updating Debian's package lists"))?;
    }
    let mut download = Command::new("apt-get");
    download
        .args(["install", "--yes", "--no-install-recommends"])
        .arg("--download-only")
        // Neither locks nor caches of the machine's own: this works for any user and leaves nothing behind.
        .args(["-o", "Debug::NoLocking=1"])
        .args([
            "-o",
            "Dir::Cache::pkgcache=",
            "-o",
            "Dir::Cache::srcpkgcache=",
        ])
        .arg("-o")
        .arg(format!("Dir::Cache::archives={}", work.path().display()))
        .arg("pgbouncer");
    run_logged(doing, &mut download, limit).map_err(|_| missing())?;
    let unpacked = work.path().join("unpacked");
    for package in std::fs::read_dir(work.path()).map_err(SetupError::file(doing))? {
        let package = package.map_err(SetupError::file(doing))?.path();
        if package.extension().is_some_and(|name| name == "deb") {
            let mut unpack = Command::new("dpkg-deb");
            unpack.arg("--extract").arg(&package).arg(&unpacked);
            run_logged("unpacking PgBouncer", &mut unpack, limit)
                .map_err(SetupError::step(doing))?;
        }
    }
    std::fs::rename(&unpacked, folder).map_err(SetupError::file(doing))
}

fn missing() -> SetupError {
    SetupError::Missing {
        what: "PgBouncer, which only the tests need,".to_owned(),
        remedy: "install the package pgbouncer: `apt-get install pgbouncer`, `dnf install pgbouncer` or \
                 `brew install pgbouncer`"
            .to_owned(),
    }
}

fn folders_in(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_dir())
        .collect()
}
