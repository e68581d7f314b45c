//! `docs/openapi.yaml` against the running edge. schemathesis asks whatever the description allows, and much that it
//! doesn't, and holds each answer against it.

use std::process::Command;

use linernotes_dev::checkout;
use linernotes_dev::run::{Edge, Origin, Replica, index_for_search, replicated_now};
use linernotes_dev::setup::{MusicBrainzSchema, schemathesis};
use linernotes_tests::providers::{Provider, ProviderStub};
use linernotes_tests::{Behaviour, Reply, Stub, prepared, replica};
use tempfile::TempDir;

/// How much is asked, and what may be answered otherwise.
const CONFIGURATION: &str = "tests/tests/openapi/schemathesis.toml";
const DESCRIPTION: &str = "docs/openapi.yaml";

const OPERATOR_KEY: &str = "the-operators-key-of-the-test";
const PURGE_KEY: &str = "the-purge-key-of-the-test";

/// Every provider that a route needs, played by a stub, and the settings that point to it: where all are well, no answer
/// may be of trouble.
struct Providers {
    settings: Vec<(&'static str, String)>,
    _stubs: [ProviderStub; 5],
}

impl Providers {
    fn start() -> Self {
        let stubs = [
            Provider::FanArt,
            Provider::Apple,
            Provider::Billboard,
            Provider::LastFm,
            Provider::Spotify,
        ]
        .map(ProviderStub::start);
        let [fanart, apple, billboard, lastfm, spotify] = stubs.each_ref().map(|stub| &stub.url);
        let key = || "the-providers-key".to_owned();
        let off = || "false".to_owned();
        // As many calls as are asked for: nobody is spared here.
        let calls = || "1000000".to_owned();
        let settings = vec![
            ("LINERNOTES_PROVIDERS__FANART__URL", fanart.clone()),
            ("LINERNOTES_PROVIDERS__FANART__API_KEY", key()),
            ("LINERNOTES_PROVIDERS__FANART__CALLS", calls()),
            ("LINERNOTES_PROVIDERS__APPLE__URL", apple.clone()),
            ("LINERNOTES_PROVIDERS__BILLBOARD__URL", billboard.clone()),
            ("LINERNOTES_PROVIDERS__LASTFM__URL", format!("{lastfm}/2.0")),
            ("LINERNOTES_PROVIDERS__LASTFM__API_KEY", key()),
            ("LINERNOTES_PROVIDERS__LASTFM__CALLS", calls()),
            (
                "LINERNOTES_PROVIDERS__SPOTIFY__URL",
                format!("{spotify}/api"),
            ),
            ("LINERNOTES_PROVIDERS__SPOTIFY__CALLS", calls()),
            (
                "LINERNOTES_PROVIDERS__SPOTIFY_ACCOUNTS__URL",
                format!("{spotify}/accounts"),
            ),
            ("LINERNOTES_PROVIDERS__SPOTIFY_ACCOUNTS__CALLS", calls()),
            ("LINERNOTES_SPOTIFY__CLIENT_ID", "test-id".to_owned()),
            (
                "LINERNOTES_SPOTIFY__CLIENT_SECRET",
                "s3cr3t-of-the-application".to_owned(),
            ),
            (
                "LINERNOTES_SPOTIFY__CALLBACKS",
                "[http://192.168.1.5:8686]".to_owned(),
            ),
            (
                "LINERNOTES_SPOTIFY__REDIRECT_URI",
                "https://linernotes.example/spotify/auth".to_owned(),
            ),
            ("LINERNOTES_PROVIDERS__WIKIPEDIA__ENABLED", off()),
            ("LINERNOTES_PROVIDERS__THE_AUDIO_DB__ENABLED", off()),
            ("LINERNOTES_PROVIDERS__COVER_ART_ARCHIVE__ENABLED", off()),
        ];
        Self {
            settings,
            _stubs: stubs,
        }
    }
}

/// The art hosts, which have one picture.
fn art() -> Stub {
    let fields = [("content-type", "image/jpeg"), ("etag", "\"p\"")];
    Stub::start(Behaviour::Answer(Reply::new(
        200,
        &fields,
        vec![0xff; 1_000],
    )))
}

fn edge(folder: &TempDir, origin: &Origin, art: &Stub) -> Edge {
    let variables = [
        ("ORIGIN_URL", origin.url().to_owned()),
        ("PURGE_KEY", PURGE_KEY.to_owned()),
        ("CLIENT_LIMIT", "1000000".to_owned()),
    ];
    let hosts = [
        "assets.fanart.tv",
        "r2.theaudiodb.com",
        "coverartarchive.org",
    ];
    let hosts = hosts.map(|host| format!("{host}={}", art.url()));
    let options: Vec<&str> = hosts.iter().flat_map(|host| ["--host", host]).collect();
    Edge::start_with(&prepared().worker, 0, folder.path(), &variables, &options).unwrap()
}

#[test]
fn the_edge_answers_as_its_description_says() {
    let providers = Providers::start();
    let (postgres, _data) = replica(Replica::Real(MusicBrainzSchema::V31));
    replicated_now(&postgres).unwrap();
    index_for_search(&prepared().origin, &postgres.url()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut settings = providers.settings.clone();
    settings.push(("LINERNOTES_DATABASE__URL", postgres.url()));
    settings.push(("LINERNOTES_OPERATOR_KEY", OPERATOR_KEY.to_owned()));
    // A run of its own would have the operator's refused.
    settings.push(("LINERNOTES_CRAWLER__TIMERS", "false".to_owned()));
    let origin = Origin::start(&prepared().origin, folder.path(), &settings).unwrap();
    let art = art();
    let edge = edge(&folder, &origin, &art);

    let output = Command::new(schemathesis().unwrap())
        .arg("--config-file")
        .arg(checkout::root().join(CONFIGURATION))
        .args(["run", "--no-color", "--url", edge.url()])
        .arg(checkout::root().join(DESCRIPTION))
        .env("OPERATOR_KEY", OPERATOR_KEY)
        .env("PURGE_KEY", PURGE_KEY)
        // What it remembers goes with the test.
        .current_dir(folder.path())
        .output()
        .unwrap();
    let report = String::from_utf8_lossy(&output.stdout);
    println!("{report}");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{report}{errors}\nThe origin:\n{}",
        origin.log()
    );
}
