use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::RunError;
use crate::process::run_shown;
use crate::{CommandError, checkout};

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

/// How much the compiler does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Optimised {
    /// As much as it can, in some minutes.
    ForRelease,
    /// As for tests.
    ForTests,
}

/// Built functions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Functions {
    /// The folder of their archives, `api.zip` and `crawler.zip`.
    pub folder: PathBuf,
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

/// Builds both functions. Nothing of this machine but its time goes into them: the C library they are linked against is
/// Lambda's, and paths are left out.
pub fn build_functions(
    cargo_lambda: &Path,
    architecture: Architecture,
    optimised: Optimised,
) -> Result<Functions, RunError> {
    let target = checkout::target_dir();
    let built = target.join("lambda").join(match optimised {
        Optimised::ForRelease => "release",
        Optimised::ForTests => "tests",
    });
    // Cargo finds the subcommand on the search path, and it runs Cargo in turn.
    let mut build = crate::cargo();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let tools = cargo_lambda.parent().map(Path::to_owned);
    let path = std::env::join_paths(tools.into_iter().chain(std::env::split_paths(&path)))
        .map_err(|error| RunError::file("finding cargo-lambda")(std::io::Error::other(error)))?;
    build
        .args(["lambda", "build", "--package", "linernotes-origin"])
        .args(ARCHIVES.iter().flat_map(|(program, _)| ["--bin", *program]))
        .arg(architecture.option())
        .arg("--lambda-dir")
        .arg(&built)
        .current_dir(checkout::root())
        .env("PATH", path);
    if optimised == Optimised::ForRelease {
        build.arg("--release").arg("--locked");
    }
    if !run_shown(&mut build)? {
        return Err(RunError::Command(CommandError::Failed {
            program: "cargo lambda build".to_owned(),
            log: "the lines above".to_owned(),
            tail: String::new(),
        }));
    }
    for (program, archive) in ARCHIVES {
        let from = built.join(program).join("bootstrap");
        let to = built.join(archive);
        pack(&from, &to).map_err(RunError::file(format!("writing {}", to.display())))?;
    }
    Ok(Functions { folder: built })
}

/// An archive with the program under the name that Lambda's runtime looks for. It holds no times: the same program gives the
/// same bytes.
fn pack(program: &Path, archive: &Path) -> std::io::Result<()> {
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated)
        .compression_level(Some(9))
        .last_modified_time(zip::DateTime::default())
        .unix_permissions(0o755);
    let mut writer = zip::ZipWriter::new(File::create(archive)?);
    writer.start_file("bootstrap", options)?;
    writer.write_all(&std::fs::read(program)?)?;
    writer.finish()?;
    Ok(())
}

impl Functions {
    /// The archives and their sizes.
    pub fn archives(&self) -> std::io::Result<Vec<Archive>> {
        ARCHIVES
            .iter()
            .map(|(program, name)| {
                let bytes = std::fs::read(self.folder.join(name))?;
                let program = self.folder.join(program).join("bootstrap").metadata()?;
                Ok(Archive {
                    name,
                    program: program.len(),
                    archive: bytes.len() as u64,
                    sha256: Sha256::digest(&bytes)
                        .iter()
                        .map(|byte| format!("{byte:02x}"))
                        .collect(),
                })
            })
            .collect()
    }
}
