use clap::Args;
use linernotes_dev::prepared::Prepared;
use linernotes_dev::progress;
use linernotes_dev::run::{self, Replica};
use linernotes_dev::scale::Shape;
use linernotes_dev::setup::{
    self, CacheTests, Chromium, Emulation, MusicBrainzSchema, PgBouncer, PostgresServer,
};

use super::{Outcome, cargo};

#[derive(Args)]
pub struct Options {
    /// Handed on to `cargo test`, in place of `--workspace`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub fn run(options: &Options) -> Outcome {
    let tools = setup::everything()?;
    let worker = progress::step("building the edge worker", || {
        run::build_worker(&tools.edge)
    })?;
    let origin = progress::step("building the origin", run::build_origin)?;
    let packaged = progress::step("setting up what only the tests need", || {
        CacheTests::ensure()?;
        Chromium::ensure()?;
        PgBouncer::ensure()?;
        Emulation::ensure()?;
        setup::schemathesis()?;
        PostgresServer::packaged()
    })?;
    let real = [MusicBrainzSchema::V31, MusicBrainzSchema::V30].map(Replica::Real);
    let others = [
        Replica::Compact,
        Replica::Empty(MusicBrainzSchema::V27),
        Replica::Scale(Shape::TINY),
    ];
    for replica in others.iter().chain(&real) {
        replica.template(&tools.postgres)?;
    }
    for replica in real {
        replica.template(&packaged)?;
    }
    let prepared = Prepared { worker, origin };
    let all = ["--workspace".to_owned()];
    let arguments: &[String] = if options.arguments.is_empty() {
        &all
    } else {
        &options.arguments
    };
    cargo(
        linernotes_dev::cargo()
            .arg("test")
            .args(arguments)
            .envs(prepared.to_env()),
    )
}
