//! Searches from end to end: what a searcher finds, as the answers that Lidarr reads.

mod fingerprint;
mod found;
mod named;
mod trouble;

use linernotes_dev::run::{Cluster, Origin, Replica};
use linernotes_tests::providers::{Provider, ProviderStub};
use linernotes_tests::{Answer, ask, prepared};
use serde_json::Value;
use tempfile::TempDir;

/// The La's.
const THE_LAS: &str = "ff3e88b3-7354-4f30-967c-1a61ebc8c642";
/// Their album.
const THE_LAS_ALBUM: &str = "f57d03ff-b0a5-3b73-a14c-a5ed5f8cd956";
/// Prince.
const PRINCE: &str = "070d193a-845c-479f-980e-bef15710653e";
/// An MBID that nothing has.
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

/// A system whose searcher is a stub of Solr.
struct Searched {
    origin: Origin,
    solr: ProviderStub,
    // Last: the folder goes when its users are gone.
    _cluster: Cluster,
    _folders: [TempDir; 2],
}

impl Searched {
    fn start() -> Self {
        Self::with(&[])
    }

    fn with(settings: &[(&'static str, String)]) -> Self {
        let solr = ProviderStub::start(Provider::Solr);
        let (cluster, cluster_folder) = linernotes_tests::replica(Replica::Compact);
        let folder = tempfile::tempdir().unwrap();
        let mut all = vec![
            ("LINERNOTES_DATABASE__URL", cluster.url()),
            ("LINERNOTES_SEARCH__PROVIDER", "solr".to_owned()),
            ("LINERNOTES_SEARCH__SOLR_URL", format!("{}/solr", solr.url)),
        ];
        all.extend_from_slice(settings);
        Self {
            origin: Origin::start(&prepared().origin, folder.path(), &all).unwrap(),
            solr,
            _cluster: cluster,
            _folders: [folder, cluster_folder],
        }
    }

    fn get(&self, path: &str) -> Answer {
        ask(format!("{}/api/v0.4{path}", self.origin.url())).send()
    }

    fn json(&self, path: &str) -> Value {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    fn artist(&self, mbid: &str) -> Value {
        self.json(&format!("/artist/{mbid}"))
    }

    fn album(&self, mbid: &str) -> Value {
        self.json(&format!("/album/{mbid}"))
    }
}
