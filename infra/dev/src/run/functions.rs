use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

use super::{RunError, Site, identity};
use crate::checkout;
use crate::process::{on_path, output_of, run_cargo};

/// The functions' archives, as the template takes them.
const ARCHIVES: [(&str, &str); 2] = [
    ("linernotes-api", "api.zip"),
    ("linernotes-crawler", "crawler.zip"),
];

/// What the functions run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// AWS's own processors, which cost a fifth less.
    Arm64,
    /// Intel's and AMD's.
    X86_64,
}

impl Architecture {
    /// This machine's.
    pub const fn here() -> Self {
        if cfg!(target_arch = "aarch64") {
            Self::Arm64
        } else {
            Self::X86_64
        }
    }

    /// As the template names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::X86_64 => "x86_64",
        }
    }

    const fn option(self) -> &'static str {
        match self {
            Self::Arm64 => "--arm64",
            Self::X86_64 => "--x86-64",
        }
    }
}

/// Built functions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Functions {
    /// The folder of their archives, `api.zip` and `crawler.zip`.
    pub folder: PathBuf,
    /// These.
    pub archives: Vec<Archive>,
}

/// One function's archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archive {
    /// Its file's name.
    pub name: &'static str,
    /// Bytes of the program in it.
    pub program: u64,
    /// Bytes that Lambda is sent.
    pub archive: u64,
    /// SHA-256 of the archive, which is the same for the same program.
    pub sha256: String,
}

/// Builds both functions for release, in some minutes. They are linked against the C library that Lambda has, and hold none
/// of the site's paths.
pub fn build_functions(
    cargo_lambda: &Path,
    architecture: Architecture,
    site: &Site,
) -> Result<Functions, RunError> {
    let folder = site.built("lambda/release");
    // Cargo finds the subcommand on the search path, and it runs Cargo in turn.
    let mut build = crate::cargo();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let tools = cargo_lambda.parent().map(Path::to_owned);
    let path = std::env::join_paths(tools.into_iter().chain(std::env::split_paths(&path)))
        .map_err(|error| RunError::file("finding cargo-lambda")(std::io::Error::other(error)))?;
    build
        .args(["lambda", "build", "--release", "--locked"])
        .args(["--package", "linernotes-origin"])
        .args(ARCHIVES.iter().flat_map(|(program, _)| ["--bin", *program]))
        .arg(architecture.option())
        .arg("--lambda-dir")
        .arg(&folder)
        .current_dir(site.folder(""))
        .env("PATH", path)
        .envs(identity::of_build())
        .env("RUSTFLAGS", site.without_paths());
    site.apply(&mut build);
    run_cargo(&mut build)?;
    let programs = ARCHIVES.map(|(program, _)| folder.join(program).join("bootstrap"));
    Functions::pack(folder, programs)
}

/// Builds both functions for tests on this machine: as whatever else is tested, so that next to nothing is compiled for
/// them alone.
pub fn build_functions_for_tests() -> Result<Functions, RunError> {
    let mut build = crate::cargo();
    build
        .args(["build", "--package", "linernotes-origin"])
        .args(ARCHIVES.iter().flat_map(|(program, _)| ["--bin", *program]))
        .current_dir(checkout::root());
    run_cargo(&mut build)?;
    let folder = checkout::target_dir().join("lambda/tests");
    let programs = ARCHIVES.map(|(program, _)| {
        let built = checkout::target_dir().join("debug").join(program);
        without_debug_information(&built, &folder.join(program)).unwrap_or(built)
    });
    Functions::pack(folder, programs)
}

/// The program without what only a debugger reads, four fifths of it; `None` where that can't be done.
fn without_debug_information(program: &Path, stripped: &Path) -> Option<PathBuf> {
    std::fs::create_dir_all(stripped.parent()?).ok()?;
    let mut strip = Command::new(on_path("strip")?);
    strip.arg("-o").arg(stripped).arg(program);
    output_of(&mut strip).map(|_| stripped.to_owned())
}

/// An archive with the program under the name that Lambda's runtime looks for. It holds no times: the same program gives
/// the same bytes.
fn pack(program: &Path, archive: &Path) -> std::io::Result<u64> {
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default())
        .unix_permissions(0o755);
    let bytes = std::fs::read(program)?;
    if let Some(folder) = archive.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut writer = zip::ZipWriter::new(File::create(archive)?);
    writer.start_file("bootstrap", options)?;
    writer.write_all(&bytes)?;
    writer.finish()?;
    Ok(bytes.len() as u64)
}

impl Functions {
    fn pack(folder: PathBuf, programs: [PathBuf; 2]) -> Result<Self, RunError> {
        let mut archives = Vec::new();
        for ((_, name), program) in ARCHIVES.into_iter().zip(programs) {
            let file = folder.join(name);
            let writing = || RunError::file(format!("writing {}", file.display()));
            let size = pack(&program, &file).map_err(writing())?;
            let bytes = std::fs::read(&file).map_err(writing())?;
            archives.push(Archive {
                name,
                program: size,
                archive: bytes.len() as u64,
                sha256: hex::encode(Sha256::digest(&bytes)),
            });
        }
        Ok(Self { folder, archives })
    }
}
