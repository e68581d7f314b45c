use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::RunError;
use super::announced::stop;
use super::postgres::free_port;
use crate::CommandError;
use crate::process::tail;
use crate::setup::Emulation;

/// How long the emulator may take to start.
const PATIENCE: Duration = Duration::from_secs(60);
/// Where everything is.
const REGION: &str = "eu-central-1";

/// A running emulator of AWS, with nothing in it. It runs functions as processes of this machine, with the rights of their
/// roles and no others: whoever asks it for what no policy allows is refused.
#[derive(Debug)]
pub struct Aws {
    process: Child,
    port: u16,
    cli: PathBuf,
    log: PathBuf,
}

impl Aws {
    /// Starts it, with its files in `folder`.
    pub fn start(tools: &Emulation, folder: &Path) -> Result<Self, RunError> {
        let making = RunError::file(format!("making {}", folder.display()));
        std::fs::create_dir_all(folder).map_err(making)?;
        let log = folder.join("aws.log");
        let writing = |source| RunError::file(format!("writing {}", log.display()))(source);
        let output = File::create(&log).map_err(writing)?;
        let errors = output.try_clone().map_err(writing)?;
        let port = free_port()?;
        let process = Command::new(&tools.ministack)
            .current_dir(folder)
            // What stands in our environment is nothing to the functions, which get the emulator's.
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", folder)
            .env("TMPDIR", folder)
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .env("MINISTACK_REGION", REGION)
            .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}"))
            .env("IOT_MTLS_ENABLED", "0")
            // Policies count.
            .env("AUTH", "true")
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .spawn()
            .map_err(RunError::file("starting the emulator of AWS"))?;
        let mut aws = Self {
            process,
            port,
            cli: tools.aws.clone(),
            log,
        };
        aws.wait_until_ready()?;
        Ok(aws)
    }

    fn wait_until_ready(&mut self) -> Result<(), RunError> {
        let deadline = Instant::now() + PATIENCE;
        let health = format!("{}/_ministack/health", self.url());
        while ureq::get(&health).call().is_err() {
            let ended = !matches!(self.process.try_wait(), Ok(None));
            if ended || Instant::now() > deadline {
                return Err(RunError::NotReady {
                    part: "the emulator of AWS".to_owned(),
                    said: tail(&self.log),
                });
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Its address, `http://127.0.0.1:port`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Where everything in it is.
    pub const fn region(&self) -> &'static str {
        REGION
    }

    /// Where a Function URL answers here, e.g. `https://ID.lambda-url.eu-central-1.on.aws/`; without a slash at the end.
    /// `None` if it isn't one.
    pub fn address_of(&self, function_url: &str) -> Option<String> {
        let host = function_url.strip_prefix("https://")?;
        let id = host.split_once(".lambda-url.")?.0;
        Some(format!("{}/_aws/lambda-url/{id}", self.url()))
    }

    /// The environment in which AWS's command and libraries turn to it, as the account's owner.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let nowhere = || "/dev/null".to_owned();
        vec![
            ("AWS_ENDPOINT_URL", self.url()),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_DEFAULT_REGION", REGION.to_owned()),
            ("AWS_ACCESS_KEY_ID", "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
            // Not the user's own.
            ("AWS_CONFIG_FILE", nowhere()),
            ("AWS_SHARED_CREDENTIALS_FILE", nowhere()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("AWS_PAGER", String::new()),
        ]
    }

    /// The folder of AWS's command.
    pub fn cli_folder(&self) -> &Path {
        self.cli.parent().unwrap_or(Path::new("."))
    }

    /// What AWS's command prints.
    pub fn ask(&self, arguments: &[&str]) -> Result<String, RunError> {
        let output = Command::new(&self.cli)
            .args(arguments)
            .args(["--output", "text"])
            .envs(self.environment())
            .stdin(Stdio::null())
            .output()
            .map_err(RunError::file("running aws"))?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        } else {
            Err(RunError::Command(CommandError::Failed {
                program: format!("aws {}", arguments.join(" ")),
                log: "its errors".to_owned(),
                tail: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            }))
        }
    }

    /// What it has logged, the functions' own words included.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Aws {
    fn drop(&mut self) {
        stop(&mut self.process, Signal::TERM);
    }
}
