use std::path::Path;

use clap::{Args, ValueEnum};
use linernotes_dev::run::{self, Architecture, Environment, Functions, Site, WorkerSize};
use linernotes_dev::setup::{self, EdgeTools};
use linernotes_dev::{checkout, progress};

use super::Outcome;

#[derive(Args)]
pub struct Options {
    /// What the functions are to run on.
    #[arg(long, value_enum, default_value_t = Processor::Arm64)]
    architecture: Processor,
    /// Build everything a second time, from a copy elsewhere, and fail if anything differs.
    #[arg(long)]
    twice: bool,
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

/// What is deployed.
struct Release {
    worker: WorkerSize,
    worker_sha256: String,
    functions: Functions,
}

/// Builds what is deployed, and says how large it is.
pub fn run(options: &Options) -> Outcome {
    let tools = setup::everything()?;
    let cargo_lambda = setup::cargo_lambda()?;
    let build = |site: &Site| {
        build(
            &tools.edge,
            &cargo_lambda,
            options.architecture.into(),
            site,
        )
    };
    let release = build(&Site::here())?;
    print(&release);
    if !options.twice {
        return Ok(());
    }
    let place = tempfile::Builder::new()
        .prefix("linernotes-elsewhere-")
        .tempdir()?;
    progress::note("once more, elsewhere");
    let again = build(&Site::copied_to(place.path())?)?;
    compare(&release, &again)
}

fn build(
    tools: &EdgeTools,
    cargo_lambda: &Path,
    architecture: Architecture,
    site: &Site,
) -> Result<Release, Box<dyn std::error::Error>> {
    let worker = progress::step("building the edge worker as Cloudflare is sent it", || {
        run::dry_deploy_worker(tools, Environment::Production, site)
    })?;
    let functions = progress::step("building the functions for release", || {
        run::build_functions(cargo_lambda, architecture, site)
    })?;
    Ok(Release {
        worker: WorkerSize::of(&worker)?,
        worker_sha256: run::worker_sha256(&worker)?,
        functions,
    })
}

fn print(release: &Release) {
    let Release {
        worker, functions, ..
    } = release;
    println!("\n{:<12} {:>12} {:>12}  SHA-256", "", "bytes", "compressed");
    println!(
        "{:<12} {:>12} {:>12}  {}",
        "worker", worker.raw, worker.gzip, release.worker_sha256
    );
    for archive in &functions.archives {
        println!(
            "{:<12} {:>12} {:>12}  {}",
            archive.name, archive.program, archive.archive, archive.sha256
        );
    }
    let folder = &functions.folder;
    let folder = folder.strip_prefix(checkout::root()).unwrap_or(folder);
    println!("\nThe functions are in {}", folder.display());
}

/// Fails if anything depends on where it is built.
fn compare(here: &Release, elsewhere: &Release) -> Outcome {
    let parts = |release: &Release| -> Vec<(&str, String)> {
        let archives = release.functions.archives.iter();
        [("worker", release.worker_sha256.clone())]
            .into_iter()
            .chain(archives.map(|archive| (archive.name, archive.sha256.clone())))
            .collect()
    };
    let mut differing = Vec::new();
    for ((part, here), (_, elsewhere)) in parts(here).into_iter().zip(parts(elsewhere)) {
        if here == elsewhere {
            println!("{part:<12} the same elsewhere");
        } else {
            println!("{part:<12} elsewhere  {elsewhere}");
            differing.push(part);
        }
    }
    if differing.is_empty() {
        Ok(())
    } else {
        Err(format!("{} depends on where it is built", differing.join(", ")).into())
    }
}
