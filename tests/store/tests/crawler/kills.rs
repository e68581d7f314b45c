//! The crawler as a process, killed at random moments while MusicBrainz is edited.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use linernotes_origin::config::StoreKind;
use linernotes_origin::crawler::Task;
use linernotes_shared::request::Entity;
use linernotes_shared::request::Entity::{Album, Artist};
use linernotes_store_tests::{Emulator, TABLE};
use linernotes_tests::{Crawled, Keeper, next_second, prepared};
use serde_json::Value;
use tokio::runtime::Runtime;

/// How often it is killed.
const KILLS: usize = 100;

/// Of the answers that are kept at first: those of this artist (1001) and two others, and all their albums.
const ARTISTS: [&str; 3] = [
    "ff3e88b3-7354-4f30-967c-1a61ebc8c642",
    "66c662b6-6e2f-4930-8610-912e24c63ed1",
    "6925db17-f35e-42f3-a4eb-84ee6bf5d4b0",
];

struct Killed<'a> {
    subject: &'a Crawled,
    settings: Vec<(&'static str, String)>,
    dice: fastrand::Rng,
    killed: usize,
    ended: usize,
}

impl Killed<'_> {
    fn start(&self, task: &str) -> Child {
        Command::new(prepared().origin)
            .args(["crawl", task])
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// Starts a task and kills it at some moment, if it hasn't ended by then. The next one comes when its lease has ended.
    fn kill(&mut self, task: &str) {
        let mut child = self.start(task);
        let moment = Instant::now() + Duration::from_millis(self.dice.u64(5..1_600));
        while Instant::now() < moment {
            if child.try_wait().unwrap().is_some() {
                self.ended += 1;
                return;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        self.killed += 1;
        std::thread::sleep(Duration::from_millis(1_000));
    }

    /// Runs a task to its end.
    fn finish(&self, task: &str) -> Value {
        for _ in 0..10 {
            let output = self.start(task).wait_with_output().unwrap();
            if output.status.success() {
                return serde_json::from_slice(&output.stdout).unwrap();
            }
            // The last one's lease.
            std::thread::sleep(Duration::from_millis(500));
        }
        panic!("{task} doesn't come to its end");
    }
}

fn edit(dice: &mut fastrand::Rng, number: usize) -> String {
    let group = 1001 + dice.u32(0..20);
    match dice.u32(0..5) {
        0 => format!(
            "UPDATE release_group SET name = 'Title {number}', last_updated = $t WHERE id = {group}"
        ),
        1 => format!(
            "UPDATE artist SET name = 'Artist {number} of ' || id, last_updated = $t WHERE id IN (1001, 7004)"
        ),
        2 => format!(
            "UPDATE track SET name = 'Track {number}', last_updated = $t WHERE id =
               (SELECT min(track.id) FROM track JOIN medium ON medium.id = track.medium
                JOIN release ON release.id = medium.release WHERE release.release_group = {group})"
        ),
        3 => format!(
            "INSERT INTO release_group (id, gid, name, artist_credit, type, last_updated)
             VALUES ({id}, '00000000-0000-4000-8000-{id:012}', 'Group {number}', 1001, 1, $t)",
            id = 90_000 + number
        ),
        _ => format!(
            "UPDATE release SET name = 'Release {number}', last_updated = $t WHERE release_group = {group}"
        ),
    }
}

/// The MBIDs in an artist's list.
fn albums(artist: &Value) -> Vec<String> {
    let albums = artist["Albums"].as_array().unwrap().iter();
    albums
        .map(|album| album["Id"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_hundred_kills_lose_nothing() {
    let seed = match std::env::var("LINERNOTES_TEST_SEED") {
        Ok(seed) => seed.parse().expect("LINERNOTES_TEST_SEED is a number"),
        Err(_) => fastrand::u64(0..1_000_000),
    };
    println!("LINERNOTES_TEST_SEED={seed}");
    let runtime = Runtime::new().unwrap();
    let emulator = runtime.block_on(Emulator::start());
    let keeper = Keeper::start(&runtime);
    drop(runtime.block_on(emulator.store()));
    let subject = Crawled::since(24 * 20, |config| {
        config.database.max_lag_hours = 0;
        config.store.kind = StoreKind::DynamoDb;
        config.store.table = TABLE.to_owned();
        config.store.endpoint = Some(emulator.url.clone());
        config.store.attempt_timeout_ms = 5_000;
        config.store.timeout_ms = 15_000;
        // Nothing is remembered: what others write is seen at once.
        config.store.memory_mib = 0;
        config.crawler.lease_seconds = 1;
    });
    let mut kept: Vec<(Entity, String)> = Vec::new();
    for artist in ARTISTS {
        kept.push((Artist, artist.to_owned()));
        kept.extend(
            albums(&subject.artist(artist))
                .into_iter()
                .map(|album| (Album, album)),
        );
    }
    for (entity, mbid) in &kept {
        assert_eq!(subject.answer(*entity, mbid).0, 200);
    }
    let began = next_second();
    let mut before: Vec<(Entity, String, Value)> = Vec::new();
    for (entity, mbid) in &kept {
        before.push((*entity, mbid.clone(), subject.answer(*entity, mbid).1));
    }

    let mut killed = Killed {
        subject: &subject,
        settings: vec![
            ("LINERNOTES_DATABASE__URL", subject.cluster.url()),
            ("LINERNOTES_DATABASE__MAX_LAG_HOURS", "0".to_owned()),
            ("LINERNOTES_STORE__KIND", "dynamodb".to_owned()),
            ("LINERNOTES_STORE__TABLE", TABLE.to_owned()),
            ("LINERNOTES_STORE__ENDPOINT", emulator.url.clone()),
            ("LINERNOTES_STORE__ATTEMPT_TIMEOUT_MS", "5000".to_owned()),
            ("LINERNOTES_STORE__TIMEOUT_MS", "15000".to_owned()),
            ("LINERNOTES_CRAWLER__LEASE_SECONDS", "1".to_owned()),
            ("LINERNOTES_CRAWLER__BATCH", "50".to_owned()),
            ("LINERNOTES_CRAWLER__AT_ONCE", "1".to_owned()),
            ("LINERNOTES_PURGE__EDGE_URL", keeper.url.clone()),
            ("LINERNOTES_PURGE__EDGE_KEY", "k3y".to_owned()),
        ],
        dice: fastrand::Rng::with_seed(seed),
        killed: 0,
        ended: 0,
    };
    let mut edits = 0;
    while killed.killed < KILLS {
        edits += 1;
        let sql = edit(&mut killed.dice, edits);
        killed.subject.packet_after(1_800, &sql);
        killed.kill("invalidate");
        if edits % 7 == 0 {
            killed.kill("albums");
        }
    }
    let report = killed.finish("invalidate");
    assert_eq!(report["complete"], Value::Bool(true), "{report}");

    // Every answer is as if it were built now, new albums' too.
    let mut all = kept.clone();
    for artist in ARTISTS {
        all.extend(
            albums(&subject.artist(artist))
                .into_iter()
                .map(|album| (Album, album)),
        );
    }
    all.sort();
    all.dedup();
    let mut differing = Vec::new();
    for (entity, mbid) in &all {
        if Some(subject.answer(*entity, mbid).1) != subject.unkept(*entity, mbid) {
            differing.push((*entity, mbid));
        }
    }
    assert_eq!(differing, Vec::new());

    // Everything that changed is listed, an album never without its artist, and was purged.
    let listed = [Artist, Album].map(|entity| subject.recent_set(entity, began));
    let purged: String = keeper
        .calls()
        .iter()
        .map(|call| call.body.to_string())
        .collect();
    let mut changed = 0;
    let mut see = |entity: Entity, mbid: &str, artist: Option<&str>| {
        changed += 1;
        let lists = &listed[usize::from(entity == Album)];
        assert!(lists.contains(mbid), "{entity} {mbid} isn't listed");
        if let Some(artist) = artist {
            assert!(
                listed[0].contains(artist),
                "{artist} of {mbid} isn't listed"
            );
        }
        assert!(
            purged.contains(&format!("{entity}-{mbid}")),
            "{entity} {mbid} isn't purged"
        );
    };
    for (entity, mbid, says) in &before {
        let mut now = subject.answer(*entity, mbid).1;
        let mut says = says.clone();
        if *entity == Album {
            // An artist's change doesn't list its albums.
            now["artists"].take();
            says["artists"].take();
        }
        if now != says {
            see(*entity, mbid, now["artistid"].as_str());
        }
    }
    for (entity, mbid) in all.iter().filter(|one| !kept.contains(one)) {
        see(
            *entity,
            mbid,
            subject.answer(*entity, mbid).1["artistid"].as_str(),
        );
    }
    let again = killed.finish("invalidate");
    assert_eq!(
        (&again["refreshed"], &again["unchanged"]),
        (&Value::from(0), &Value::from(0)),
        "nothing is left to do"
    );
    let noted = subject.wait(linernotes_origin::crawler::last_report(
        &**subject.service.cache.store(),
        &Task::Invalidate { since: None },
    ));
    assert_eq!(noted.unwrap().map(|report| report.complete), Some(true));
    println!(
        "{} runs killed, {} ended before; {edits} edits; {} answers compared with ones built anew, {} differ; {changed} \
         changed, listed and purged",
        killed.killed,
        killed.ended,
        all.len(),
        differing.len()
    );
}
