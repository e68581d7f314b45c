//! The public suite of tests for HTTP caches, the npm package `http-cache-tests`, unpacked: what it names as its
//! dependencies (all of npm 6, for one) isn't needed to run it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::SetupError;
use crate::process::run_logged;
use crate::{checkout, progress};

const PACKAGE: &str = "http-cache-tests@0.4.5";
const ARCHIVE: &str = "http-cache-tests-0.4.5.tgz";
const SHA256: &str = "bde099a69b357a8779a797573906ff2b4c1912c394d1908dc4fbe78ac79de1fb";

/// The suite's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheTests(PathBuf);

impl CacheTests {
    /// Finds the suite, or downloads and unpacks it.
    pub fn ensure() -> Result<Self, SetupError> {
        let folder = checkout::cache_dir().join("http-cache-tests-0.4.5");
        if !folder.is_dir() {
            unpack(&folder)?;
        }
        Ok(Self(folder.join("package")))
    }

    /// Where its modules are.
    pub fn folder(&self) -> &Path {
        &self.0
    }
}

fn unpack(folder: &Path) -> Result<(), SetupError> {
    let doing = "unpacking the public tests of HTTP caches";
    progress::note(doing);
    let parent = checkout::cache_dir();
    std::fs::create_dir_all(&parent).map_err(SetupError::file(doing))?;
    let place = tempfile::tempdir_in(&parent).map_err(SetupError::file(doing))?;
    let mut download = Command::new("npm");
    download.args(["pack", PACKAGE]).current_dir(&place);
    run_logged(doing, &mut download, Duration::from_secs(300)).map_err(SetupError::step(doing))?;
    let archive = std::fs::read(place.path().join(ARCHIVE)).map_err(SetupError::file(doing))?;
    let hash = hex::encode(Sha256::digest(&archive));
    if hash != SHA256 {
        return Err(SetupError::Download {
            what: PACKAGE.to_owned(),
            why: format!("its SHA-256 is {hash}"),
        });
    }
    let unpacked = place.path().join("unpacked");
    tar::Archive::new(flate2::read::GzDecoder::new(&archive[..]))
        .unpack(&unpacked)
        .map_err(SetupError::file(doing))?;
    match std::fs::rename(&unpacked, folder) {
        // Another process was quicker.
        Err(_) if folder.is_dir() => Ok(()),
        renamed => renamed.map_err(SetupError::file(doing)),
    }
}
