use std::path::{Path, PathBuf};
use std::process::Command;

use super::RunError;
use super::announced::Announced;
use crate::process::run_cargo;
use crate::{CommandError, checkout};

/// A running origin: `linernotes serve`.
#[derive(Debug)]
pub struct Origin {
    server: Announced,
}

/// Compiles the `linernotes` program and returns where it is.
pub fn build_origin() -> Result<PathBuf, CommandError> {
    let mut build = crate::cargo();
    build
        .args([
            "build",
            "--package",
            "linernotes-origin",
            "--bin",
            "linernotes",
        ])
        .current_dir(checkout::root());
    run_cargo(&mut build)?;
    Ok(checkout::target_dir().join("debug/linernotes"))
}

impl Origin {
    /// Starts `program` with settings: pairs of environment variables and values. It logs to a file in `folder`, where
    /// its store lies too.
    pub fn start(
        program: &Path,
        folder: &Path,
        settings: &[(&str, String)],
    ) -> Result<Self, RunError> {
        let mut serve = Command::new(program);
        serve
            .arg("serve")
            .env("LINERNOTES_LISTEN", "127.0.0.1:0")
            .env("LINERNOTES_STORE__PATH", folder.join("store"))
            .envs(settings.iter().map(|(name, value)| (name, value)));
        std::fs::create_dir_all(folder)
            .map_err(RunError::file(format!("making {}", folder.display())))?;
        let server = Announced::start("the origin", &mut serve, &folder.join("origin.log"))?;
        Ok(Self { server })
    }

    /// Its address, `http://127.0.0.1:port`.
    pub fn url(&self) -> &str {
        &self.server.url
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.server.pid()
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        self.server.log()
    }
}
