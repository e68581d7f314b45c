//! Search, from the request to the answer: what people mean comes first, and trouble is never "nothing found".

mod cases;
mod fingerprints;
mod index;
mod providers;
mod solr;
mod trouble;

use linernotes_dev::planted;
use linernotes_dev::run::{index_for_search, replicated_now};
use linernotes_tests::{Answer, Ask, System, ask, prepared};
use serde_json::{Value, json};

use solr::Solr;

const THE_LAS: &str = "ff3e88b3-7354-4f30-967c-1a61ebc8c642";
const AN_ALBUM: &str = "ac7bcd07-b598-4f3a-94bf-d2531f34979c";

/// A system whose catalogue holds what people look for, without an index.
fn planted_with(settings: &[(&str, &str)]) -> System {
    let system = System::with(settings);
    replicated_now(&system.postgres).unwrap();
    let mut client = system.postgres.connect().unwrap();
    planted::plant(&mut client, &planted::artists()).unwrap();
    planted::plant(&mut client, &planted::decoys()).unwrap();
    system
}

fn planted() -> System {
    let system = planted_with(&[]);
    index(&system);
    system
}

fn index(system: &System) {
    index_for_search(&prepared().origin, &system.postgres.url()).unwrap();
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

fn query(kind: &str, text: &str) -> String {
    format!("/search?type={kind}&query={}", encoded(text))
}

fn origin(system: &System, path: &str) -> Ask {
    ask(format!("{}{path}", system.origin.url()))
}

/// The names of what is found, in order.
fn found(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let list = answer.json();
    list.as_array()
        .unwrap()
        .iter()
        .map(|item| {
            let item = match (item.get("artist"), item.get("album")) {
                (Some(Value::Null), Some(album)) => album,
                (Some(artist), Some(Value::Null)) => artist,
                _ => item,
            };
            let name = item.get("artistname").or_else(|| item.get("title"));
            name.unwrap().as_str().unwrap().to_owned()
        })
        .collect()
}
