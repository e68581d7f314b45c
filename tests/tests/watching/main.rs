//! What an operator sees: figures, reports of errors, the log, settings, and what `linernotes doctor` says.

mod doctor;
mod figures;
mod reports;
mod settings;

use std::process::{Command, Output};

use linernotes_tests::prepared;

const ARTIST: &str = "ff3e88b3-7354-4f30-967c-1a61ebc8c642";
const KEY: &str = "a-key-of-some-length";

/// Runs a command of the operator's with settings, in a folder of its own.
fn linernotes(arguments: &[&str], settings: &[(&str, String)]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    Command::new(prepared().origin)
        .args(arguments)
        .current_dir(folder.path())
        .env("LINERNOTES_PROFILE", "test")
        .envs(settings.iter().map(|(name, value)| (name, value)))
        .output()
        .unwrap()
}
