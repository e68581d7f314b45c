use std::process::Command;

use clap::{Args, Subcommand};
use linernotes_dev::run::{self, Replica, WorkerSize};
use linernotes_dev::scale::Shape;
use linernotes_dev::setup::{self, PostgresServer};
use linernotes_dev::{checkout, progress};

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
}

pub fn run(options: &Options) -> Outcome {
    match &options.benchmark {
        Benchmark::Size => size(),
        Benchmark::Catalogue { artists } => catalogue(artists),
    }
}

fn catalogue(artists: &[u32]) -> Outcome {
    let postgres = PostgresServer::ensure()?;
    for &artists in artists {
        Replica::Scale(Shape::of(artists)).template(&postgres)?;
    }
    cargo(
        Command::new("cargo")
            .args(["bench", "--package", "linernotes-tests"])
            .args(["--bench", "catalogue", "--"])
            .args(artists.iter().map(u32::to_string)),
    )
}

fn size() -> Outcome {
    let tools = setup::everything()?;
    let worker = progress::step("building the edge worker", || {
        run::build_worker(&tools.edge)
    })?;
    progress::step("building the origin for release", || {
        cargo(Command::new("cargo").args(["build", "--release", "--package", "linernotes-origin"]))
    })?;
    let size = WorkerSize::of(&worker)?;
    println!("{:<24} {:>12} {:>12}", "", "bytes", "gzip");
    println!("{:<24} {:>12} {:>12}", "worker", size.raw, size.gzip);
    for program in ["linernotes", "linernotes-api", "linernotes-crawler"] {
        let file = checkout::target_dir().join("release").join(program);
        println!("{program:<24} {:>12}", file.metadata()?.len());
    }
    Ok(())
}
