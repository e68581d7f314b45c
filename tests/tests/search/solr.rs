//! A server that answers as MusicBrainz's Solr does.

use linernotes_tests::{Behaviour, Reply, Stub};
use serde_json::{Value, json};

/// The stand-in for Solr; it ends with the test.
pub struct Solr {
    url: String,
    stub: Stub,
}

impl Solr {
    /// Starts it on a free port, without anything to say.
    pub fn start() -> Self {
        let stub = Stub::start(said(500, ""));
        Self {
            url: format!("{}/solr", stub.url()),
            stub,
        }
    }

    /// Where its cores are.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What it answers from now on.
    pub fn answer(&self, status: u16, body: &str) {
        self.stub.behave(said(status, body));
    }

    /// What it was asked since it was last asked this.
    pub fn asked(&self) -> Vec<String> {
        let seen = self.stub.take_seen();
        seen.into_iter().map(|seen| seen.target).collect()
    }
}

fn said(status: u16, body: &str) -> Behaviour {
    let json = ("content-type", "application/json;charset=utf-8");
    Behaviour::Answer(Reply::new(status, &[json], body))
}

fn of(kind: &str, found: Vec<Value>) -> String {
    json!({
        "created": "2026-11-01T12:00:00.000Z",
        "count": found.len(),
        "offset": 0,
        kind: found,
    })
    .to_string()
}

/// What the core `artist` answers with `wt=mbjson`.
pub fn artists(found: &[(&str, &str, u32)]) -> String {
    let artist = |(id, name, score): &(&str, &str, u32)| {
        json!({
            "id": id,
            "type": "Group",
            "type-id": "e431f5f6-b5d2-343d-8b36-72607fffb74b",
            "score": score,
            "name": name,
            "sort-name": name,
            "country": "GB",
            "area": {"id": "8a754a16-0027-3a29-b6d7-2b40ea0481ed", "type": "Country", "name": "United Kingdom"},
            "disambiguation": "",
            "life-span": {"begin": "1983", "end": "1992", "ended": true},
            "aliases": [{"sort-name": name, "name": name, "locale": null, "type": null, "primary": null}],
            "tags": [{"count": 4, "name": "rock"}],
        })
    };
    of("artists", found.iter().map(artist).collect())
}

/// What the core `release-group` answers with `wt=mbjson`.
pub fn release_groups(found: &[(&str, &str, u32)]) -> String {
    let group = |(id, title, score): &(&str, &str, u32)| {
        json!({
            "id": id,
            "type-id": "f529b476-6e62-324f-b0aa-1f3e33d313fc",
            "score": score,
            "primary-type-id": "f529b476-6e62-324f-b0aa-1f3e33d313fc",
            "count": 1,
            "title": title,
            "first-release-date": "1990-01-01",
            "primary-type": "Album",
            "artist-credit": [{"name": "Somebody", "artist": {
                "id": "ff3e88b3-7354-4f30-967c-1a61ebc8c642", "name": "Somebody", "sort-name": "Somebody",
            }}],
            "releases": [{
                "id": "9f2b5d3c-0000-4000-8000-000000000000",
                "status-id": "4e304316-386d-3409-af2e-78857eec5cfe",
                "title": title,
                "status": "Official",
            }],
        })
    };
    of("release-groups", found.iter().map(group).collect())
}
