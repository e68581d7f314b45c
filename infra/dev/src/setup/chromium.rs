//! Chromium, in which pages are tested: the machine's own, else Debian's package.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::SetupError;
use crate::process::{on_path, run_logged};
use crate::progress;

/// The names it goes by, and where it lies on macOS.
const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];
const ON_MACOS: [&str; 2] = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/// A Chromium program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chromium(PathBuf);

impl Chromium {
    /// Finds the program, or installs it where that needs nobody's leave.
    pub fn ensure() -> Result<Self, SetupError> {
        if let Some(found) = Self::installed() {
            return Ok(found);
        }
        let is_root = rustix::process::geteuid().is_root();
        if is_root && on_path("apt-get").is_some() {
            install()?;
        }
        Self::installed().ok_or_else(|| SetupError::Missing {
            what: "Chromium, in which the pages are tested,".to_owned(),
            remedy: "install it: `apt-get install chromium`, `dnf install chromium` or \
                     `brew install --cask google-chrome`"
                .to_owned(),
        })
    }

    fn installed() -> Option<Self> {
        let places = ON_MACOS
            .iter()
            .map(PathBuf::from)
            .find(|file| file.is_file());
        NAMES
            .iter()
            .find_map(|name| on_path(name))
            .or(places)
            .map(Self)
    }

    /// Shows a page without a window, with a profile of its own in `folder` and a view of so many pixels, and returns
    /// the program to be given what to do with it.
    pub fn headless(&self, folder: &Path, width: u32, height: u32, is_dark: bool) -> Command {
        let mut command = Command::new(&self.0);
        command
            .args([
                "--headless",
                "--disable-gpu",
                "--hide-scrollbars",
                "--no-first-run",
            ])
            // Nothing but the page itself is asked for.
            .args([
                "--disable-background-networking",
                "--disable-component-update",
            ])
            .arg(format!("--user-data-dir={}", folder.display()))
            .arg(format!("--window-size={width},{height}"));
        if rustix::process::geteuid().is_root() {
            // Its sandbox refuses root, as which containers run.
            command.arg("--no-sandbox");
        }
        if is_dark {
            command.arg("--blink-settings=preferredColorScheme=0");
        }
        command
    }
}

fn install() -> Result<(), SetupError> {
    const LIMIT: Duration = Duration::from_secs(600);
    let doing = "installing Chromium, Debian's package";
    progress::note(doing);
    let mut update = Command::new("apt-get");
    update.arg("update");
    run_logged("apt-get update", &mut update, LIMIT).map_err(SetupError::step(doing))?;
    let mut install = Command::new("apt-get");
    install
        .env("DEBIAN_FRONTEND", "noninteractive")
        .args(["install", "--yes", "--no-install-recommends"])
        .args(["chromium", "fonts-dejavu-core"]);
    run_logged(doing, &mut install, LIMIT).map_err(SetupError::step(doing))
}
