//! PostgreSQL's server programs: the machine's own, else those of an npm package.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::SetupError;
use crate::process::{on_path, output_of, run_logged};
use crate::{checkout, progress};

/// The npm packages' version: what is taken on a machine without PostgreSQL.
const NPM_VERSION: &str = "18.4.0-beta.17";

/// The folder of `initdb` and `postgres`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostgresServer {
    bin: PathBuf,
}

impl PostgresServer {
    /// Finds the programs, newest first, or installs them.
    pub fn ensure() -> Result<Self, SetupError> {
        match Self::installed() {
            Some(found) => Ok(found),
            None => Self::packaged(),
        }
    }

    /// The programs of the npm package, whatever the machine has: another version to test against.
    pub fn packaged() -> Result<Self, SetupError> {
        Self::from_npm(NPM_VERSION)
    }

    fn installed() -> Option<Self> {
        if let Some(folder) = std::env::var_os("LINERNOTES_DEV_POSTGRES_BIN") {
            return Self::in_folder(Path::new(&folder));
        }
        if let Some(folder) = on_path("postgres").and_then(|file| Some(file.parent()?.to_owned()))
            && let Some(found) = Self::in_folder(&folder)
        {
            return Some(found);
        }
        // Debian's, Red Hat's and Homebrew's places, which aren't on the search path.
        let versioned = [
            "/usr/lib/postgresql",
            "/usr/local/opt",
            "/opt/homebrew/opt",
            "/usr",
        ];
        let mut candidates: Vec<PathBuf> = versioned
            .iter()
            .filter_map(|folder| std::fs::read_dir(folder).ok())
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
            .filter(|bin| bin.join("postgres").is_file())
            .collect();
        candidates.sort();
        candidates.iter().rev().find_map(|bin| Self::in_folder(bin))
    }

    fn in_folder(bin: &Path) -> Option<Self> {
        let complete = ["initdb", "postgres"]
            .iter()
            .all(|program| bin.join(program).is_file());
        complete.then(|| Self {
            bin: bin.to_owned(),
        })
    }

    /// Installs the programs from an npm package of the given version, into the cache.
    pub fn from_npm(version: &str) -> Result<Self, SetupError> {
        let platform = npm_platform().ok_or_else(|| SetupError::Missing {
            what: "PostgreSQL".to_owned(),
            remedy: "install its server, version 15 or later".to_owned(),
        })?;
        let package = format!("@embedded-postgres/{platform}");
        let folder = checkout::cache_dir().join(format!("postgres-{version}"));
        let native = folder.join("node_modules").join(&package).join("native");
        let done = folder.join("complete");
        if !done.is_file() {
            let doing = format!("installing PostgreSQL {version} from npm");
            progress::note(&doing);
            std::fs::create_dir_all(&folder).map_err(SetupError::file(&doing))?;
            let mut install = Command::new("npm");
            install
                .args([
                    "install",
                    "--no-audit",
                    "--no-fund",
                    "--no-save",
                    "--prefix",
                ])
                .arg(&folder)
                .arg(format!("{package}@{version}"));
            run_logged(&doing, &mut install, Duration::from_secs(900))
                .map_err(SetupError::step(&doing))?;
            restore_links(&native)
                .and_then(|()| std::fs::write(&done, ""))
                .map_err(SetupError::file(&doing))?;
        }
        Self::in_folder(&native.join("bin")).ok_or_else(|| SetupError::Missing {
            what: format!("PostgreSQL in the npm package {package}"),
            remedy: "install a PostgreSQL server, version 15 or later".to_owned(),
        })
    }

    /// A server program.
    pub fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }

    /// What the server says of itself, e.g. `postgres (PostgreSQL) 15.18`.
    pub fn version(&self) -> String {
        output_of(Command::new(self.program("postgres")).arg("--version")).unwrap_or_default()
    }
}

fn npm_platform() -> Option<&'static str> {
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => Some("linux-x64"),
        ("linux", "aarch64") => Some("linux-arm64"),
        ("macos", "x86_64") => Some("darwin-x64"),
        ("macos", "aarch64") => Some("darwin-arm64"),
        _ => None,
    }
}

/// npm packages can't hold symbolic links, so the package lists them in a file.
fn restore_links(native: &Path) -> std::io::Result<()> {
    let list = std::fs::read_to_string(native.join("pg-symlinks.json"))?;
    let links: serde_json::Value = serde_json::from_str(&list).map_err(std::io::Error::other)?;
    let package = native.parent().unwrap_or(native);
    for link in links.as_array().into_iter().flatten() {
        let (Some(source), Some(target)) = (link["source"].as_str(), link["target"].as_str())
        else {
            continue;
        };
        let target = package.join(target);
        if target.symlink_metadata().is_ok() {
            continue;
        }
        if let Some(folder) = target.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::os::unix::fs::symlink(package.join(source), target)?;
    }
    Ok(())
}
