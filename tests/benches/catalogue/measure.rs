//! Asking one question over and over.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

use crate::Outcome;

/// How long a question is asked before it counts: caches fill, plans are made.
const WARMING: Duration = Duration::from_millis(500);
/// How long it is asked then.
const MEASURING: Duration = Duration::from_secs(3);
/// How often at least, however long it takes.
const FEWEST: usize = 5;
/// How often at most.
const MOST: usize = 10_000;

/// What a question costs.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// Half of the answers took no longer.
    pub median: Duration,
    /// 99 in 100 took no longer.
    pub p99: Duration,
    /// CPU time of this process for one answer.
    pub own_cpu: Duration,
    /// CPU time of PostgreSQL for one answer, where the system tells.
    pub database_cpu: Option<Duration>,
    /// Bytes of an answer, where there is one.
    pub bytes: Option<usize>,
}

impl Measured {
    /// CPU time of both sides for one answer, where the system tells.
    pub fn cpu(&self) -> Option<Duration> {
        Some(self.own_cpu + self.database_cpu?)
    }
}

/// A connection's process in PostgreSQL.
#[derive(Clone, Copy, Debug)]
pub struct Backend(i32);

impl Backend {
    /// By its process id.
    pub const fn of(pid: i32) -> Self {
        Self(pid)
    }

    /// CPU time so far; `None` on systems without Linux's `/proc`.
    fn cpu(self) -> Option<Duration> {
        let text = std::fs::read_to_string(format!("/proc/{}/schedstat", self.0)).ok()?;
        let nanoseconds = text.split_whitespace().next()?.parse().ok()?;
        Some(Duration::from_nanos(nanoseconds))
    }
}

/// Asks until there is enough to tell. `ask` takes the number of the turn and gives the answer's size.
pub async fn measure(
    backend: Backend,
    ask: impl AsyncFn(usize) -> Outcome<Option<usize>>,
) -> Outcome<Measured> {
    let warm = Instant::now();
    let mut turn = 0;
    while turn < 2 || warm.elapsed() < WARMING {
        ask(turn).await?;
        turn += 1;
    }

    let mut times = Vec::new();
    let mut bytes = None;
    let (own_before, database_before) = (own_cpu(), backend.cpu());
    let start = Instant::now();
    while times.len() < FEWEST || (times.len() < MOST && start.elapsed() < MEASURING) {
        let asked = Instant::now();
        let size = ask(times.len()).await?;
        times.push(asked.elapsed());
        bytes = size.map(|size| bytes.unwrap_or(0) + size);
    }
    let (own_after, database_after) = (own_cpu(), backend.cpu());

    let answers = times.len();
    let one = |total: Duration| total / answers.try_into().unwrap_or(u32::MAX);
    times.sort_unstable();
    Ok(Measured {
        median: times[answers / 2],
        p99: times[answers * 99 / 100],
        own_cpu: one(own_after.saturating_sub(own_before)),
        database_cpu: database_before
            .zip(database_after)
            .map(|(before, after)| one(after.saturating_sub(before))),
        bytes: bytes.map(|bytes| bytes / answers),
    })
}

fn own_cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    // CPU time is never negative.
    Duration::try_from(time).unwrap_or_default()
}
