//! Time from the start of the origin's process to its first answer.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use linernotes_dev::run::{self, Origin, Replica};
use linernotes_dev::setup::PostgresServer;

use super::up::EXAMPLE;
use super::{OFFLINE, Outcome};

/// Starts of each kind.
const STARTS: usize = 20;

/// Prints the times of a release build, beside that of a process of the same program that does nothing.
pub fn start(program: &Path) -> Outcome {
    let folder = tempfile::tempdir()?;
    run::open_to_all(folder.path())?;
    let cluster = Replica::Compact.start(&PostgresServer::ensure()?, &folder)?;
    let bare = times(|| {
        let started = Instant::now();
        let mut version = Command::new(program);
        version.arg("--version").stdout(Stdio::null()).status()?;
        Ok(started.elapsed())
    })?;
    let first_answer = |store: &Path| -> Result<Duration, Box<dyn std::error::Error>> {
        let started = Instant::now();
        let (name, value) = OFFLINE;
        let settings = [
            ("LINERNOTES_DATABASE__URL", cluster.url()),
            (name, value.to_owned()),
        ];
        let origin = Origin::start(program, store, &settings)?;
        let mut answer = ureq::get(format!("{}{EXAMPLE}", origin.url())).call()?;
        answer.body_mut().read_to_vec()?;
        Ok(started.elapsed())
    };
    let mut number = 0;
    let built = times(|| {
        number += 1;
        first_answer(&folder.path().join(number.to_string()))
    })?;
    let kept = times(|| first_answer(&folder.path().join("1")))?;

    let row = |what: &str, time: Duration| {
        let ratio = time.as_secs_f64() / bare.as_secs_f64();
        println!(
            "{what:<40} {:>8.1} {ratio:>8.1}",
            time.as_secs_f64() * 1000.0
        );
    };
    println!("{:<40} {:>8} {:>8}", "from start to", "p50 ms", "× bare");
    row("end, doing nothing (--version)", bare);
    row("first answer, kept by the store", kept);
    row("first answer, built from the replica", built);
    Ok(())
}

/// The middle one of the times that some work takes.
fn times(
    mut work: impl FnMut() -> Result<Duration, Box<dyn std::error::Error>>,
) -> Result<Duration, Box<dyn std::error::Error>> {
    let mut times = (0..STARTS)
        .map(|_| work())
        .collect::<Result<Vec<Duration>, _>>()?;
    times.sort();
    Ok(times[STARTS / 2])
}
