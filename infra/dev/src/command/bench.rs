use clap::{Args, Subcommand};
use linernotes_dev::run::{self, Replica, WorkerSize};
use linernotes_dev::scale::Shape;
use linernotes_dev::setup::{self, Nginx, PostgresServer};
use linernotes_dev::{checkout, progress};

use super::bench_start::start;
use super::{Outcome, cargo};

#[derive(Args)]
pub struct Options {
    #[command(subcommand)]
    benchmark: Benchmark,
}

#[derive(Subcommand)]
enum Benchmark {
    /// Sizes of the worker and of the origin's release build.
    Size,
    /// What every question costs in the database and in the origin, on replicas of several sizes.
    Catalogue {
        /// The replicas' sizes, in artists.
        #[arg(long, value_delimiter = ',', default_values_t = [50_000, 250_000])]
        artists: Vec<u32>,
    },
    /// Requests a second that the edge answers from its copies, beside the same worker written plainly in JavaScript.
    Edge,
    /// How often search finds what is meant, and how fast, on replicas of several sizes with well-known names among
    /// them.
    Search {
        /// The replicas' sizes, in artists.
        #[arg(long, value_delimiter = ',', default_values_t = [50_000, 250_000])]
        artists: Vec<u32>,
    },
    /// Requests a second that the origin answers from memory and from each store, beside nginx sending the same bytes
    /// from a file.
    Hits,
    /// What the crawler renews in a second, and what one answer costs it, on a replica of 50,000 artists.
    Crawl {
        /// The replica's size, in artists.
        #[arg(long, default_value_t = 50_000)]
        artists: u32,
    },
    /// Time from the start of the origin's process to its first answer.
    Start,
}

pub fn run(options: &Options) -> Outcome {
    match &options.benchmark {
        Benchmark::Size => size(),
        Benchmark::Catalogue { artists } => on_replicas("catalogue", artists),
        Benchmark::Search { artists } => on_replicas("search", artists),
        Benchmark::Edge => edge(),
        Benchmark::Hits => hits(),
        Benchmark::Crawl { artists } => on_replicas("crawl", &[*artists]),
        Benchmark::Start => {
            build_release()?;
            start(&checkout::target_dir().join("release/linernotes"))
        }
    }
}

/// Runs a benchmark of the tests' package on replicas of several sizes, which are made if they aren't there.
fn on_replicas(benchmark: &str, artists: &[u32]) -> Outcome {
    let postgres = PostgresServer::ensure()?;
    for &artists in artists {
        Replica::Scale(Shape::of(artists)).template(&postgres)?;
    }
    cargo(
        linernotes_dev::cargo()
            .args(["bench", "--package", "linernotes-tests"])
            .args(["--bench", benchmark, "--"])
            .args(artists.iter().map(u32::to_string)),
    )
}

fn edge() -> Outcome {
    let tools = setup::everything()?;
    let worker = progress::step("building the edge worker", || {
        run::build_worker(&tools.edge)
    })?;
    cargo(
        linernotes_dev::cargo()
            .args(["bench", "--package", "linernotes-tests"])
            .args(["--bench", "edge", "--"])
            .arg(worker),
    )
}

fn hits() -> Outcome {
    PostgresServer::ensure()?;
    let nginx = Nginx::ensure()
        .inspect_err(|error| progress::note(format!("{error}; comparing without nginx")))
        .ok();
    build_release()?;
    // Not for release: what it costs isn't measured.
    progress::step("building the emulator of DynamoDB", || {
        cargo(
            linernotes_dev::cargo()
                .args(["build", "--package", "linernotes-store-tests"])
                .args(["--bin", "dynamodb-emulator"]),
        )
    })?;
    cargo(
        linernotes_dev::cargo()
            .args(["bench", "--package", "linernotes-tests"])
            .args(["--bench", "hits", "--"])
            .arg(checkout::target_dir().join("release/linernotes"))
            .arg(checkout::target_dir().join("debug/dynamodb-emulator"))
            .args(nginx.iter().map(Nginx::program)),
    )
}

fn build_release() -> Outcome {
    progress::step("building the origin for release", || {
        cargo(linernotes_dev::cargo().args([
            "build",
            "--release",
            "--package",
            "linernotes-origin",
        ]))
    })
}

fn size() -> Outcome {
    let tools = setup::everything()?;
    let worker = progress::step("building the edge worker", || {
        run::build_worker(&tools.edge)
    })?;
    build_release()?;
    let size = WorkerSize::of(&worker)?;
    println!("{:<24} {:>12} {:>12}", "", "bytes", "gzip");
    println!("{:<24} {:>12} {:>12}", "worker", size.raw, size.gzip);
    for program in ["linernotes", "linernotes-api", "linernotes-crawler"] {
        let file = checkout::target_dir().join("release").join(program);
        println!("{program:<24} {:>12}", file.metadata()?.len());
    }
    Ok(())
}
