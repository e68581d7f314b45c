//! Providers, played by stubs that speak their JSON: what they add to answers, and what they can't do to them.

mod chains;
mod courtesy;
mod matrix;
mod records;
mod settings;

use linernotes_dev::run::{Cluster, Origin, Replica};
use linernotes_tests::providers::{Mode, Provider, ProviderStub};
use linernotes_tests::{Answer, ask, prepared};
use serde_json::Value;
use tempfile::TempDir;

/// The La's.
const ARTIST: &str = "ff3e88b3-7354-4f30-967c-1a61ebc8c642";
/// Their album.
const ALBUM: &str = "f57d03ff-b0a5-3b73-a14c-a5ed5f8cd956";

/// A key that must show nowhere.
const KEY: &str = "5ecre7-k3y";

/// A provider with all its settings, pointed to a stub.
fn pointed(provider: Provider, url: &str) -> Vec<(&'static str, String)> {
    match provider {
        Provider::FanArt => vec![
            ("LINERNOTES_PROVIDERS__FANART__API_KEY", KEY.to_owned()),
            ("LINERNOTES_PROVIDERS__FANART__URL", url.to_owned()),
        ],
        Provider::TheAudioDb => vec![
            (
                "LINERNOTES_PROVIDERS__THE_AUDIO_DB__API_KEY",
                KEY.to_owned(),
            ),
            ("LINERNOTES_PROVIDERS__THE_AUDIO_DB__URL", url.to_owned()),
        ],
        Provider::Wikimedia => vec![
            (
                "LINERNOTES_PROVIDERS__WIKIPEDIA__ENABLED",
                "true".to_owned(),
            ),
            (
                "LINERNOTES_PROVIDERS__WIKIPEDIA__URL",
                format!("{url}/{{language}}"),
            ),
            (
                "LINERNOTES_PROVIDERS__WIKIDATA__URL",
                format!("{url}/wikidata"),
            ),
        ],
        other => panic!("{other:?} adds nothing to answers"),
    }
}

/// An origin with some settings, in a folder of its own.
struct Served {
    origin: Origin,
    // Last: the folder goes when its user is gone.
    _folder: TempDir,
}

impl Served {
    fn with(cluster: &Cluster, settings: &[(&'static str, String)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut all = vec![("LINERNOTES_DATABASE__URL", cluster.url())];
        all.extend_from_slice(settings);
        Self {
            origin: Origin::start(&prepared().origin, folder.path(), &all).unwrap(),
            _folder: folder,
        }
    }

    fn get(&self, path: &str) -> Answer {
        ask(format!("{}{path}", self.origin.url())).send()
    }

    fn until(&self, path: &str, wanted: impl Fn(&Answer) -> bool) -> Answer {
        ask(format!("{}{path}", self.origin.url())).until(wanted)
    }

    fn artist(&self) -> Answer {
        self.get(&format!("/artist/{ARTIST}"))
    }

    fn album(&self) -> Answer {
        self.get(&format!("/album/{ALBUM}"))
    }
}

fn replica() -> (Cluster, TempDir) {
    linernotes_tests::replica(Replica::Compact)
}

/// The pictures of an answer: type and URL.
fn pictures(of: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    of["images"]
        .as_array()
        .unwrap()
        .iter()
        .map(|image| (text(&image["CoverType"]), text(&image["Url"])))
        .collect()
}

/// Every stub, started, with the settings that point to them.
fn all_stubs() -> ([ProviderStub; 3], Vec<(&'static str, String)>) {
    let providers = [Provider::FanArt, Provider::TheAudioDb, Provider::Wikimedia];
    let stubs = providers.map(ProviderStub::start);
    let settings = providers
        .iter()
        .zip(&stubs)
        .flat_map(|(provider, stub)| pointed(*provider, &stub.url))
        .collect();
    (stubs, settings)
}

/// Every way to misbehave.
fn behave(stubs: &[ProviderStub], mode: Mode) {
    for stub in stubs {
        stub.behave(mode);
    }
}
