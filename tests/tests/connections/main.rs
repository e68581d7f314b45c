//! The catalogue's connections: what they ask of the server, and what they do when it, or the way to it, fails.

mod cancel;
mod pooler;
mod reconnect;
mod session;
mod share;
mod tls;

use std::time::{Duration, Instant};

use linernotes_dev::run::{Cluster, Replica};
use linernotes_origin::catalogue::{Catalogue, CatalogueError};
use linernotes_origin::config::{Config, Database};
use linernotes_shared::Mbid;
use postgres::Client;
use tempfile::TempDir;
use uuid::uuid;

fn the_las() -> Mbid {
    uuid!("ff3e88b3-7354-4f30-967c-1a61ebc8c642").into()
}

fn album() -> Mbid {
    uuid!("4c4eee61-da1e-4115-8eb9-07e5b671fefe").into()
}

/// A cluster of its own with the sample rows.
fn cluster() -> (Cluster, TempDir) {
    linernotes_tests::replica(Replica::Compact)
}

/// Settings with one connection, and more time than any test takes.
fn database(url: String) -> Database {
    Database {
        url,
        connections: 1,
        timeout_seconds: 60,
        ..Config::default().database
    }
}

fn catalogue(cluster: &Cluster) -> Catalogue {
    Catalogue::new(&database(cluster.url())).unwrap()
}

/// An easy question.
async fn ask_artist(catalogue: &Catalogue) -> Result<String, CatalogueError> {
    let found = catalogue.artist(the_las()).await?;
    Ok(found.expect("the sample has it").artist.name)
}

const THE_LAS_NAME: &str = "The La’s";

/// A runtime that moves only while the test waits on it. In between, a connection can't notice that it has ended.
fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

/// Looks until the catalogue's connections are as wanted.
fn wait_until(client: &mut Client, condition: &str) {
    const PATIENCE: Duration = Duration::from_secs(20);
    let deadline = Instant::now() + PATIENCE;
    let query = format!(
        "SELECT count(*) {condition} FROM pg_stat_activity WHERE application_name = 'linernotes'"
    );
    while !client.query_one(&query, &[]).unwrap().get::<_, bool>(0) {
        assert!(Instant::now() < deadline, "never {condition}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
