//! One module for each command.

pub mod bench;
mod bench_start;
pub mod build;
pub mod deploy;
pub mod lint;
pub mod test;
pub mod up;

/// What a command ends with: its errors are for the user's eyes.
pub type Outcome = Result<(), Box<dyn std::error::Error>>;

/// The setting that keeps an origin offline. Every other provider that could be asked needs a key.
const OFFLINE: (&str, &str) = ("LINERNOTES_PROVIDERS__WIKIPEDIA__ENABLED", "false");

/// Runs Cargo or another tool in the checkout, its words shown. What tests and benchmarks start stays offline.
fn cargo(command: &mut std::process::Command) -> Outcome {
    let (name, value) = OFFLINE;
    let status = command
        .env(name, value)
        .current_dir(linernotes_dev::checkout::root())
        .status()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{} failed", words(command)).into())
    }
}

/// A command as one would type it.
fn words(command: &std::process::Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}
