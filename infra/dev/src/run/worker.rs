use std::io::Read;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::CommandError;
use crate::process::run_logged;
use crate::setup::{EdgeTools, node};

/// What the runtime knows of WASM. With all that wasm-opt knows, it writes what workerd can't read yet.
const WASM_FEATURES: [&str; 7] = [
    "--enable-mutable-globals",
    "--enable-sign-ext",
    "--enable-nontrapping-float-to-int",
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-reference-types",
    "--enable-exception-handling",
];

/// How large the worker is, in bytes: all that Cloudflare is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkerSize {
    /// As it is.
    pub raw: usize,
    /// As Cloudflare counts it.
    pub gzip: usize,
}

/// Builds the edge worker and returns the folder it is in.
pub fn build_worker(tools: &EdgeTools) -> Result<PathBuf, CommandError> {
    let folder = node::folder();
    let mut build = Command::new(&tools.worker_build);
    build
        .arg("--release")
        .current_dir(&folder)
        .env("WASM_BINDGEN_BIN", &tools.wasm_bindgen)
        .env("WASM_OPT_BIN", node::program("wasm-opt"))
        .env("ESBUILD_BIN", node::program("esbuild"));
    tools.toolchain.apply(&mut build);
    run_logged(
        "building the edge worker",
        &mut build,
        Duration::from_secs(1800),
    )?;
    let built = folder.join("build");
    let module = built.join("index_bg.wasm");
    // worker-build keeps functions' names, a fifth of the whole.
    let mut strip = Command::new(node::program("wasm-opt"));
    strip
        .args(["-Oz", "--strip-debug"])
        .args(WASM_FEATURES)
        .arg(&module)
        .arg("-o")
        .arg(&module);
    run_logged(
        "making the edge worker smaller",
        &mut strip,
        Duration::from_secs(300),
    )?;
    Ok(built)
}

/// Has wrangler build the worker as it is deployed, by the commands in `wrangler.toml`, and do all of a deployment but
/// sending it. Returns the folder it is in.
pub fn dry_deploy_worker(tools: &EdgeTools) -> Result<PathBuf, CommandError> {
    let folder = node::folder();
    let mut deploy = Command::new(node::program("wrangler"));
    deploy
        .args(["deploy", "--dry-run"])
        .current_dir(&folder)
        .env("WASM_BINDGEN_BIN", &tools.wasm_bindgen)
        .env("WASM_OPT_BIN", node::program("wasm-opt"))
        .env("ESBUILD_BIN", node::program("esbuild"))
        .env("WRANGLER_SEND_METRICS", "false")
        .env("CI", "1");
    tools.toolchain.apply(&mut deploy);
    // Where `cargo install` of those commands finds that worker-build is there.
    if let Some(bin) = tools.worker_build.parent()
        && let Some(root) = bin.parent()
    {
        let path = deploy
            .get_envs()
            .find(|(name, _)| *name == "PATH")
            .and_then(|(_, value)| value.map(ToOwned::to_owned))
            .or_else(|| std::env::var_os("PATH"))
            .unwrap_or_default();
        let with_bin = std::env::split_paths(&path).chain([bin.to_owned()]);
        if let Ok(path) = std::env::join_paths(with_bin) {
            deploy.env("PATH", path);
        }
        deploy.env("CARGO_INSTALL_ROOT", root);
    }
    run_logged(
        "building the edge worker",
        &mut deploy,
        Duration::from_secs(1800),
    )?;
    Ok(folder.join("build"))
}

impl WorkerSize {
    /// Of the worker in a folder.
    pub fn of(worker: &std::path::Path) -> std::io::Result<Self> {
        let mut size = Self { raw: 0, gzip: 0 };
        for module in ["index.js", "index_bg.wasm"] {
            let bytes = std::fs::read(worker.join(module))?;
            let mut compressed = Vec::new();
            flate2::read::GzEncoder::new(&bytes[..], flate2::Compression::default())
                .read_to_end(&mut compressed)?;
            size.raw += bytes.len();
            size.gzip += compressed.len();
        }
        Ok(size)
    }
}
