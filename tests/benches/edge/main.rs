//! What a hit costs at the edge, beside the same worker written plainly in JavaScript: both on plain workerd, in one run.
//!
//! `cargo dev bench edge` builds the worker and runs this; `docs/benchmarks.md` says what the columns mean.

mod runtime;

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use flate2::Compression;
use flate2::write::GzEncoder;
use linernotes_dev::run::WorkerSize;
use linernotes_dev::{checkout, progress};
use linernotes_tests::{Behaviour, Load, Reply, Stub, Target, ask, table};

use runtime::{Runtime, Worker};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Connections that ask at once, each as soon as it has its answer.
const CONNECTIONS: usize = 16;
/// How long each worker is asked for each answer, in turns: what else the machine does then hits all alike.
const TURNS: usize = 18;
const TURN: Duration = Duration::from_millis(500);
/// Who is asked first, second and third, turn by turn: whoever comes later finds a machine that is busy with what the
/// others left behind.
const ORDERS: [[usize; 3]; 6] = [
    [0, 1, 2],
    [2, 1, 0],
    [1, 0, 2],
    [2, 0, 1],
    [0, 2, 1],
    [1, 2, 0],
];
/// Starts of each worker.
const STARTS: usize = 15;

fn main() -> Outcome<()> {
    let mut arguments = std::env::args_os()
        .skip(1)
        // Cargo's own.
        .filter(|argument| argument != "--bench");
    let built: PathBuf = arguments
        .next()
        .ok_or("the worker's folder is missing")?
        .into();
    let plain = |name| Worker {
        name,
        modules: vec![(
            "plain.mjs",
            checkout::root().join("tests/benches/edge/plain.mjs"),
        )],
    };
    let workers = [
        plain("plain js"),
        Worker {
            name: "linernotes",
            modules: vec![
                ("entry.mjs", checkout::root().join("edge-worker/entry.mjs")),
                ("build/index.js", built.join("index.js")),
                ("build/index_bg.wasm", built.join("index_bg.wasm")),
            ],
        },
        // What it differs from the first by is what chance does to a figure.
        plain("plain js again"),
    ];
    let program = runtime::program()?;
    let folder = tempfile::tempdir()?;
    let origin = Stub::start(Behaviour::Answer(answer(2_000)));
    let start = |worker: &Worker| Runtime::start(&program, folder.path(), worker, &origin.url());

    let starts = progress::step("starting them again and again", || -> Outcome<_> {
        Ok([starts(&start, &workers[0])?, starts(&start, &workers[1])?])
    })?;
    let running = [
        start(&workers[0])?,
        start(&workers[1])?,
        start(&workers[2])?,
    ];
    let mut rows = vec![
        [
            "hit",
            "worker",
            "requests/s",
            "× plain js",
            "half of the turns",
            "CPU µs/request",
            "× plain js",
            "p50 µs",
            "p99 µs",
            "memory MB",
        ]
        .map(str::to_owned),
    ];
    for (number, size) in [2_000, 1_000_000].into_iter().enumerate() {
        let path = format!("/artist/070d193a-845c-479f-980e-{number:012}");
        let reply = answer(size);
        origin.behave(Behaviour::Answer(reply.clone()));
        for runtime in &running {
            keep(runtime, &path, &reply)?;
        }
        let what = format!("{} kB", reply.body.len() / 1_000);
        let measured = progress::step(&format!("asking for {what}"), || {
            measure(&running, &path, reply.body.len())
        })?;
        for ((worker, runtime), of_it) in workers.iter().zip(&running).zip(&measured) {
            rows.push(row(&what, worker, runtime, of_it, &measured[0]));
        }
    }
    println!(
        "{CONNECTIONS} connections, {TURNS} turns of {} ms each\n\n{}",
        TURN.as_millis(),
        table(&rows)
    );
    println!("{}", table(&about(&built, starts)?));
    Ok(())
}

/// Size and time to the first answer.
fn about(built: &std::path::Path, starts: [Duration; 2]) -> Outcome<Vec<[String; 4]>> {
    let size = WorkerSize::of(built)?;
    let plain = std::fs::metadata(checkout::root().join("tests/benches/edge/plain.mjs"))?.len();
    let milliseconds = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1_000.0);
    Ok(vec![
        ["worker", "bytes", "gzip", "first answer ms"].map(str::to_owned),
        [
            "plain js".to_owned(),
            plain.to_string(),
            "–".to_owned(),
            milliseconds(starts[0]),
        ],
        [
            "linernotes".to_owned(),
            size.raw.to_string(),
            size.gzip.to_string(),
            milliseconds(starts[1]),
        ],
    ])
}

/// The middle one of the times from the start of workerd's process to the worker's first answer.
fn starts(start: &impl Fn(&Worker) -> Outcome<Runtime>, worker: &Worker) -> Outcome<Duration> {
    let mut times = (0..STARTS)
        .map(|_| {
            let started = Instant::now();
            let runtime = start(worker)?;
            let answer = ask(format!("{}/nothing", runtime.url)).send();
            match answer.status {
                404 => Ok(started.elapsed()),
                status => Err(format!("{} answers {status}", worker.name).into()),
            }
        })
        .collect::<Outcome<Vec<Duration>>>()?;
    times.sort_unstable();
    Ok(times[STARTS / 2])
}

