//! Pages for people: what they show, what they do with hostile names and in trouble, and how they look in a browser.

mod browser;
mod content;
mod hostile;
mod many;
mod trouble;

use linernotes_dev::run::{index_for_search, replicated_now};
use linernotes_tests::{Answer, Ask, System, ask, prepared};

/// What a browser sends.
const BROWSER: &str =
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";

const THE_LAS: &str = "ff3e88b3-7354-4f30-967c-1a61ebc8c642";
const THE_LAS_OLD: &str = "d6807b68-c457-45d6-8047-cb9414c3c0c4";
const ALBUM: &str = "4c4eee61-da1e-4115-8eb9-07e5b671fefe";
const ALBUM_OLD: &str = "1a887836-fbc3-4794-a175-2b89cbedd41a";
/// A compilation of The Beatles' that is a bootleg.
const BOOTLEG: &str = "ac7bcd07-b598-4f3a-94bf-d2531f34979c";
const NOBODY: &str = "66c66aaa-6e2f-4930-8610-912e24c63ed1";

/// A system whose replica is current and indexed, and that asks nobody outside.
fn system() -> System {
    let off = ["WIKIPEDIA", "FANART", "THE_AUDIO_DB", "COVER_ART_ARCHIVE"]
        .map(|name| format!("LINERNOTES_PROVIDERS__{name}__ENABLED"));
    let mut settings: Vec<(&str, &str)> = off.iter().map(|name| (&**name, "false")).collect();
    settings.push(("LINERNOTES_CACHE__FRESH_SECONDS", "1"));
    let system = System::with(&settings);
    replicated_now(&system.postgres).unwrap();
    index_for_search(&prepared().origin, &system.postgres.url()).unwrap();
    system
}

fn run(system: &System, sql: &str) {
    let mut client = system.postgres.connect().unwrap();
    client
        .batch_execute(sql)
        .unwrap_or_else(|error| panic!("{error:?}"));
}

/// The question for a page, as a browser asks it, through the edge.
fn asking(system: &System, path: &str) -> Ask {
    ask(system.url(path)).header("accept", BROWSER)
}

/// A page.
fn page(system: &System, path: &str) -> Answer {
    asking(system, path).send()
}

/// A page's HTML, one element a line, without its style and without what changes with every run.
fn html(answer: &Answer) -> String {
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    let text = answer.text();
    let (before, rest) = text.split_once("<style>").unwrap();
    let (_, after) = rest.split_once("</style>").unwrap();
    format!("{before}{after}").replace("><", ">\n<")
}
