//! Pages in a real browser: every view is drawn, fits its width, and passes axe's rules for accessibility.
//!
//! The pictures are left in the target folder, under `pages`, to be looked at.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use linernotes_dev::checkout;
use linernotes_dev::setup::Chromium;
use linernotes_tests::System;
use serde_json::Value;

use super::many::with_albums;
use super::{ALBUM, BOOTLEG, NOBODY, THE_LAS, page};

/// Widths, heights and colours that people have.
const VIEWS: [(&str, u32, u32, bool); 3] = [
    ("desktop", 1_280, 900, false),
    ("phone", 390, 844, false),
    ("dark", 1_280, 900, true),
];

/// Looks at the page for whatever a person with a screen reader, a keyboard or poor sight would stumble over, and
/// whether it is wider than its window.
const LOOK: &str = "
axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}).then(result => {
    const told = result.violations.map(it => it.id + ': ' + it.nodes.map(node => node.html.slice(0, 200)).join(' | '));
    const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    top.document.documentElement.setAttribute('data-look', JSON.stringify({told, wide, width: innerWidth, rules: result.passes.length}));
});";

struct Browser {
    chromium: Chromium,
    folder: tempfile::TempDir,
}

impl Browser {
    fn start() -> Self {
        Self {
            chromium: Chromium::ensure().unwrap(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn command(&self, (name, width, height, is_dark): (&str, u32, u32, bool)) -> Command {
        let profile = self.folder.path().join(name);
        self.chromium.headless(&profile, width, height, is_dark)
    }

    /// Draws what is at a URL.
    fn draw(&self, view: (&str, u32, u32, bool), url: &str, file: &Path) {
        let mut command = self.command(view);
        command
            .arg(format!("--screenshot={}", file.display()))
            .arg(url);
        finish(&mut command);
        let drawn = std::fs::read(file).unwrap();
        assert_eq!(&drawn[1..4], b"PNG");
        let size = |at: usize| u32::from_be_bytes(drawn[at..at + 4].try_into().unwrap());
        assert_eq!((size(16), size(20)), (view.1, view.2), "{}", file.display());
    }

    /// What the look at a page says. The page lies in a file then, where its policy doesn't keep the look out.
    fn look(&self, view: (&str, u32, u32, bool), html: &str) -> Value {
        let axe = checkout::root().join("edge-worker/node_modules/axe-core/axe.min.js");
        let file = self.folder.path().join("page.html");
        let address = format!("file://{}", axe.display());
        let script = format!("<script src=\"{address}\"></script><script>{LOOK}</script></body>");
        std::fs::write(&file, html.replace("</body>", &script)).unwrap();
        // A window is never narrower than 500 pixels, but a frame is.
        let window = self.folder.path().join("window.html");
        let frame = format!(
            "<!doctype html><iframe src=page.html width={} height={} frameborder=0></iframe>",
            view.1, view.2
        );
        std::fs::write(&window, frame).unwrap();
        let mut command = self.command(view);
        command
            .args([
                "--allow-file-access-from-files",
                "--virtual-time-budget=10000",
                "--dump-dom",
            ])
            .arg(format!("file://{}", window.display()));
        let dom = finish(&mut command);
        let look = dom
            .split_once("data-look=\"")
            .and_then(|(_, rest)| rest.split_once('"'))
            .map(|(look, _)| {
                look.replace("&quot;", "\"")
                    .replace("&lt;", "<")
                    .replace("&gt;", ">")
                    .replace("&amp;", "&")
            });
        let look = look.unwrap_or_else(|| panic!("no look in {dom}"));
        serde_json::from_str(&look).unwrap_or_else(|error| panic!("{error}: {look}"))
    }
}

/// What a command prints, if it ends well and soon.
fn finish(command: &mut Command) -> String {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut printed = child.stdout.take().unwrap();
    let reading = std::thread::spawn(move || {
        let mut text = String::new();
        std::io::Read::read_to_string(&mut printed, &mut text).map(|_| text)
    });
    let deadline = Instant::now() + Duration::from_secs(60);
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > deadline {
            child.kill().unwrap();
            panic!("{command:?} doesn't end");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    reading.join().unwrap().unwrap()
}

fn pictures() -> PathBuf {
    let folder = checkout::target_dir().join("pages");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn pages(system: &System) -> Vec<(&'static str, String)> {
    // So that the front page has something to tell.
    for path in [format!("/artist/{THE_LAS}"), format!("/album/{ALBUM}")] {
        assert_eq!(system.get(&path).status, 200);
    }
    vec![
        ("front", "/".to_owned()),
        ("search", "/browse?query=the%20las".to_owned()),
        (
            "artist",
            format!("/browse/artist/{THE_LAS}?allow=0&allow=1&allow=5&allow=16"),
        ),
        ("album", format!("/browse/album/{ALBUM}")),
        ("missing", format!("/browse/missing?id={BOOTLEG}")),
        ("unknown", format!("/browse/artist/{NOBODY}")),
    ]
}

#[test]
fn every_page_is_drawn_fits_and_is_accessible() {
    let system = with_albums(300);
    let browser = Browser::start();
    let mut problems = Vec::new();
    for (name, path) in pages(&system) {
        let html = page(&system, &path).text();
        for view in VIEWS {
            let file = pictures().join(format!("{name}-{}.png", view.0));
            browser.draw(view, &system.url(&path), &file);
            let look = browser.look(view, &html);
            let rules = look["rules"].as_u64().unwrap_or_default();
            assert!(rules > 10, "{name} on {}: {look}", view.0);
            if look["told"] != serde_json::json!([]) || look["wide"] != 0 || look["width"] != view.1
            {
                problems.push(format!("{name} on {}: {look:#}", view.0));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
