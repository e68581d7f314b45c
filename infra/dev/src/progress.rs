//! Telling whoever waits what is going on.

use std::fmt::Display;
use std::time::{Duration, Instant};

/// How often a long step says that it is alive.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Says what is being done, does it, and says how long it took.
pub fn step<T, E>(what: &str, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    let started = Instant::now();
    eprintln!("• {what}");
    let outcome = work();
    if outcome.is_ok() {
        eprintln!("  {what}: done in {:.1} s", started.elapsed().as_secs_f32());
    }
    outcome
}

/// Says something in passing.
pub fn note(text: impl Display) {
    eprintln!("  {text}");
}

/// Says that a long step is alive, every so often.
pub(crate) struct Heartbeat {
    what: String,
    started: Instant,
    next: Instant,
}

impl Heartbeat {
    pub(crate) fn of(what: String) -> Self {
        let started = Instant::now();
        Self {
            what,
            started,
            next: started + HEARTBEAT,
        }
    }

    /// To be called often.
    pub(crate) fn beat(&mut self) {
        let now = Instant::now();
        if now >= self.next {
            let seconds = (now - self.started).as_secs();
            eprintln!("  … {} ({seconds} s)", self.what);
            self.next = now + HEARTBEAT;
        }
    }
}