/// An answer as the origin sends it, of about so many bytes.
fn answer(bytes: usize) -> Reply {
    // Hexadecimal digits take half of themselves when compressed.
    let mut state = 1_u64;
    let digits: String = (0..bytes * 2)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            char::from_digit((state >> 60) as u32, 16).unwrap_or('0')
        })
        .collect();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let json = format!("{{\"digits\":\"{digits}\"}}");
    encoder.write_all(json.as_bytes()).expect("memory takes it");
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_secs());
    Reply::new(
        200,
        &[
            ("content-type", "application/json; charset=utf-8"),
            ("content-encoding", "gzip"),
            ("etag", "\"6fd3a1b2c4d5e6f7\""),
            ("cache-tag", "artist-070d193a-845c-479f-980e-bef15710653e"),
            ("linernotes-fresh-until", &(now + 86_400).to_string()),
            ("linernotes-stale-until", &(now + 30 * 86_400).to_string()),
        ],
        encoder.finish().expect("memory takes it"),
    )
}

/// Has a worker keep the answer, and looks that a hit is the same.
fn keep(runtime: &Runtime, path: &str, reply: &Reply) -> Outcome<()> {
    for _ in 0..100 {
        let answer = ask(format!("{}{path}", runtime.url)).send();
        if answer.header("cache-status").contains("; hit") {
            return if answer.body == reply.body && answer.header("content-encoding") == "gzip" {
                Ok(())
            } else {
                Err("a hit has other bytes than the origin's".into())
            };
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Err(format!("{path} isn't kept").into())
}

/// What came of asking a worker in turns.
#[derive(Debug, Default)]
struct Measured {
    load: Load,
    /// Answers a second as multiples of the first worker's in the same turn.
    multiples: Vec<f64>,
}

/// Asks all in turns.
fn measure(running: &[Runtime; 3], path: &str, body: usize) -> Outcome<[Measured; 3]> {
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut measured: [Measured; 3] = Default::default();
    // The first turn warms up.
    for turn in 0..=TURNS {
        let mut rates = [0.0; 3];
        for which in ORDERS[turn % ORDERS.len()] {
            let runtime = &running[which];
            let target = Target {
                address: runtime.url.trim_start_matches("http://").parse()?,
                path,
                body,
            };
            let before = cpu(runtime.pid());
            let mut done = tokio.block_on(Load::of(&target, CONNECTIONS, TURN))?;
            done.cpu = cpu(runtime.pid())
                .zip(before)
                .map(|(after, before)| after - before);
            rates[which] = done.rate();
            if turn > 0 {
                measured[which].load.add(done);
            }
        }
        if turn > 0 {
            for (of_it, rate) in measured.iter_mut().zip(rates) {
                of_it.multiples.push(rate / rates[0]);
            }
        }
    }
    for of_it in &mut measured {
        of_it.multiples.sort_unstable_by(f64::total_cmp);
    }
    Ok(measured)
}

impl Measured {
    /// The multiple that so many in a hundred turns didn't exceed.
    fn multiple(&self, percent: usize) -> f64 {
        self.multiples[(self.multiples.len() - 1) * percent / 100]
    }
}

/// CPU time of all threads of a process; `None` on systems without Linux's `/proc`.
fn cpu(process: u32) -> Option<Duration> {
    let mut nanoseconds = 0;
    for thread in std::fs::read_dir(format!("/proc/{process}/task")).ok()? {
        let text = std::fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        nanoseconds += text.split_whitespace().next()?.parse::<u64>().ok()?;
    }
    Some(Duration::from_nanos(nanoseconds))
}

fn row(
    what: &str,
    worker: &Worker,
    runtime: &Runtime,
    measured: &Measured,
    plain: &Measured,
) -> [String; 10] {
    let unknown = || "–".to_owned();
    let (load, plain) = (&measured.load, &plain.load);
    let microseconds = |time: Duration| time.as_secs_f64() * 1e6;
    let (cpu, cpu_of_plain) = (load.cpu_per_request(), plain.cpu_per_request());
    [
        what.to_owned(),
        worker.name.to_owned(),
        format!("{:.0}", load.rate()),
        format!("{:.2}", measured.multiple(50)),
        format!("{:.2}–{:.2}", measured.multiple(25), measured.multiple(75)),
        cpu.map_or_else(unknown, |cpu| format!("{:.1}", microseconds(cpu))),
        cpu.zip(cpu_of_plain).map_or_else(unknown, |(cpu, of)| {
            format!("{:.2}", cpu.div_duration_f64(of))
        }),
        format!("{:.0}", microseconds(load.percentile(50))),
        format!("{:.0}", microseconds(load.percentile(99))),
        runtime
            .memory()
            .map_or_else(unknown, |bytes| format!("{:.0}", bytes as f64 / 1e6)),
    ]
}
