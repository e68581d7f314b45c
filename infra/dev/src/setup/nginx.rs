//! nginx's program, with which benchmarks compare the origin: the machine's own, else Debian's package, unpacked.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::SetupError;
use crate::process::{on_path, output_of, run_logged};
use crate::{checkout, progress};

/// nginx's program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nginx(PathBuf);

impl Nginx {
    /// Finds the program, or unpacks it where there is `apt-get`. Nothing is installed and no service is started.
    pub fn ensure() -> Result<Self, SetupError> {
        let unpacked = checkout::cache_dir().join("nginx");
        let installed = on_path("nginx")
            .into_iter()
            // Often not on the search path of ordinary users.
            .chain(["/usr/sbin/nginx".into(), "/usr/local/sbin/nginx".into()])
            .chain([unpacked.join("usr/sbin/nginx")])
            .find_map(|file| Self::working(&file));
        if let Some(found) = installed {
            return Ok(found);
        }
        let missing = || SetupError::Missing {
            what: "nginx".to_owned(),
            remedy: "install its package; it needn't run".to_owned(),
        };
        if on_path("apt-get").is_none() {
            return Err(missing());
        }
        unpack(&unpacked)?;
        Self::working(&unpacked.join("usr/sbin/nginx")).ok_or_else(missing)
    }

    /// The program's file.
    pub fn program(&self) -> &Path {
        &self.0
    }

    fn working(file: &Path) -> Option<Self> {
        output_of(Command::new(file).arg("-v")).map(|_| Self(file.to_owned()))
    }
}

fn unpack(folder: &Path) -> Result<(), SetupError> {
    const MINUTE: Duration = Duration::from_secs(60);
    let doing = "unpacking nginx's package";
    progress::note(doing);
    std::fs::create_dir_all(folder).map_err(SetupError::file(doing))?;
    let mut download = Command::new("apt-get");
    download.args(["download", "nginx"]).current_dir(folder);
    run_logged(doing, &mut download, 2 * MINUTE).map_err(SetupError::step(doing))?;
    let package = std::fs::read_dir(folder)
        .map_err(SetupError::file(doing))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|file| file.extension().is_some_and(|name| name == "deb"))
        .unwrap_or_else(|| folder.join("nginx.deb"));
    let mut unpack = Command::new("dpkg");
    unpack.arg("--extract").args([&package, folder]);
    run_logged(doing, &mut unpack, MINUTE).map_err(SetupError::step(doing))
}
