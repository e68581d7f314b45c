//! `linernotes lidarr`: pointing Lidarr at a metadata server, against a stub of Lidarr's API.

use std::collections::BTreeSet;
use std::process::{Command, Output};

use linernotes_tests::{API_KEY, LidarrStub, prepared};
use serde_json::{Value, json};

const THE_BEATLES: &str = "b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d";

/// Runs the command, with the right key.
fn run(lidarr: &LidarrStub, arguments: &[&str]) -> Output {
    run_with_key(lidarr, API_KEY, arguments)
}

fn run_with_key(lidarr: &LidarrStub, key: &str, arguments: &[&str]) -> Output {
    Command::new(prepared().origin)
        .args(["lidarr", "--url", &lidarr.url, "--api-key", key])
        .args(arguments)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", complained(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn complained(output: &Output) -> String {
    assert!(!output.status.success());
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The stub's settings, with another source.
fn settings(source: &str) -> Value {
    json!({
        "metadataSource": source,
        "writeAudioTags": "allFiles",
        "scrubAudioTags": true,
        "embedCoverArt": false,
        "id": 1
    })
}

#[test]
fn the_source_is_changed_and_changed_back_and_nothing_else_is() {
    let lidarr = LidarrStub::start();
    let url = &lidarr.url;
    assert_eq!(
        said(&run(&lidarr, &["--set", "http://music.lan:5001/"])),
        format!(
            "Lidarr 2.13.3.4711 at {url}\nbefore: metadata from the official server\nafter:  metadata from \
             http://music.lan:5001\nLidarr has looked up an artist and searched there, and got answers\n"
        )
    );
    assert_eq!(lidarr.settings(), settings("http://music.lan:5001"));
    assert_eq!(
        said(&run(&lidarr, &["--revert"])),
        format!(
            "Lidarr 2.13.3.4711 at {url}\nbefore: metadata from http://music.lan:5001\nafter:  metadata from the official \
             server\nLidarr has looked up an artist and searched there, and got answers\n"
        )
    );
    assert_eq!(lidarr.settings(), settings(""));
}

#[test]
fn without_a_wish_it_only_looks() {
    let lidarr = LidarrStub::start();
    assert_eq!(
        said(&run(&lidarr, &[])),
        format!(
            "Lidarr 2.13.3.4711 at {}\nmetadata from the official server\n",
            lidarr.url
        )
    );
    assert_eq!(
        lidarr.requests(),
        [
            "GET /api/v1/system/status",
            "GET /api/v1/config/metadataprovider"
        ]
    );
}

#[test]
fn a_server_that_lidarr_cant_reach_is_told_with_the_way_back() {
    let lidarr = LidarrStub::start();
    lidarr.lose_server();
    let told = complained(&run(&lidarr, &["--set", "http://nowhere.lan:5001"]));
    let [asked] = &lidarr.asked_for()[..] else {
        panic!("one artist");
    };
    assert_eq!(
        told,
        format!(
            "linernotes: Lidarr can't look up an artist there: Search for 'lidarr:{asked}' failed. Unable to communicate \
             with LidarrAPI. See that it can reach http://nowhere.lan:5001 from where it runs, and that all is well there, or \
             go back with --revert\n"
        )
    );
    assert_eq!(lidarr.settings(), settings("http://nowhere.lan:5001"));
}

/// Lidarr takes its 404 of an artist for an answer, and would delete those that it has.
#[test]
fn a_server_that_answers_404_to_everything_is_told() {
    let lidarr = LidarrStub::start();
    lidarr.misplace_server();
    assert_eq!(
        complained(&run(&lidarr, &["--set", "http://music.lan:5001/api"])),
        "linernotes: Lidarr can't search there: Search for 'beatles' failed. Unable to communicate with LidarrAPI. If the \
         search index is still being built, that passes. Otherwise http://music.lan:5001/api isn't where metadata is served, \
         as with a wrong path: go back with --revert at once, for Lidarr deletes artists for which a server answers 404\n"
    );
}

/// A proxy would read the key.
#[test]
fn a_lidarr_nearby_is_asked_without_a_proxy() {
    let lidarr = LidarrStub::start();
    let output = Command::new(prepared().origin)
        .args(["lidarr", "--url", &lidarr.url, "--api-key", API_KEY])
        .envs(["HTTP_PROXY", "http_proxy"].map(|name| (name, "http://127.0.0.1:9")))
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .output()
        .unwrap();
    said(&output);
}

/// Whatever Lidarr has itself, it asks nobody for.
#[test]
fn the_server_is_asked_each_time_whatever_is_in_the_library() {
    let lidarr = LidarrStub::start();
    lidarr.own(THE_BEATLES);
    for server in ["http://music.lan:5001", "http://music.lan:5002"] {
        said(&run(&lidarr, &["--set", server]));
        for asked in lidarr.asked_for() {
            lidarr.own(&asked);
        }
    }
    let asked: BTreeSet<String> = lidarr.asked_for().into_iter().collect();
    assert_eq!(asked.len(), 2);
    assert!(!asked.contains(THE_BEATLES));
    lidarr.lose_server();
    complained(&run(&lidarr, &["--set", "http://nowhere.lan:5001"]));
}

#[test]
fn what_isnt_lidarr_is_left_alone() {
    let lidarr = LidarrStub::start();
    lidarr.be("Sonarr");
    let told = complained(&run(&lidarr, &["--set", "http://music.lan:5001"]));
    assert_eq!(
        told,
        format!("linernotes: {}/ isn't Lidarr, but Sonarr\n", lidarr.url)
    );
    assert_eq!(lidarr.settings(), settings(""));
}

#[test]
fn a_wrong_key_is_refused_and_not_repeated() {
    let lidarr = LidarrStub::start();
    for key in ["wrong-key", "wrong key"] {
        let told = complained(&run_with_key(&lidarr, key, &["--revert"]));
        assert!(
            told.contains("API key") || told.contains("--api-key"),
            "{told}"
        );
        assert!(!told.contains(key), "{told}");
    }
}

#[test]
fn lidarr_below_a_path_says_where_it_is() {
    let lidarr = LidarrStub::start();
    lidarr.move_to("/lidarr");
    assert_eq!(
        complained(&run(&lidarr, &[])),
        format!(
            "linernotes: {}/ sends on to /lidarr/api/v1/system/status: give --url the address with Lidarr's URL base\n",
            lidarr.url
        )
    );
}

#[test]
fn what_cant_be_a_server_is_refused_before_lidarr_is_asked() {
    let lidarr = LidarrStub::start();
    for server in [
        "music.lan:5001",
        "ftp://music.lan",
        "http://music.lan/?a=b",
        "http://me:pw@music.lan",
    ] {
        let told = complained(&run(&lidarr, &["--set", server]));
        assert_eq!(
            told,
            "linernotes: --set: must be an http:// or https:// URL without user, password, query and fragment\n",
            "{server}"
        );
    }
    assert!(lidarr.requests().is_empty());
}

#[test]
fn nobody_there_is_told_without_the_key() {
    let output = Command::new(prepared().origin)
        .args([
            "lidarr",
            "--url",
            "http://127.0.0.1:9",
            "--api-key",
            API_KEY,
        ])
        .output()
        .unwrap();
    let told = complained(&output);
    assert!(
        told.starts_with("linernotes: Lidarr can't be reached at http://127.0.0.1:9/"),
        "{told}"
    );
    assert!(!told.contains(API_KEY), "{told}");
}
