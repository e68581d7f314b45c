//! Lists of albums and artists for Lidarr to add, and what Spotify's ids are: series, charts, Spotify's routes.

mod bodies;
mod charts;
mod identities;
mod series;
mod sign_in;
mod through_the_edge;
mod trouble;

use std::time::Duration;

use linernotes_dev::run::{Cluster, Origin, Replica, replicated_now};
use linernotes_tests::providers::{Provider, ProviderStub};
use linernotes_tests::{Answer, Ask, ask, prepared};
use tempfile::TempDir;

/// Secrets that must show nowhere.
const SECRETS: [&str; 8] = [
    "l4stfm-k3y",
    "s3cr3t-of-the-application",
    "t0k3n-of-the-application",
    "a-users-token",
    "r3fr3sh",
    "g00d-c0de",
    "b4d-c0de",
    "g00d-t0ken",
];

const DAY: u64 = 24 * 60 * 60;

/// An origin on a replica of its own.
struct Subject {
    origin: Origin,
    cluster: Cluster,
    settings: Vec<(&'static str, String)>,
    // Last: the folders go when their users are gone.
    folder: TempDir,
    _data: TempDir,
}

impl Subject {
    fn with(settings: &[(&'static str, String)]) -> Self {
        let (cluster, data) = linernotes_tests::replica(Replica::Compact);
        replicated_now(&cluster).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut all = vec![
            ("LINERNOTES_DATABASE__URL", cluster.url()),
            // Headers tell how long the answer itself is fresh.
            ("LINERNOTES_CACHE__EDGE_SECONDS", "100000000".to_owned()),
        ];
        all.extend_from_slice(settings);
        Self {
            origin: Origin::start(&prepared().origin, folder.path(), &all).unwrap(),
            cluster,
            settings: all,
            folder,
            _data: data,
        }
    }

    /// The same with an origin that has kept nothing and been refused nothing.
    fn start_anew(&mut self) {
        self.see_that_no_secret_is_logged();
        let folder = tempfile::tempdir().unwrap();
        self.origin = Origin::start(&prepared().origin, folder.path(), &self.settings).unwrap();
        self.folder = folder;
    }

    fn see_that_no_secret_is_logged(&self) {
        let log = self.origin.log();
        for secret in SECRETS {
            assert!(!log.contains(secret), "{secret} is logged: {log}");
        }
    }

    /// With a stub of a provider.
    fn asking(provider: Provider, more: &[(&'static str, &str)]) -> (Self, ProviderStub) {
        let stub = ProviderStub::start(provider);
        let mut settings = pointed(provider, &stub.url);
        settings.extend(
            more.iter()
                .map(|(name, value)| (*name, (*value).to_owned())),
        );
        (Self::with(&settings), stub)
    }

    fn ask(&self, path: &str) -> Ask {
        ask(format!("{}{path}", self.origin.url()))
    }

    fn get(&self, path: &str) -> Answer {
        self.ask(path).send()
    }

    /// Seconds for which an answer is fresh once it is stored.
    fn fresh_seconds(&self, path: &str) -> u64 {
        self.get_until(path, Answer::is_stored).fresh_seconds()
    }

    fn execute(&self, sql: &str) {
        execute(&self.cluster, sql);
    }

    /// Asks until the answer is as wanted.
    fn get_until(&self, path: &str, wanted: impl Fn(&Answer) -> bool) -> Answer {
        self.ask(path).until(wanted)
    }
}

impl Drop for Subject {
    /// Whatever a test was about, no secret has been logged.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.see_that_no_secret_is_logged();
        }
    }
}

fn execute(cluster: &Cluster, sql: &str) {
    let mut client = cluster.connect().unwrap();
    client
        .batch_execute(sql)
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// A provider with all its settings, pointed to a stub.
fn pointed(provider: Provider, url: &str) -> Vec<(&'static str, String)> {
    match provider {
        Provider::Apple => vec![("LINERNOTES_PROVIDERS__APPLE__URL", url.to_owned())],
        Provider::Billboard => vec![("LINERNOTES_PROVIDERS__BILLBOARD__URL", url.to_owned())],
        Provider::LastFm => vec![
            ("LINERNOTES_PROVIDERS__LASTFM__URL", format!("{url}/2.0")),
            (
                "LINERNOTES_PROVIDERS__LASTFM__API_KEY",
                "l4stfm-k3y".to_owned(),
            ),
        ],
        Provider::Spotify => vec![
            ("LINERNOTES_PROVIDERS__SPOTIFY__URL", format!("{url}/api")),
            (
                "LINERNOTES_PROVIDERS__SPOTIFY_ACCOUNTS__URL",
                format!("{url}/accounts"),
            ),
            ("LINERNOTES_SPOTIFY__CLIENT_ID", "test-id".to_owned()),
            (
                "LINERNOTES_SPOTIFY__CLIENT_SECRET",
                "s3cr3t-of-the-application".to_owned(),
            ),
        ],
        other => panic!("{other:?} makes no lists"),
    }
}
