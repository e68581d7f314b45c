use std::process::Command;

use clap::{Args, ValueEnum};
use linernotes_dev::run::{self, WorkerSize};
use linernotes_dev::{checkout, progress, setup};

use super::{Outcome, cargo};

#[derive(Args)]
pub struct Options {
    /// What to measure.
    #[arg(value_enum)]
    benchmark: Benchmark,
}

#[derive(Clone, Copy, ValueEnum)]
enum Benchmark {
    /// Sizes of the worker and of the origin's release build.
    Size,
}

pub fn run(options: &Options) -> Outcome {
    match options.benchmark {
        Benchmark::Size => size(),
    }
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
