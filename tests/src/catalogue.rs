use std::future::Future;

use linernotes_dev::run::{Cluster, Replica};
use linernotes_origin::catalogue::Catalogue;
use linernotes_origin::config::{Config, Database};
use linernotes_shared::Mbid;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::replica;

/// A catalogue on a replica of its own, for tests that block, as the rest of the harness does.
pub struct AskedCatalogue {
    /// What is asked.
    pub catalogue: Catalogue,
    /// Its settings.
    pub database: Database,
    /// Its replica.
    pub cluster: Cluster,
    runtime: Runtime,
    // Last: the folder goes when its users are gone.
    _folder: TempDir,
}

impl AskedCatalogue {
    /// Starts the replica, and a catalogue with the default settings on it.
    ///
    /// # Panics
    /// If the replica doesn't start.
    pub fn on(kind: Replica) -> Self {
        let (cluster, folder) = replica(kind);
        let database = Database {
            url: cluster.url(),
            ..Config::default().database
        };
        Self {
            catalogue: Catalogue::new(&database).expect("the harness gives a usable URL"),
            database,
            cluster,
            runtime: Runtime::new().expect("a runtime can be started"),
            _folder: folder,
        }
    }

    /// The outcome of a question.
    pub fn wait<T>(&self, question: impl Future<Output = T>) -> T {
        self.runtime.block_on(question)
    }

    /// Changes the replica's rows.
    ///
    /// # Panics
    /// If PostgreSQL refuses.
    pub fn execute(&self, sql: &str) {
        self.cluster
            .connect()
            .expect("the replica runs")
            .batch_execute(sql)
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// Artists by name, in the same order; an old MBID is told.
    ///
    /// # Panics
    /// If the catalogue gives no answer.
    pub fn artist_names(&self, mbids: &[Mbid]) -> Vec<String> {
        let known = self
            .wait(self.catalogue.artists(mbids))
            .expect("the catalogue answers");
        let name = |mbid| known.get(mbid).map(|artist| (artist.mbid, &*artist.name));
        mbids.iter().map(|mbid| told(*mbid, name(mbid))).collect()
    }

    /// Albums by title, in the same order; an old MBID is told.
    ///
    /// # Panics
    /// If the catalogue gives no answer.
    pub fn album_titles(&self, mbids: &[Mbid]) -> Vec<String> {
        let known = self
            .wait(self.catalogue.albums(mbids))
            .expect("the catalogue answers");
        let title = |mbid| known.get(mbid).map(|album| (album.mbid, &*album.title));
        mbids.iter().map(|mbid| told(*mbid, title(mbid))).collect()
    }
}

fn told(asked: Mbid, found: Option<(Mbid, &str)>) -> String {
    match found {
        Some((current, name)) if current == asked => name.to_owned(),
        Some((_, name)) => format!("{name} (old)"),
        None => format!("{asked}, which is gone"),
    }
}
