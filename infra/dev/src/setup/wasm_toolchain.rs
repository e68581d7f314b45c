//! What compiles Rust to WASM: rustup's target, or, where that can't be downloaded, Debian's compiler with a standard
//! library built from its own sources.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::SetupError;
use crate::process::{on_path, output_of, run_logged};
use crate::{checkout, progress};

const TARGET: &str = "wasm32-unknown-unknown";

/// Debian's compiler, its sources and a linker for WASM.
const DEBIAN_PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "lld-19"];
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_LINKER: &str = "wasm-ld-19";

/// What compiles Rust to WASM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WasmToolchain {
    /// The toolchain in use has the target.
    Rustup,
    /// A toolchain of our own in this folder.
    Private(PathBuf),
}

impl WasmToolchain {
    /// Finds a toolchain, or has rustup add the target, or makes a private toolchain.
    pub(super) fn ensure() -> Result<Self, SetupError> {
        // For trying the way of a machine on which rustup can't download.
        let forced =
            std::env::var_os("LINERNOTES_DEV_WASM_TOOLCHAIN").is_some_and(|name| name == "debian");
        if !forced && (has_target() || add_target()) {
            return Ok(Self::Rustup);
        }
        ensure_debian_packages()?;
        ensure_private().map(Self::Private)
    }

    /// Makes `command` compile to WASM with this toolchain. In the target folder, its results stay apart from those of other
    /// compilers.
    pub fn apply(&self, command: &mut Command, target: &Path) {
        let Self::Private(folder) = self else {
            return;
        };
        let bin = folder.join("bin");
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::iter::once(bin.clone()).chain(std::env::split_paths(&path));
        if let Ok(path) = std::env::join_paths(path) {
            command.env("PATH", path);
        }
        command
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", DEBIAN_LINKER)
            .env("CARGO_TARGET_DIR", target.join("private-wasm"))
            // Cargo tells its children which cargo, rustc and toolchain it is; here that would be the wrong ones.
            .env_remove("CARGO")
            .env_remove("RUSTC")
            .env_remove("RUSTUP_TOOLCHAIN");
    }

    /// The `cargo` of this toolchain.
    pub fn cargo(&self) -> PathBuf {
        match self {
            Self::Rustup => PathBuf::from("cargo"),
            Self::Private(folder) => folder.join("bin/cargo"),
        }
    }
}

fn has_target() -> bool {
    output_of(Command::new("rustc").args(["--print", "sysroot"])).is_some_and(|sysroot| {
        Path::new(&sysroot)
            .join("lib/rustlib")
            .join(TARGET)
            .join("lib")
            .is_dir()
    })
}

fn add_target() -> bool {
    let doing = format!("adding Rust's {TARGET} target");
    progress::note(&doing);
    let mut add = Command::new("rustup");
    add.args(["target", "add", TARGET]);
    match run_logged(&doing, &mut add, Duration::from_secs(180)) {
        Ok(()) => true,
        Err(_) => {
            progress::note("rustup can't add it here; Debian's compiler is taken instead");
            false
        }
    }
}

fn ensure_debian_packages() -> Result<(), SetupError> {
    let here = Path::new(DEBIAN_RUSTC).is_file()
        && Path::new(DEBIAN_CARGO).is_file()
        && on_path(DEBIAN_LINKER).is_some()
        && private_source().is_some();
    if here {
        return Ok(());
    }
    let packages = DEBIAN_PACKAGES.join(" ");
    if !rustix::process::geteuid().is_root() || on_path("apt-get").is_none() {
        return Err(SetupError::Missing {
            what: format!("Rust's {TARGET} target"),
            remedy: format!(
                "run `rustup target add {TARGET}` where rustup can download, or on Debian \
                 `sudo apt-get install --no-install-recommends {packages}`"
            ),
        });
    }
    let doing = format!("installing {packages}");
    progress::note(&doing);
    let limit = Duration::from_secs(900);
    run_logged(
        "apt-get update",
        Command::new("apt-get").arg("update"),
        limit,
    )
    .map_err(SetupError::step("updating Debian's package lists"))?;
    let mut install = Command::new("apt-get");
    install
        .args(["install", "--yes", "--no-install-recommends"])
        .args(DEBIAN_PACKAGES)
        .env("DEBIAN_FRONTEND", "noninteractive");
    run_logged(&doing, &mut install, limit).map_err(SetupError::step(doing))
}

