//! What `cargo dev test` has built before the tests run.

use std::path::PathBuf;

const WORKER: &str = "LINERNOTES_DEV_WORKER";
const ORIGIN: &str = "LINERNOTES_DEV_ORIGIN";

/// The built parts of the system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// Folder of the built worker.
    pub worker: PathBuf,
    /// The `linernotes` program.
    pub origin: PathBuf,
}

impl Prepared {
    /// For the tests' environment.
    pub fn to_env(&self) -> [(&'static str, &PathBuf); 2] {
        [(WORKER, &self.worker), (ORIGIN, &self.origin)]
    }

    /// From the environment that `cargo dev test` has set; `None` outside it.
    pub fn from_env() -> Option<Self> {
        Some(Self {
            worker: std::env::var_os(WORKER)?.into(),
            origin: std::env::var_os(ORIGIN)?.into(),
        })
    }
}
