use clap::{Args, ValueEnum};
use linernotes_dev::run::{self, Architecture, Functions, WorkerSize};
use linernotes_dev::{checkout, progress, setup};

use super::Outcome;

#[derive(Args)]
pub struct Options {
    /// What the functions are to run on.
    #[arg(long, value_enum, default_value_t = Processor::Arm64)]
    architecture: Processor,
}

#[derive(Clone, Copy, ValueEnum)]
enum Processor {
    #[value(name = "arm64")]
    Arm64,
    #[value(name = "x86_64")]
    X86_64,
}

impl From<Processor> for Architecture {
    fn from(processor: Processor) -> Self {
        match processor {
            Processor::Arm64 => Self::Arm64,
            Processor::X86_64 => Self::X86_64,
        }
    }
}

/// Builds what is deployed, and says how large it is.
pub fn run(options: &Options) -> Outcome {
    let tools = setup::everything()?;
    let cargo_lambda = setup::cargo_lambda()?;
    let worker = progress::step("building the edge worker as Cloudflare is sent it", || {
        run::dry_deploy_worker(&tools.edge)
    })?;
    let functions = progress::step("building the functions for release", || {
        run::build_functions(&cargo_lambda, options.architecture.into())
    })?;
    print(&WorkerSize::of(&worker)?, &functions)
}

fn print(worker: &WorkerSize, functions: &Functions) -> Outcome {
    println!("\n{:<12} {:>12} {:>12}  SHA-256", "", "bytes", "compressed");
    println!("{:<12} {:>12} {:>12}", "worker", worker.raw, worker.gzip);
    for archive in &functions.archives {
        println!(
            "{:<12} {:>12} {:>12}  {}",
            archive.name, archive.program, archive.archive, archive.sha256
        );
    }
    let folder = &functions.folder;
    let folder = folder.strip_prefix(checkout::root()).unwrap_or(folder);
    println!("\nThe functions are in {}", folder.display());
    Ok(())
}
