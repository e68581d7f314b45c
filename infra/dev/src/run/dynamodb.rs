use std::path::Path;
use std::process::Command;

use super::RunError;
use super::announced::Announced;

/// A running emulator of DynamoDB, with nothing in it.
#[derive(Debug)]
pub struct DynamoDb {
    server: Announced,
}

impl DynamoDb {
    /// Starts `program`, which logs to a file in `folder`.
    pub fn start(program: &Path, folder: &Path) -> Result<Self, RunError> {
        let log = folder.join("dynamodb.log");
        let server =
            Announced::start("the emulator of DynamoDB", &mut Command::new(program), &log)?;
        Ok(Self { server })
    }

    /// Its address, `http://127.0.0.1:port`.
    pub fn url(&self) -> &str {
        &self.server.url
    }
}
