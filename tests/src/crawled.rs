use std::future::Future;
use std::slice;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use linernotes_dev::run::{Cluster, Replica};
use linernotes_dev::setup::MusicBrainzSchema;
use linernotes_origin::answer::{self, EnrichedAlbum, EnrichedArtist};
use linernotes_origin::cache::{Kind, now};
use linernotes_origin::catalogue::{ArtistWithAlbums, CatalogueError, Preparation};
use linernotes_origin::config::{Config, Provider};
use linernotes_origin::crawler::{self, CrawlError, Deadline, Outcome, Report, Task};
use linernotes_origin::lookup;
use linernotes_origin::server;
use linernotes_origin::service::Service;
use linernotes_shared::cache::CacheKey;
use linernotes_shared::request::Entity;
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::serving::listening;
use crate::{Answer, ask, replica};

/// The service in the test's process, on a real replica of its own that gets packets when the test says so.
pub struct Crawled {
    /// The service.
    pub service: Arc<Service>,
    /// Its settings.
    pub config: Config,
    /// Its replica.
    pub cluster: Cluster,
    /// Where the service is served.
    pub url: String,
    /// Where the test's futures run, and the service.
    pub runtime: Runtime,
    /// The replica's date, unix seconds.
    date: AtomicI64,
    // Last: the folder goes when its users are gone.
    _folder: TempDir,
}

/// MusicBrainz's packets come every hour. Sweeps look back by less, so each sees one packet's changes.
const PACKET: i64 = 3_600;

/// Seconds before its packet that an edit is made: more than the next sweep looks back.
const BEFORE_PACKET: i64 = 45 * 60;

impl Crawled {
    /// Starts the service with settings that differ from the defaults, and lets it look for changes once, so that it has a
    /// record of them. The replica's last packet is of three days ago at most.
    pub fn with(adjust: impl FnOnce(&mut Config)) -> Self {
        Self::since(60, adjust)
    }

    /// The same with a replica whose last packet is of so many hours ago.
    ///
    /// # Panics
    /// If a part doesn't start.
    pub fn since(hours: i64, adjust: impl FnOnce(&mut Config)) -> Self {
        let (cluster, folder) = replica(Replica::Real(MusicBrainzSchema::V31));
        let mut config = Config::default();
        config.database.url = cluster.url();
        config.store.path = folder.path().join("store");
        config.crawler.recent_overlap_seconds = 0;
        // Providers are stubs, if any.
        config.providers.insert(
            "wikipedia".to_owned(),
            Provider {
                enabled: Some(false),
                ..Provider::default()
            },
        );
        adjust(&mut config);
        let runtime = Runtime::new().expect("a runtime can be started");
        let (service, url) = runtime.block_on(async {
            let service = started(&config).await;
            let (listener, url) = listening().await;
            let served = server::serve(Arc::clone(&service), listener, std::future::pending());
            tokio::spawn(served);
            (service, url)
        });
        let date = i64::try_from(now()).expect("it is no year 500 000 000") - hours * PACKET;
        let crawled = Self {
            service,
            config,
            cluster,
            url,
            runtime,
            date: AtomicI64::new(date),
            _folder: folder,
        };
        crawled.packet("");
        crawled.invalidate();
        crawled
    }

    /// Another service with these settings, as of another process.
    pub fn service_on(config: &Config, runtime: &Runtime) -> Arc<Service> {
        runtime.block_on(started(config))
    }

    /// Makes in the replica what `linernotes prepare` does: deletions are noticed by the change log alone.
    ///
    /// # Panics
    /// If PostgreSQL refuses.
    pub fn prepare(&self) {
        self.wait(async {
            let preparation = Preparation::connect(&self.config.database).await;
            let preparation = preparation.expect("the replica runs");
            preparation.run(drop).await.expect("it can be prepared");
        });
    }

    /// The outcome of a future.
    pub fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// Applies a packet an hour after the last one: edits, as SQL in which `$t` is their time.
    pub fn packet(&self, edits: &str) {
        self.packet_after(PACKET, edits);
    }

    /// Applies a packet so many seconds after the last one.
    ///
    /// # Panics
    /// If PostgreSQL refuses.
    pub fn packet_after(&self, seconds: i64, edits: &str) {
        let date = self.date.fetch_add(seconds, Ordering::Relaxed) + seconds;
        // As a packet is applied: in one transaction, and the date before it is in force until its end.
        let edits = edits.replace("$t", &format!("to_timestamp({date} - {BEFORE_PACKET})"));
        let sql = format!(
            "BEGIN;
             {edits};
             UPDATE replication_control SET last_replication_date = to_timestamp({date});
             COMMIT"
        );
        self.execute(&sql);
    }

