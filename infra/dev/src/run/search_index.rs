use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::CommandError;
use crate::process::run_logged;

/// Builds the search index of the replica at a URL, or brings it up to date, with the `linernotes` program.
pub fn index_for_search(program: &Path, database: &str) -> Result<(), CommandError> {
    const LIMIT: Duration = Duration::from_secs(300);
    let mut command = Command::new(program);
    command
        .arg("search-index")
        .env("LINERNOTES_DATABASE__URL", database);
    run_logged("building the search index", &mut command, LIMIT)
}
