//! What an answer costs that is in the origin's memory or in either store, beside nginx sending the same bytes from a
//! file, and beside the origin's HTTP library sending them and doing nothing else.
//!
//! `cargo dev bench hits` builds the origin for release and runs this; `docs/benchmarks.md` says what the columns mean.

mod keeping;
mod server;
mod storage;

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use linernotes_dev::progress;
use linernotes_dev::run::{DynamoDb, Origin, Replica};
use linernotes_dev::scale::{self, Shape};
use linernotes_tests::{Answer, Load, Target, ask, table};

use keeping::{KEEPING, create_table};
use server::{Bare, Nginx, Server};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Few artists; one with an answer of 2 kB, and an album as large as MusicBrainz's largest.
const SHAPE: Shape = Shape {
    prolific_albums: 24,
    pressings: 240,
    ..Shape::TINY
};

/// The answers asked for, by name.
fn paths() -> [(&'static str, String); 2] {
    [
        ("artist", format!("/artist/{}", scale::PROLIFIC_ARTIST)),
        ("album", format!("/album/{}", scale::PRESSED_ALBUM)),
    ]
}

/// Connections that ask at once, each as soon as it has its answer.
const CONNECTIONS: usize = 16;
/// How long each server is asked for each answer, in turns: what else the machine does then hits all alike.
const TURNS: u32 = 16;
const TURN: Duration = Duration::from_millis(500);

fn main() -> Outcome<()> {
    let mut arguments = std::env::args_os()
        .skip(1)
        // Cargo's own.
        .filter(|argument| argument != "--bench");
    let first = arguments.next().ok_or("the origin's program is missing")?;
    if first == server::BARE {
        return server::serve_bare(arguments.map(PathBuf::from).collect());
    }
    let emulator = arguments
        .next()
        .ok_or("the emulator's program is missing")?;
    let nginx = arguments.next();

    let (folder, cluster) = progress::step("starting the replica", || -> Outcome<_> {
        let (cluster, folder) = linernotes_tests::replica(Replica::Scale(SHAPE));
        // The folder goes after its user.
        Ok((folder, cluster))
    })?;
    let emulator = DynamoDb::start(emulator.as_ref(), folder.path())?;
    let origins = KEEPING
        .iter()
        .enumerate()
        .map(|(number, keeping)| {
            let folder = folder.path().join(format!("origin-{number}"));
            let settings = keeping.settings(&cluster, &emulator);
            if keeping.in_dynamodb {
                create_table(first.as_ref(), &settings)?;
            }
            Ok(Origin::start(first.as_ref(), &folder, &settings)?)
        })
        .collect::<Outcome<Vec<Origin>>>()?;
    let answers: Vec<(String, String, Answer)> = paths()
        .into_iter()
        .map(|(name, path)| {
            let ask_of = |origin: &Origin| {
                let url = format!("{}{path}", origin.url());
                // The first is from the database, and says so in its headers.
                ask(&url).send();
                ask(&url).send()
            };
            let mut answers = origins.iter().map(ask_of);
            let answer = answers.next().expect("there is an origin");
            answers.for_each(|other| assert_eq!(other.body, answer.body));
            (name.to_owned(), path, answer)
        })
        .collect();
    let nginx = nginx
        .map(|program| Nginx::start(program.as_ref(), folder.path(), &answers))
        .transpose()?;
    let bare = Bare::start(folder.path(), &answers)?;

    let mut servers: Vec<Server> = Vec::new();
    servers.extend(nginx.as_ref().map(|nginx| nginx.server()));
    servers.push(bare.server());
    for (keeping, origin) in KEEPING.iter().zip(&origins) {
        servers.push(Server::of(keeping.name, origin.url(), vec![origin.pid()]));
    }
    let mut rows = vec![
        [
            "answer",
            "server",
            "requests/s",
            &format!("× {}", servers[0].name),
            "CPU µs/request",
            &format!("× {}", servers[0].name),
            "p50 µs",
            "p99 µs",
        ]
        .map(str::to_owned),
    ];
    for (name, path, answer) in &answers {
        let what = format!(
            "{name}, {} of {} kB JSON",
            kilobytes(answer.body.len()),
            kilobytes(answer.text().len())
        );
        let loads = progress::step(&format!("asking for the {what}"), || {
            measure(&servers, path, answer)
        })?;
        for (server, load) in servers.iter().zip(&loads) {
            rows.push(row(&what, server, load, &loads[0]));
        }
    }
    println!(
        "{CONNECTIONS} connections, {} s each in {TURNS} turns; every server writes a line for each request\n",
        (TURN * TURNS).as_secs()
    );
    println!("{}", table(&rows));
    println!("{}", storage::report(&cluster.url())?);
    Ok(())
}

/// Asks the servers in turns.
fn measure(servers: &[Server], path: &str, answer: &Answer) -> Outcome<Vec<Load>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut loads: Vec<Load> = servers.iter().map(|_| Load::default()).collect();
    for turn in 0..=TURNS {
        for (server, load) in servers.iter().zip(&mut loads) {
            let target = Target {
                address: server.address,
                path,
                body: answer.body.len(),
            };
            let cpu = server.cpu();
            let mut done = runtime
                .block_on(Load::of(&target, CONNECTIONS, TURN))
                .map_err(|error| format!("{}: {error}", server.name))?;
            done.cpu = server.cpu().zip(cpu).map(|(after, before)| after - before);
            // The first turn warms up.
            if turn > 0 {
                load.add(done);
            }
        }
    }
    Ok(loads)
}

fn row(what: &str, server: &Server, load: &Load, reference: &Load) -> [String; 8] {
    let unknown = || "–".to_owned();
    let (cpu, cpu_of_reference) = (load.cpu_per_request(), reference.cpu_per_request());
    [
        what.to_owned(),
        server.name.to_owned(),
        format!("{:.0}", load.rate()),
        format!("{:.2}", load.rate() / reference.rate()),
        cpu.map_or_else(unknown, |cpu| format!("{:.1}", microseconds(cpu))),
        cpu.zip(cpu_of_reference).map_or_else(unknown, |(cpu, of)| {
            format!("{:.2}", cpu.div_duration_f64(of))
        }),
        format!("{:.0}", microseconds(load.percentile(50))),
        format!("{:.0}", microseconds(load.percentile(99))),
    ]
}

fn microseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn kilobytes(bytes: usize) -> String {
    format!("{:.1}", bytes as f64 / 1_000.0)
}
