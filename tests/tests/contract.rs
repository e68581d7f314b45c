//! Our answers against the official service's: the same keys, in the same case, of the same types.
//!
//! `contract/*.keys` lists every key that the official service's answers held in July 2026, with the JSON types seen.

use std::collections::{BTreeMap, BTreeSet};

use linernotes_tests::System;
use serde_json::Value;

type Keys = BTreeMap<String, BTreeSet<String>>;

/// Where our types differ from those seen there, and why. Lidarr reads both.
const DIFFERENCES: [(&str, &str, &str); 9] = [
    ("artist", ".overview", "null until a provider is configured"),
    ("artist", ".images[]", "none until a provider is configured"),
    (
        "artist",
        ".images[].CoverType",
        "none until a provider is configured",
    ),
    (
        "artist",
        ".images[].Url",
        "none until a provider is configured",
    ),
    (
        "artist",
        ".images[].remoteUrl",
        "none until a provider is configured",
    ),
    (
        "artist",
        ".Albums[].Rating",
        "given where users rated; the official service has null",
    ),
    (
        "artist",
        ".rating.Value",
        "null without ratings, as the official service's albums have",
    ),
    ("artist", ".type", "null for an artist without type"),
    (
        "album",
        ".artists[].type",
        "null for an artist without type",
    ),
];

/// Keys inside objects that the official service leaves null.
const ADDITIONS: [(&str, &str); 3] = [
    ("artist", ".Albums[].Rating.Count"),
    ("artist", ".Albums[].Rating.Value"),
    ("album", ".aliases[]"),
];

#[test]
fn answers_have_the_official_services_keys_and_types() {
    let system = System::start();
    let artists = [
        "ff3e88b3-7354-4f30-967c-1a61ebc8c642",
        "070d193a-845c-479f-980e-bef15710653e",
    ];
    let albums = [
        "4c4eee61-da1e-4115-8eb9-07e5b671fefe",
        "ac7bcd07-b598-4f3a-94bf-d2531f34979c",
    ];
    for (entity, mbids) in [("artist", artists), ("album", albums)] {
        let mut ours = Keys::new();
        for mbid in mbids {
            collect(
                &system.get(&format!("/{entity}/{mbid}")).json(),
                "",
                &mut ours,
            );
        }
        assert_eq!(differences(entity, &ours), Vec::<String>::new());
    }
}

#[test]
fn the_roots_keys_are_the_official_services_and_one_more() {
    let system = System::start();
    let mut ours = Keys::new();
    collect(&system.get("/").json(), "", &mut ours);
    assert_eq!(
        differences("status", &ours),
        ["status .schema_sequence: only ours"]
    );
}

fn differences(entity: &str, ours: &Keys) -> Vec<String> {
    let theirs = official(entity);
    let known = |key: &str| {
        DIFFERENCES
            .iter()
            .any(|(of, known, _)| (*of, *known) == (entity, key))
    };
    let missing = theirs
        .keys()
        .filter(|key| !ours.contains_key(*key) && !known(key))
        .map(|key| format!("{entity} {key}: only theirs"));
    let other = ours
        .iter()
        .filter_map(|(key, types)| match theirs.get(key) {
            None if ADDITIONS.contains(&(entity, key.as_str())) => None,
            None => Some(format!("{entity} {key}: only ours")),
            Some(_) if known(key) => None,
            Some(seen) => {
                let new: Vec<_> = types.difference(seen).cloned().collect();
                // A list may be empty, and what may be null is listed with null.
                (!new.is_empty()).then(|| format!("{entity} {key}: {new:?} instead of {seen:?}"))
            }
        });
    missing.chain(other).collect()
}

fn official(entity: &str) -> Keys {
    let file = format!("{}/contract/{entity}.keys", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(file).unwrap();
    text.lines()
        .map(|line| {
            let (key, types) = line.split_once(": ").unwrap();
            (
                key.to_owned(),
                types.split(' ').map(str::to_owned).collect(),
            )
        })
        .collect()
}

fn collect(value: &Value, path: &str, keys: &mut Keys) {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "flag",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    };
    let key = if path.is_empty() { "." } else { path };
    keys.entry(key.to_owned())
        .or_default()
        .insert(kind.to_owned());
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                collect(field, &format!("{path}.{name}"), keys);
            }
        }
        Value::Array(items) => {
            for item in items {
                collect(item, &format!("{path}[]"), keys);
            }
        }
        _ => {}
    }
}
