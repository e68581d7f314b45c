//! `cargo dev`: one command for everything a developer does with a checkout.

mod command;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Everything a developer does with Linernotes.
#[derive(Parser)]
#[command(name = "cargo dev", bin_name = "cargo dev")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Set everything up, start the whole system on this machine, and show a first answer.
    Up(command::up::Options),
    /// Set everything up and run all tests.
    Test(command::test::Options),
    /// Check formatting and the deployment's template, and run the lints, for this machine and for WASM.
    Lint,
    /// Build what is deployed, for release, and say how large it is.
    Build(command::build::Options),
    /// Deploy to an emulator of AWS on this machine, by the commands of docs/deploy.md, with the edge in front.
    Deploy(command::deploy::Options),
    /// Measure.
    Bench(command::bench::Options),
    /// Only find or install what the other commands need.
    Setup,
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Up(options) => command::up::run(&options),
        Command::Test(options) => command::test::run(&options),
        Command::Lint => command::lint::run(),
        Command::Build(options) => command::build::run(&options),
        Command::Deploy(options) => command::deploy::run(&options),
        Command::Bench(options) => command::bench::run(&options),
        Command::Setup => linernotes_dev::setup::everything()
            .map(drop)
            .map_err(Into::into),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                eprintln!("  because: {error}");
                cause = error.source();
            }
            ExitCode::FAILURE
        }
    }
}
