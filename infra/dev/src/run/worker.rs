use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::Site;
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

/// The modules that the worker is made of, from the folder on that worker-build makes: all that Cloudflare is sent.
const MODULES: [&str; 3] = ["../entry.mjs", "index.js", "index_bg.wasm"];

/// What building it may take.
const PATIENCE: Duration = Duration::from_secs(1800);

/// How large the worker is, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkerSize {
    /// As it is.
    pub raw: usize,
    /// As Cloudflare counts it.
    pub gzip: usize,
}

/// Builds the edge worker and returns the folder it is in.
pub fn build_worker(tools: &EdgeTools) -> Result<PathBuf, CommandError> {
    let (folder, here) = (node::folder(), Site::here());
    let mut build = Command::new(&tools.worker_build);
    build
        .arg("--release")
        .current_dir(&folder)
        .env("WASM_BINDGEN_BIN", &tools.wasm_bindgen)
        .env("WASM_OPT_BIN", node::program("wasm-opt"))
        .env("ESBUILD_BIN", node::program("esbuild"))
        // As in `wrangler.toml`, so that one finds what the other has compiled.
        .env("RUSTFLAGS", here.without_cargo_home());
    here.apply(&mut build);
    tools.toolchain.apply(&mut build, &here.built(""));
    run_logged("building the edge worker", &mut build, PATIENCE)?;
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

/// An environment of `wrangler.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// That of its top level.
    Production,
    /// The second one, to try releases in.
    Staging,
}

impl Environment {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Production, Self::Staging];

    /// As wrangler names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Production => "",
            Self::Staging => "staging",
        }
    }
}

/// Has wrangler build the worker as it is deployed, by the commands in `wrangler.toml`, and do all of a deployment but
/// sending it. Returns the folder it is in.
pub fn dry_deploy_worker(
    tools: &EdgeTools,
    environment: Environment,
    site: &Site,
) -> Result<PathBuf, CommandError> {
    let folder = site.folder("edge-worker");
    let mut deploy = Command::new(node::program("wrangler"));
    deploy
        .args(["deploy", "--dry-run"])
        .arg(format!("--env={}", environment.name()))
        .current_dir(&folder)
        .env("WASM_BINDGEN_BIN", &tools.wasm_bindgen)
        .env("WASM_OPT_BIN", node::program("wasm-opt"))
        .env("ESBUILD_BIN", node::program("esbuild"))
        .env("WRANGLER_SEND_METRICS", "false")
        .env("CI", "1");
    site.apply(&mut deploy);
    tools.toolchain.apply(&mut deploy, &site.built(""));
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
    run_logged("building the edge worker", &mut deploy, PATIENCE)?;
    Ok(folder.join("build"))
}

impl WorkerSize {
    /// Of the worker in a folder.
    pub fn of(worker: &Path) -> std::io::Result<Self> {
        let mut size = Self { raw: 0, gzip: 0 };
        for module in MODULES {
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

/// SHA-256 of the worker in a folder, its modules one after the other.
pub fn worker_sha256(worker: &Path) -> std::io::Result<String> {
    let mut digest = Sha256::new();
    for module in MODULES {
        digest.update(std::fs::read(worker.join(module))?);
    }
    Ok(hex::encode(digest.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_deployed_counts() {
        let folder = tempfile::tempdir().unwrap();
        let built = folder.path().join("build");
        std::fs::create_dir(&built).unwrap();
        std::fs::write(built.join("index.js"), "22").unwrap();
        std::fs::write(built.join("index_bg.wasm"), "333").unwrap();
        let entry = folder.path().join("entry.mjs");
        let [one, other] = ["1", "2"].map(|content| {
            std::fs::write(&entry, content).unwrap();
            assert_eq!(WorkerSize::of(&built).unwrap().raw, 6);
            worker_sha256(&built).unwrap()
        });
        assert_ne!(one, other);
    }
}
