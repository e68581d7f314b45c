use std::io::Write;

use clap::Args;
use linernotes_dev::run::{self, Deployment};
use linernotes_dev::setup::{self, Emulation};
use linernotes_dev::{checkout, progress};

use super::Outcome;
use super::up::{EXAMPLE, on_interrupt, start_sample};

#[derive(Args)]
pub struct Options {
    /// To an emulator on this machine. To AWS itself, docs/deploy.md leads.
    #[arg(long, required = true)]
    local: bool,
    /// The edge's port.
    #[arg(long, default_value_t = 8787)]
    port: u16,
    /// Stop after the first answer.
    #[arg(long)]
    once: bool,
}

pub fn run(options: &Options) -> Outcome {
    let interrupted = on_interrupt()?;
    let tools = setup::everything()?;
    let emulation = Emulation::ensure()?;
    let worker = progress::step("building the edge worker", || {
        run::build_worker(&tools.edge)
    })?;
    let functions = progress::step("building the functions", run::build_functions_for_tests)?;
    let data = checkout::data_dir();
    std::fs::create_dir_all(&data)?;
    let cluster = start_sample(&tools.postgres, &data)?;
    let folder = tempfile::Builder::new()
        .prefix("linernotes-deployment-")
        .tempdir()?;
    let deployment = progress::step("deploying by the commands of docs/deploy.md", || {
        Deployment::start(&emulation, &functions.folder, &cluster.url(), folder.path())
    })?;
    let edge = progress::step("starting the edge", || {
        deployment.edge(&worker, options.port)
    })?;
    let url = format!("{}{EXAMPLE}", edge.url());
    let answer = ureq::get(&url).call()?.body_mut().read_to_string()?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "\nLinernotes is deployed.\n")?;
    writeln!(out, "  edge   {}", edge.url())?;
    writeln!(
        out,
        "  API    {}, here {}",
        deployment.variable("API"),
        deployment.api()
    )?;
    writeln!(out, "  AWS    {}\n", deployment.aws.url())?;
    writeln!(out, "{url} answers {} bytes.", answer.len())?;
    if !options.once {
        writeln!(out, "\nCtrl-C stops everything.")?;
        // The sender lives in the handler; an end of it is as good as Ctrl-C.
        let _ = interrupted.recv();
    }
    Ok(())
}
