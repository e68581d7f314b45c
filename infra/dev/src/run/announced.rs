//! Servers that announce their address on standard output.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::RunError;
use crate::process::tail;

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a server may take to end.
const GRACE: Duration = Duration::from_secs(10);

/// What such a server prints before its address.
const ANNOUNCEMENT: &str = "listening on ";

/// A running server.
#[derive(Debug)]
pub(super) struct Announced {
    child: Child,
    /// `http://127.0.0.1:port`
    pub(super) url: String,
    log: PathBuf,
}

impl Announced {
    /// Starts a server, and returns once it has announced its address. What else it says goes to `log`.
    pub(super) fn start(part: &str, command: &mut Command, log: &Path) -> Result<Self, RunError> {
        let opening = |source| RunError::File {
            doing: format!("opening {}", log.display()),
            source,
        };
        let errors = File::create(log).map_err(opening)?;
        let mut child = command
            // Held open: servers that watch it end when we do, however we end.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .map_err(|source| RunError::File {
                doing: format!("starting {part}"),
                source,
            })?;
        let output = child.stdout.take().expect("standard output is piped");
        let (announce, announced) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if let Some(url) = line.strip_prefix(ANNOUNCEMENT) {
                    // Nobody waits any longer: nobody needs it.
                    let _ = announce.send(url.to_owned());
                }
            }
        });
        match announced.recv_timeout(PATIENCE) {
            Ok(url) => Ok(Self {
                child,
                url,
                log: log.to_owned(),
            }),
            Err(_) => {
                stop(&mut child, Signal::TERM);
                Err(RunError::NotReady {
                    part: part.to_owned(),
                    said: tail(log),
                })
            }
        }
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What the server has said besides its address.
    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        stop(&mut self.child, Signal::TERM);
    }
}

/// Asks a child to end, and ends it if it doesn't.
pub(super) fn stop(child: &mut Child, signal: Signal) {
    let asked = Pid::from_raw(child.id().cast_signed()).map(|pid| kill_process(pid, signal));
    if asked.is_some_and(|sent| sent.is_ok()) {
        let deadline = std::time::Instant::now() + GRACE;
        while std::time::Instant::now() < deadline {
            if !matches!(child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    // Already gone is as good as stopped.
    let _ = child.kill();
    let _ = child.wait();
}
