use std::process::Command;

use linernotes_dev::run::{Environment, Site, dry_deploy_worker};
use linernotes_dev::setup::{self, TemplateLints, WasmToolchain};
use linernotes_dev::{checkout, progress};

use super::{Outcome, cargo};

/// The crates that become the worker.
const WASM_CRATES: [&str; 4] = [
    "--package",
    "linernotes-edge",
    "--package",
    "linernotes-shared",
];
const WASM_TARGET: [&str; 2] = ["--target", "wasm32-unknown-unknown"];

pub fn run() -> Outcome {
    cargo(linernotes_dev::cargo().args(["fmt", "--all", "--check"]))?;
    cargo(
        linernotes_dev::cargo()
            .args(["clippy", "--workspace", "--all-targets", "--"])
            .args(["-D", "warnings"]),
    )?;
    infrastructure()?;
    let tools = setup::everything()?;
    for environment in Environment::ALL {
        progress::step("having wrangler see to a deployment of the worker", || {
            dry_deploy_worker(&tools.edge, environment, &Site::here())
        })?;
    }
    match &tools.edge.toolchain {
        WasmToolchain::Rustup => cargo(
            linernotes_dev::cargo()
                .arg("clippy")
                .args(WASM_CRATES)
                .args(WASM_TARGET)
                .args(["--", "-D", "warnings"]),
        ),
        toolchain @ WasmToolchain::Private(_) => {
            progress::note(
                "this machine's compiler for WASM has no clippy: for WASM, the compiler's own warnings are checked",
            );
            let mut check = Command::new(toolchain.cargo());
            toolchain.apply(&mut check, &checkout::target_dir());
            cargo(
                check
                    .arg("check")
                    .args(WASM_CRATES)
                    .args(WASM_TARGET)
                    .env("RUSTFLAGS", "-D warnings"),
            )
        }
    }
}

/// CloudFormation's template, against AWS's schemas and for security. What is waived there says why.
fn infrastructure() -> Outcome {
    let lints = TemplateLints::ensure()?;
    let template = checkout::root().join("infra/aws/template.yaml");
    progress::step("checking infra/aws/template.yaml", || {
        cargo(Command::new(&lints.cfn_lint).arg(&template))?;
        cargo(
            Command::new(&lints.checkov)
                .arg("--file")
                .arg(&template)
                .args(["--framework", "cloudformation"])
                .args(["--quiet", "--compact", "--skip-download"]),
        )
    })
}
