//! Running other programs to their end.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::checkout;
use crate::progress::Heartbeat;

/// A program didn't do what it was run for.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// It can't be started.
    #[error("{program} can't be run")]
    Start {
        /// Its name.
        program: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It failed.
    #[error("{program} failed; the end of {log} says:\n{tail}")]
    Failed {
        /// Its name.
        program: String,
        /// The file with all it said.
        log: String,
        /// The last it said.
        tail: String,
    },
    /// It took too long.
    #[error("{program} didn't end within {} s", .limit.as_secs())]
    Slow {
        /// Its name.
        program: String,
        /// How long it had.
        limit: Duration,
    },
}

/// Cargo, as if started from a shell. What the Cargo that runs us says of us makes build scripts run again: they would
/// find it changed at every turn from `cargo dev` to plain `cargo` and back.
pub fn cargo() -> Command {
    let mut cargo = Command::new("cargo");
    for (name, _) in std::env::vars_os() {
        let says_of_us = name.to_str().is_some_and(|name| {
            name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
        });
        if says_of_us {
            cargo.env_remove(name);
        }
    }
    cargo
}

/// Runs Cargo with what it says shown.
pub(crate) fn run_cargo(build: &mut Command) -> Result<(), CommandError> {
    if run_shown(build)? {
        return Ok(());
    }
    Err(CommandError::Failed {
        program: "cargo".to_owned(),
        log: "the lines above".to_owned(),
        tail: String::new(),
    })
}

/// Runs a program quietly: what it says goes to a log file, whose end is shown if it fails.
pub(crate) fn run_logged(
    what: &str,
    command: &mut Command,
    limit: Duration,
) -> Result<(), CommandError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let started = |source| CommandError::Start {
        program: program.clone(),
        source,
    };
    let log = log_file(what).map_err(started)?;
    let output = File::create(&log).map_err(started)?;
    let errors = output.try_clone().map_err(started)?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(errors)
        .spawn()
        .map_err(started)?;

    let mut heartbeat = Heartbeat::of(what.to_owned());
    let deadline = Instant::now() + limit;
    let status = loop {
        if let Some(status) = child.try_wait().map_err(started)? {
            break status;
        }
        if Instant::now() > deadline {
            // Already gone is as good as stopped.
            let _ = child.kill();
            let _ = child.wait();
            return Err(CommandError::Slow { program, limit });
        }
        heartbeat.beat();
        sleep(Duration::from_millis(50));
    };
    if status.success() {
        return Ok(());
    }
    Err(CommandError::Failed {
        program,
        tail: tail(&log),
        log: log.display().to_string(),
    })
}

/// Runs a program whose words are for the user.
pub(crate) fn run_shown(command: &mut Command) -> Result<bool, CommandError> {
    let program = command.get_program().to_string_lossy().into_owned();
    command
        .status()
        .map(|status| status.success())
        .map_err(|source| CommandError::Start { program, source })
}

/// What a program prints, if it can be run and succeeds.
pub(crate) fn output_of(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// The program of that name on the search path.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

fn log_file(what: &str) -> std::io::Result<PathBuf> {
    let folder = checkout::cache_dir().join("logs");
    std::fs::create_dir_all(&folder)?;
    let name: String = what
        .chars()
        .map(|character| {
            if character.is_ascii_alphanumeric() {
                character
            } else {
                '-'
            }
        })
        .collect();
    Ok(folder.join(format!("{name}-{}.log", std::process::id())))
}

/// The last lines of a log.
pub(crate) fn tail(log: &Path) -> String {
    const LINES: usize = 25;
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}
