//! What `cargo dev test` has built before the tests run.

use std::path::PathBuf;

const WORKER: &str = "LINERNOTES_DEV_WORKER";
const ORIGIN: &str = "LINERNOTES_DEV_ORIGIN";
const FUNCTIONS: &str = "LINERNOTES_DEV_FUNCTIONS";

/// The built parts of the system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// Folder of the built worker.
    pub worker: PathBuf,
    /// The `linernotes` program.
    pub origin: PathBuf,
    /// Folder of the functions' archives.
    pub functions: PathBuf,
}

impl Prepared {
    /// For the tests' environment.
    pub fn to_env(&self) -> [(&'static str, &PathBuf); 3] {
        [
            (WORKER, &self.worker),
            (ORIGIN, &self.origin),
            (FUNCTIONS, &self.functions),
        ]
    }

    /// From the environment that `cargo dev test` has set; `None` outside it.
    pub fn from_env() -> Option<Self> {
        Some(Self {
            worker: std::env::var_os(WORKER)?.into(),
            origin: std::env::var_os(ORIGIN)?.into(),
            functions: std::env::var_os(FUNCTIONS)?.into(),
        })
    }
}
