//! Finding or installing what the system needs. Each part looks first and installs only what is missing.

mod cache_tests;
mod cargo_tool;
mod chromium;
mod musicbrainz_schema;
mod nginx;
pub(crate) mod node;
mod pgbouncer;
mod postgres_server;
mod python_tool;
mod wasm_toolchain;

use std::path::PathBuf;

pub use cache_tests::CacheTests;
pub use chromium::Chromium;
pub use musicbrainz_schema::MusicBrainzSchema;
pub use nginx::Nginx;
pub use pgbouncer::PgBouncer;
pub use postgres_server::PostgresServer;
pub use python_tool::{Emulation, TemplateLints, cargo_lambda, schemathesis};
pub use wasm_toolchain::WasmToolchain;

use crate::progress::step;
use crate::{CommandError, checkout};

/// Something needed is missing and can't be installed from here.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The user must do something.
    #[error("{what} is missing; {remedy}")]
    Missing {
        /// What is missing.
        what: String,
        /// What to do.
        remedy: String,
    },
    /// A step of the installation failed.
    #[error("{doing}")]
    Step {
        /// What was being done.
        doing: String,
        /// Why it failed.
        #[source]
        source: CommandError,
    },
    /// A file or folder can't be used.
    #[error("{doing}")]
    File {
        /// What was being done.
        doing: String,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// What was downloaded isn't what it should be.
    #[error("{what} isn't what it should be: {why}")]
    Download {
        /// What was downloaded.
        what: String,
        /// What is wrong with it.
        why: String,
    },
}

/// The tools that build the edge worker and run it.
#[derive(Clone, Debug)]
pub struct EdgeTools {
    /// What compiles Rust to WASM.
    pub toolchain: WasmToolchain,
    /// The `worker-build` program.
    pub worker_build: PathBuf,
    /// The `wasm-bindgen` program of the version in Cargo.lock.
    pub wasm_bindgen: PathBuf,
}

/// All that `up` and the tests need.
#[derive(Clone, Debug)]
pub struct Tools {
    /// For the edge worker.
    pub edge: EdgeTools,
    /// For the database.
    pub postgres: PostgresServer,
}

/// Finds or installs everything. The slow parts, compilations above all, go on side by side.
pub fn everything() -> Result<Tools, SetupError> {
    step(
        "setting up tools (the first time takes some minutes)",
        || {
            let cache = checkout::cache_dir();
            std::fs::create_dir_all(&cache).map_err(|source| SetupError::File {
                doing: format!("making {}", cache.display()),
                source,
            })?;
            std::thread::scope(|scope| {
                let worker_build = scope.spawn(cargo_tool::worker_build);
                let wasm_bindgen = scope.spawn(cargo_tool::wasm_bindgen);
                node::ensure_packages()?;
                let postgres = PostgresServer::ensure()?;
                let toolchain = WasmToolchain::ensure()?;
                let joined = "the thread only returns errors";
                Ok(Tools {
                    edge: EdgeTools {
                        toolchain,
                        worker_build: worker_build.join().expect(joined)?,
                        wasm_bindgen: wasm_bindgen.join().expect(joined)?,
                    },
                    postgres,
                })
            })
        },
    )
}

impl SetupError {
    fn file(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let doing = doing.into();
        |source| Self::File { doing, source }
    }

    fn step(doing: impl Into<String>) -> impl FnOnce(CommandError) -> Self {
        let doing = doing.into();
        |source| Self::Step { doing, source }
    }
}
