//! A worker on plain workerd, without Wrangler or Miniflare around it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use linernotes_dev::checkout;
use linernotes_dev::run::free_port;

use crate::Outcome;

/// A running workerd.
pub struct Runtime {
    process: Child,
    /// `http://127.0.0.1:port`
    pub url: String,
}

/// A worker's modules.
#[derive(Clone, Debug)]
pub struct Worker {
    /// For the table.
    pub name: &'static str,
    /// Its modules: the names they import each other by, and their files. The first is the way in.
    pub modules: Vec<(&'static str, PathBuf)>,
}

/// The program, as its npm package names it.
pub fn program() -> Outcome<PathBuf> {
    let output = Command::new("node")
        .args(["-p", "require('workerd').default"])
        .current_dir(checkout::root().join("edge-worker"))
        .output()?;
    let path = String::from_utf8(output.stdout)?;
    match path.trim() {
        "" => Err("workerd isn't installed: run `cargo dev setup`".into()),
        path => Ok(path.into()),
    }
}

impl Runtime {
    /// Starts a worker and returns once it answers.
    pub fn start(program: &Path, folder: &Path, worker: &Worker, origin: &str) -> Outcome<Self> {
        let folder = folder.join(worker.name.replace(' ', "-"));
        fs::create_dir_all(&folder)?;
        let port = free_port()?;
        let configuration = folder.join("workerd.capnp");
        fs::write(&configuration, text(worker, origin, port, &folder)?)?;
        let log = File::create(folder.join("log"))?;
        let process = Command::new(program)
            .arg("serve")
            .arg(&configuration)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let runtime = Self {
            process,
            url: format!("http://127.0.0.1:{port}"),
        };
        runtime.wait(&folder.join("log"))?;
        Ok(runtime)
    }

    fn wait(&self, log: &Path) -> Outcome<()> {
        const PATIENCE: Duration = Duration::from_secs(20);
        let deadline = Instant::now() + PATIENCE;
        let address = self.url.trim_start_matches("http://");
        while std::net::TcpStream::connect(address).is_err() {
            if Instant::now() > deadline {
                let said = fs::read_to_string(log).unwrap_or_default();
                return Err(format!("workerd doesn't start: {said}").into());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Memory it holds, in bytes; `None` on systems without Linux's `/proc`.
    pub fn memory(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
        let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(kilobytes * 1024)
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        // Already gone is as good as stopped.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn text(worker: &Worker, origin: &str, port: u16, folder: &Path) -> Outcome<String> {
    // Files are embedded by their paths, which must be below the configuration.
    let place = |file: &Path| -> Outcome<String> {
        let name = file.file_name().ok_or("a module is a file")?;
        let name = name.to_string_lossy().into_owned();
        fs::copy(file, folder.join(&name))?;
        Ok(name)
    };
    let mut modules = String::new();
    for (name, file) in &worker.modules {
        let kind = if name.ends_with(".wasm") {
            "wasm"
        } else {
            "esModule"
        };
        modules += &format!("(name = \"{name}\", {kind} = embed \"{}\"),", place(file)?);
    }
    let cache = place(&checkout::root().join("tests/benches/edge/cache.mjs"))?;
    Ok(format!(
        r#"using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "cache", worker = .cache),
    (name = "network", network = (allow = ["private", "public"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:{port}", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [{modules}],
  compatibilityDate = "2026-04-01",
  bindings = [
    (name = "ORIGIN_URL", text = "{origin}"),
    (name = "CACHE_HOST", text = "cache.linernotes.invalid"),
  ],
  globalOutbound = "network",
  cacheApiOutbound = "cache",
);
const cache :Workerd.Worker = (
  modules = [(name = "{cache}", esModule = embed "{cache}")],
  compatibilityDate = "2026-04-01",
);
"#
    ))
}
