use std::path::Path;
use std::process::Command;

use super::RunError;
use super::announced::Announced;
use crate::checkout;

/// A running edge: the worker on workerd.
#[derive(Debug)]
pub struct Edge {
    server: Announced,
}

impl Edge {
    /// Starts the worker built into `worker` on a port (0 for a free one), with variables and no bindings. It logs to a
    /// file in `folder`.
    pub fn start(
        worker: &Path,
        port: u16,
        folder: &Path,
        variables: &[(&str, String)],
    ) -> Result<Self, RunError> {
        Self::start_with(worker, port, folder, variables, &[])
    }

    /// Starts it with further options of `local/serve.mjs`.
    pub fn start_with(
        worker: &Path,
        port: u16,
        folder: &Path,
        variables: &[(&str, String)],
        options: &[&str],
    ) -> Result<Self, RunError> {
        let mut serve = Command::new("node");
        serve
            .arg(checkout::root().join("edge-worker/local/serve.mjs"))
            .arg("--worker")
            .arg(worker)
            .args(["--port", &port.to_string()])
            .args(options);
        for (name, value) in variables {
            serve.arg("--var").arg(format!("{name}={value}"));
        }
        std::fs::create_dir_all(folder)
            .map_err(RunError::file(format!("making {}", folder.display())))?;
        let server = Announced::start("the edge", &mut serve, &folder.join("edge.log"))?;
        Ok(Self { server })
    }

    /// Its address, `http://127.0.0.1:port`.
    pub fn url(&self) -> &str {
        &self.server.url
    }

    /// The process that runs it; workerd is its child.
    pub fn pid(&self) -> u32 {
        self.server.pid()
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        self.server.log()
    }
}
