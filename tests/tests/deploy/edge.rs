use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use linernotes_origin::telemetry::with_causes;
use linernotes_tests::{Answer, ask, prepared};
use serde_json::json;

use crate::target::Target;

const ARTIST: &str = "ff3e88b3-7354-4f30-967c-1a61ebc8c642";

/// From a client to the worker on workerd, signed to the function's URL, to the function, to PostgreSQL, and into the table.
pub fn the_edge_gets_answers_by_its_key_and_they_are_kept(target: &Target) {
    assert!(target.item(&format!("artist/{ARTIST}"), "head").is_null());
    let edge = target.deployment.edge(&prepared().worker, 0);
    let edge = edge.unwrap_or_else(|error| panic!("{}", with_causes(&error)));
    let get = |path: &str| ask(format!("{}{path}", edge.url())).send();

    let artist = get(&format!("/api/v0.4/artist/{ARTIST}"));
    assert_eq!(
        (artist.status, artist.json()["artistname"].clone()),
        (200, json!("The La’s")),
        "{}\n{}",
        edge.log(),
        target.deployment.aws.log()
    );
    assert!(!target.item(&format!("artist/{ARTIST}"), "head").is_null());
    let unknown = get("/api/v0.4/artist/11111111-1111-4111-8111-111111111111");
    assert_eq!(unknown.status, 404);
    assert_eq!(get("/").json()["version"], env!("CARGO_PKG_VERSION"));
    let found = searched(|| get("/search?type=all&query=the+las"));
    assert_eq!(
        (found.status, found.json()[0]["artist"]["id"].clone()),
        (200, json!(ARTIST)),
        "{}",
        target.deployment.aws.log()
    );
}

/// The answer once the search index is there, which the commands have had built: by the service's user, and while they went
/// on.
fn searched(search: impl Fn() -> Answer) -> Answer {
    const PATIENCE: Duration = Duration::from_secs(60);
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = search();
        if answer.status == 200 || Instant::now() > deadline {
            return answer;
        }
        std::thread::sleep(Duration::from_millis(500));
    }
}

/// Neither is inherited by the second one.
#[test]
fn both_environments_of_the_worker_have_the_same_bindings_and_variables() {
    let file = linernotes_dev::checkout::root().join("edge-worker/wrangler.toml");
    let text = std::fs::read_to_string(file).unwrap();
    let tables: Vec<(&str, &str)> = text
        .split("\n[")
        .skip(1)
        .filter_map(|table| table.split_once("]\n"))
        .map(|(name, rest)| (name.trim_matches(['[', ']']), rest))
        .collect();
    // Of a variable its name, of a binding also what it is called.
    let held = |table: &str| -> BTreeSet<String> {
        let held = tables.iter().filter(|(name, _)| *name == table);
        held.flat_map(|(_, rest)| rest.lines())
            .filter_map(|line| line.split_once(" = "))
            .filter(|(name, _)| !name.starts_with('#'))
            .map(|(name, value)| match name {
                "binding" | "name" => value.to_owned(),
                name => name.to_owned(),
            })
            .collect()
    };
    for table in ["kv_namespaces", "ratelimits", "vars"] {
        let first = held(table);
        assert!(!first.is_empty(), "{table}");
        assert_eq!(held(&format!("env.staging.{table}")), first, "{table}");
    }
}
