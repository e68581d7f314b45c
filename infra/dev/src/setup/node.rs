//! Node.js and the packages in `edge-worker/package.json`: the Workers runtime and the tools around it.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use super::SetupError;
use crate::process::{output_of, run_logged};
use crate::{checkout, progress};

/// The folder with `package.json`.
pub(crate) fn folder() -> PathBuf {
    checkout::root().join("edge-worker")
}

/// A program of an installed package.
pub(crate) fn program(name: &str) -> PathBuf {
    folder().join("node_modules/.bin").join(name)
}

/// Installs the packages if they aren't those of `package-lock.json`.
pub(super) fn ensure_packages() -> Result<(), SetupError> {
    require_node()?;
    let lock_file = folder().join("package-lock.json");
    let stamp_file = folder().join("node_modules/.linernotes-lock");
    let lock = std::fs::read_to_string(&lock_file)
        .map_err(SetupError::file(format!("reading {}", lock_file.display())))?;
    if std::fs::read_to_string(&stamp_file).is_ok_and(|stamp| stamp == lock) {
        return Ok(());
    }
    let doing = "installing the npm packages of edge-worker";
    progress::note(doing);
    let mut install = Command::new("npm");
    install
        .args(["ci", "--no-audit", "--no-fund"])
        .current_dir(folder());
    run_logged(doing, &mut install, Duration::from_secs(900)).map_err(SetupError::step(doing))?;
    std::fs::write(&stamp_file, lock).map_err(SetupError::file(format!(
        "writing {}",
        stamp_file.display()
    )))
}

fn require_node() -> Result<(), SetupError> {
    const OLDEST: u32 = 20;
    let missing = |what: String| SetupError::Missing {
        what,
        remedy: format!("install Node.js {OLDEST} or later from https://nodejs.org"),
    };
    let version = output_of(Command::new("node").arg("--version"))
        .ok_or_else(|| missing("Node.js".to_owned()))?;
    match major(&version) {
        Some(major) if major >= OLDEST => Ok(()),
        _ => Err(missing(format!("Node.js {OLDEST} ({version} is here)"))),
    }
}

/// The major version in `v20.11.1`.
fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn nodes_major_version_is_read_from_what_it_prints() {
        assert_eq!(major("v20.11.1"), Some(20));
        assert_eq!(major("v8.0.0"), Some(8));
        assert_eq!(major("20.11.1"), None);
    }
}