/// Debian's standard library sources, as part of its compiler's own folders.
fn private_source() -> Option<PathBuf> {
    let source = debian_sysroot()?.join("lib/rustlib/src");
    source.is_dir().then_some(source)
}

fn debian_sysroot() -> Option<PathBuf> {
    output_of(Command::new(DEBIAN_RUSTC).args(["--print", "sysroot"])).map(PathBuf::from)
}

/// A toolchain folder of Debian's compiler and a standard library for WASM, built once for each compiler version.
fn ensure_private() -> Result<PathBuf, SetupError> {
    let version = output_of(Command::new(DEBIAN_RUSTC).arg("--version")).unwrap_or_default();
    let version = version.split_whitespace().nth(1).unwrap_or("unknown");
    let folder = checkout::cache_dir().join(format!("wasm-toolchain-{version}"));
    if folder.is_dir() {
        return Ok(folder);
    }
    let making = SetupError::file("making a toolchain for WASM");
    let work = tempfile::Builder::new()
        .prefix("wasm-toolchain-")
        .tempdir_in(checkout::cache_dir())
        .map_err(making)?;
    let library = build_standard_library(work.path())?;
    let made = work.path().join("toolchain");
    assemble(&made, &folder, &library)
        .and_then(|()| std::fs::rename(&made, &folder))
        .map_err(SetupError::file("making a toolchain for WASM"))?;
    Ok(folder)
}

/// Builds the standard library and returns the folder with its parts.
fn build_standard_library(work: &Path) -> Result<PathBuf, SetupError> {
    let doing = "building Rust's standard library for WASM, once for this machine";
    progress::note(format!("{doing} (about 90 seconds)"));
    let package = work.join("nothing");
    std::fs::create_dir_all(package.join("src"))
        .and_then(|()| std::fs::write(package.join("src/lib.rs"), "#![no_std]\n"))
        .and_then(|()| {
            std::fs::write(
                package.join("Cargo.toml"),
                "[package]\nname = \"nothing\"\nversion = \"0.0.0\"\nedition = \"2021\"\n[workspace]\n",
            )
        })
        .map_err(SetupError::file(doing))?;
    let mut build = Command::new(DEBIAN_CARGO);
    build
        .args(["build", "--release", "--target", TARGET])
        .arg("-Zbuild-std=std,panic_abort,proc_macro")
        .current_dir(&package)
        .env("RUSTC", DEBIAN_RUSTC)
        .env("RUSTC_BOOTSTRAP", "1")
        // Without bitcode, later builds with link-time optimisation fail.
        .env("RUSTFLAGS", "-Cembed-bitcode=yes")
        .env("CARGO_TARGET_DIR", work.join("target"))
        .env_remove("RUSTUP_TOOLCHAIN")
        .env_remove("CARGO");
    run_logged(doing, &mut build, Duration::from_secs(1800)).map_err(SetupError::step(doing))?;
    Ok(work.join("target").join(TARGET).join("release/deps"))
}

/// Lays out a toolchain folder that will stand at `at`: Debian's own parts by link, the new library by copy.
fn assemble(folder: &Path, at: &Path, library: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    let sysroot = debian_sysroot().unwrap_or_else(|| PathBuf::from("/usr"));
    let (bin, rustlib) = (folder.join("bin"), folder.join("lib/rustlib"));
    let wasm = rustlib.join(TARGET).join("lib");
    std::fs::create_dir_all(&bin)?;
    std::fs::create_dir_all(&wasm)?;
    symlink(DEBIAN_CARGO, bin.join("cargo"))?;
    let rustc = bin.join("rustc");
    let at = at.display();
    std::fs::write(
        &rustc,
        format!("#!/bin/sh\nexec {DEBIAN_RUSTC} --sysroot '{at}' \"$@\"\n"),
    )?;
    std::fs::set_permissions(&rustc, std::fs::Permissions::from_mode(0o755))?;
    for part in std::fs::read_dir(sysroot.join("lib/rustlib"))? {
        let part = part?;
        if part.file_name() != TARGET {
            symlink(part.path(), rustlib.join(part.file_name()))?;
        }
    }
    for part in std::fs::read_dir(library)? {
        let part = part?.path();
        let name = part
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if name.ends_with(".rlib") && !name.starts_with("libnothing-") {
            std::fs::copy(&part, wasm.join(name))?;
        }
    }
    Ok(())
}
