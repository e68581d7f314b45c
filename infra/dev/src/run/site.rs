use std::ffi::OsString;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::RunError;
use crate::checkout;
use crate::process::output_of;
use crate::setup::node;

/// Where a release is built. What comes of it must not depend on that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    checkout: PathBuf,
    /// Where Cargo keeps what it downloads.
    cargo_home: PathBuf,
    target: PathBuf,
}

impl Site {
    /// This checkout, and what is compiled for it.
    pub fn here() -> Self {
        Self {
            checkout: checkout::root().to_owned(),
            cargo_home: cargo_home(),
            target: checkout::target_dir(),
        }
    }

    /// A copy of this checkout in `place`, with a target folder and a home of Cargo's of its own, so that nothing has the same
    /// path.
    pub fn copied_to(place: &Path) -> Result<Self, RunError> {
        let site = Self {
            checkout: place.join("checkout"),
            cargo_home: place.join("cargo-home"),
            target: place.join("target"),
        };
        copy_checkout(&site.checkout)?;
        link_all(&cargo_home(), &site.cargo_home)?;
        let packages = "edge-worker/node_modules";
        link(
            &node::folder().join("node_modules"),
            &site.checkout.join(packages),
        )?;
        Ok(site)
    }

    /// Where a crate or folder of the workspace is.
    pub(super) fn folder(&self, name: &str) -> PathBuf {
        self.checkout.join(name)
    }

    /// A folder for what is built.
    pub(super) fn built(&self, name: &str) -> PathBuf {
        self.target.join(name)
    }

    /// Has whatever Cargo the command runs use this site.
    pub(super) fn apply(&self, command: &mut Command) {
        command
            .env("CARGO_HOME", &self.cargo_home)
            .env("CARGO_TARGET_DIR", &self.target);
    }

    /// Flags by which the places of sources, which messages of panics name, are the same on every machine.
    pub(super) fn without_paths(&self) -> String {
        format!(
            "{} --remap-path-prefix={}=/linernotes",
            self.without_cargo_home(),
            self.checkout.display()
        )
    }

    /// The same for what is compiled within the workspace alone: Cargo names its files from its root on. So the flags, and
    /// with them what is compiled already, are the same for all checkouts of a machine.
    pub(super) fn without_cargo_home(&self) -> String {
        format!("--remap-path-prefix={}=/cargo", self.cargo_home.display())
    }
}

fn cargo_home() -> PathBuf {
    let named = |variable: &str| -> Option<OsString> {
        std::env::var_os(variable).filter(|value| !value.is_empty())
    };
    named("CARGO_HOME").map_or_else(
        || PathBuf::from(named("HOME").unwrap_or_default()).join(".cargo"),
        PathBuf::from,
    )
}

/// Copies the files that git knows or would add, as they are now.
fn copy_checkout(to: &Path) -> Result<(), RunError> {
    let copying = || RunError::file(format!("copying the checkout to {}", to.display()));
    let listed = output_of(
        Command::new("git")
            .args([
                "ls-files",
                "-z",
                "--cached",
                "--others",
                "--exclude-standard",
            ])
            .current_dir(checkout::root()),
    )
    .ok_or_else(|| copying()(std::io::ErrorKind::NotFound.into()))?;
    for file in listed.split('\0').filter(|file| !file.is_empty()) {
        let (from, to) = (checkout::root().join(file), to.join(file));
        // One that was deleted is known until that is committed.
        if !from.is_file() {
            continue;
        }
        if let Some(folder) = to.parent() {
            std::fs::create_dir_all(folder).map_err(copying())?;
        }
        std::fs::copy(&from, &to).map_err(copying())?;
    }
    Ok(())
}

/// A folder with links to all that another holds.
fn link_all(from: &Path, to: &Path) -> Result<(), RunError> {
    let reading = || RunError::file(format!("reading {}", from.display()));
    std::fs::create_dir_all(to).map_err(RunError::file(format!("making {}", to.display())))?;
    for entry in std::fs::read_dir(from).map_err(reading())? {
        let entry = entry.map_err(reading())?;
        link(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

fn link(from: &Path, to: &Path) -> Result<(), RunError> {
    symlink(from, to).map_err(RunError::file(format!("making {}", to.display())))
}