    /// Runs SQL in the replica, without a packet.
    ///
    /// # Panics
    /// If PostgreSQL refuses.
    pub fn execute(&self, sql: &str) {
        let sql = format!(
            "SET search_path = musicbrainz, cover_art_archive, public;
             SET session_replication_role = replica;
             {sql}"
        );
        self.cluster
            .connect()
            .expect("the replica runs")
            .batch_execute(&sql)
            .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    /// Runs a task to its end.
    pub fn run(&self, task: &Task) -> Result<Outcome, CrawlError> {
        self.wait(crawler::run(&self.service, task, Deadline::NEVER))
    }

    /// Looks for what changed; the report, without its times.
    ///
    /// # Panics
    /// If it can't.
    pub fn invalidate(&self) -> Report {
        self.ran(&Task::Invalidate { since: None })
    }

    /// Runs a task to its end; the report, without its times.
    ///
    /// # Panics
    /// If it can't.
    pub fn ran(&self, task: &Task) -> Report {
        match self.run(task) {
            Ok(Outcome::Ran(report)) => Report {
                began: 0,
                ended: 0,
                ..report
            },
            other => panic!("{other:?}"),
        }
    }

    /// What a client is told of an entity, in the process: 200 or 404, and the body. What is found is kept then: an answer
    /// doesn't wait for a slow store, but whoever asks the crawler about it must.
    ///
    /// # Panics
    /// If there is no answer.
    pub fn answer(&self, entity: Entity, mbid: &str) -> (u16, Value) {
        let mbid = mbid.parse().expect("an MBID");
        let served = self
            .wait(lookup::answer(&self.service, entity, mbid))
            .unwrap_or_else(|error| panic!("{entity} {mbid}: {error:?}"));
        let body = served.answer.body.plain().expect("it isn't damaged");
        let status = match served.answer.kind {
            Kind::Found => {
                self.wait(self.kept(&CacheKey::lookup(entity, mbid)));
                200
            }
            Kind::Unknown => 404,
        };
        (status, serde_json::from_slice(&body).expect("it is JSON"))
    }

    /// Waits until the store has an entry, unless it is in trouble.
    async fn kept(&self, key: &CacheKey) {
        for _ in 0..500 {
            match self.service.cache.kept(slice::from_ref(key)).await {
                Ok(kept) if kept.is_empty() => tokio::time::sleep(Duration::from_millis(20)).await,
                Ok(_) | Err(_) => return,
            }
        }
    }

    /// What a client would be told if nothing were kept; `None` for 404.
    ///
    /// # Panics
    /// If the catalogue is in trouble.
    pub fn unkept(&self, entity: Entity, mbid: &str) -> Option<Value> {
        let mbid = mbid.parse().expect("an MBID");
        let catalogue = &self.service.catalogue;
        let providers = &self.service.providers;
        let answer = self.wait(async {
            match entity {
                Entity::Artist => {
                    let found = patiently(|| catalogue.artist(mbid)).await;
                    let ArtistWithAlbums { artist, albums } = found?;
                    let extras = providers.kept_of_artists(slice::from_ref(&artist)).await;
                    let extras = extras.expect("the store can be read");
                    let artist = EnrichedArtist {
                        record: artist,
                        extras: extras.into_iter().next().unwrap_or_default(),
                    };
                    Some(answer::artist(artist, &albums))
                }
                Entity::Album => {
                    let found = patiently(|| catalogue.album(mbid)).await;
                    let record = found?;
                    let extras = providers.kept_of_albums(slice::from_ref(&record)).await;
                    let extras = extras.expect("the store can be read");
                    let artists = providers.kept_of_artists(&record.artists).await;
                    let album = EnrichedAlbum {
                        artists: artists.expect("the store can be read"),
                        extras: extras.into_iter().next().unwrap_or_default(),
                        record,
                    };
                    Some(answer::album(album))
                }
            }
        });
        let answer = answer?.expect("answers can be written");
        Some(serde_json::from_slice(&answer.body).expect("it is JSON"))
    }

    /// An artist's answer.
    pub fn artist(&self, mbid: &str) -> Value {
        self.answer(Entity::Artist, mbid).1
    }

    /// An album's answer.
    pub fn album(&self, mbid: &str) -> Value {
        self.answer(Entity::Album, mbid).1
    }

    /// Asks over HTTP.
    pub fn get(&self, path: &str) -> Answer {
        ask(format!("{}{path}", self.url)).send()
    }

    /// What `recent/artist` or `recent/album` lists since a second, newest first; `None` if that is limited.
    ///
    /// # Panics
    /// If the answer isn't of its shape.
    pub fn recent(&self, entity: Entity, since: u64) -> Option<Vec<String>> {
        let answer = self.get(&format!("/recent/{entity}?since={since}"));
        assert_eq!(answer.status, 200);
        let recent = answer.json();
        let items: Vec<String> = recent["items"]
            .as_array()
            .expect("items are a list")
            .iter()
            .map(|item| item.as_str().expect("items are MBIDs").to_owned())
            .collect();
        assert_eq!(recent["count"], items.len());
        let limited = recent["limited"]
            .as_bool()
            .expect("limited is true or false");
        (!limited).then_some(items)
    }

    /// The same as a set, without order.
    ///
    /// # Panics
    /// If it is limited.
    pub fn recent_set(&self, entity: Entity, since: u64) -> std::collections::BTreeSet<String> {
        let recent = self.recent(entity, since).expect("it isn't limited");
        recent.into_iter().collect()
    }
}

async fn started(config: &Config) -> Arc<Service> {
    Arc::new(Service::start(config).await.expect("the service starts"))
}

/// Waits for the next second, and gives it: what happens from now on happened at or after it, what did before didn't.
pub fn next_second() -> u64 {
    let before = now();
    while now() == before {
        std::thread::sleep(Duration::from_millis(5));
    }
    now()
}

/// Asks a catalogue whose server may just have started.
async fn patiently<T, F>(ask: impl Fn() -> F) -> T
where
    F: Future<Output = Result<T, CatalogueError>>,
{
    for _ in 0..100 {
        if let Ok(found) = ask().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    ask().await.expect("the catalogue is well")
}
