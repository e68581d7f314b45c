//! Programs installed by Cargo, each version in a folder of its own.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use super::SetupError;
use crate::process::{on_path, output_of, run_logged};
use crate::{checkout, progress};

/// The version of worker-build that goes with the `worker` crate in Cargo.lock.
const WORKER_BUILD: &str = "0.8.7";

/// Builds a Rust crate into a Worker.
pub(super) fn worker_build() -> Result<PathBuf, SetupError> {
    ensure("worker-build", "worker-build", WORKER_BUILD)
}

/// Must be of the very version that the worker was compiled against.
pub(super) fn wasm_bindgen() -> Result<PathBuf, SetupError> {
    let lock = checkout::root().join("Cargo.lock");
    let text = std::fs::read_to_string(&lock)
        .map_err(SetupError::file(format!("reading {}", lock.display())))?;
    let version = locked_version(&text, "wasm-bindgen").ok_or_else(|| SetupError::Missing {
        what: "wasm-bindgen in Cargo.lock".to_owned(),
        remedy: "run `cargo update -p worker`".to_owned(),
    })?;
    ensure("wasm-bindgen-cli", "wasm-bindgen", version)
}

fn ensure(package: &str, program: &str, version: &str) -> Result<PathBuf, SetupError> {
    if let Some(found) = on_path(program)
        && output_of(Command::new(&found).arg("--version"))
            .is_some_and(|text| text.split_whitespace().any(|word| word == version))
    {
        return Ok(found);
    }
    let folder = checkout::cache_dir().join(format!("{program}-{version}"));
    let installed = folder.join("bin").join(program);
    if installed.is_file() {
        return Ok(installed);
    }
    let doing = format!("compiling {program} {version}, once for this machine");
    progress::note(format!("{doing} (about 3 minutes)"));
    let mut install = crate::cargo();
    install
        .args(["install", package, "--version", version, "--root"])
        .arg(&folder)
        .arg("--target-dir")
        .arg(folder.join("build"))
        // It runs for a second at a time: quick to compile is better than quick to run.
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .current_dir(std::env::temp_dir());
    run_logged(&doing, &mut install, Duration::from_secs(3600)).map_err(SetupError::step(doing))?;
    // Only the program is wanted; what is left of its compilation is just large.
    let _ = std::fs::remove_dir_all(folder.join("build"));
    Ok(installed)
}

/// The version of a package in the text of a Cargo.lock.
fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    lock.lines()
        .skip_while(|line| *line != name)
        .nth(1)?
        .strip_prefix("version = \"")?
        .strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::locked_version;

    #[test]
    fn a_packages_version_is_read_from_the_lock_file() {
        let lock = "[[package]]\nname = \"wasm-bindgen-futures\"\nversion = \"0.4.1\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(locked_version(lock, "worker"), None);
    }
}
