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

/// Groups that nothing else happens to than this: the first is deleted, and the second merged into the third.
const DELETED: u32 = 1001;
const MERGED: u32 = 1002;
const MERGED_INTO: u32 = 1003;

/// MusicBrainz deletes a group's old MBIDs with it.
fn delete(group: u32) -> String {
    format!(
        "DELETE FROM release WHERE release_group = {group};
         DELETE FROM release_group_gid_redirect WHERE new_id = {group};
         DELETE FROM release_group WHERE id = {group}"
    )
}

/// Merges a group into another, if both are there.
fn merge(other: u32, group: u32) -> String {
    format!(
        "WITH merged AS (
           DELETE FROM release_group WHERE id = {other} AND EXISTS (SELECT FROM release_group WHERE id = {group})
           RETURNING gid),
         moved AS (
           UPDATE release SET release_group = {group}, last_updated = $t
           WHERE release_group = {other} AND EXISTS (SELECT FROM merged)),
         redirected AS (
           UPDATE release_group_gid_redirect SET new_id = {group}, created = $t
           WHERE new_id = {other} AND EXISTS (SELECT FROM merged))
         INSERT INTO release_group_gid_redirect (gid, new_id, created) SELECT gid, {group}, $t FROM merged"
    )
}

/// An edit at random, but for the first ones: some groups are deleted and merged in any case.
fn edit(dice: &mut fastrand::Rng, number: usize) -> String {
    match number {
        1 => return delete(DELETED),
        2 => return merge(MERGED, MERGED_INTO),
        _ => {}
    }
    let group = MERGED_INTO + 1 + dice.u32(0..17);
    match dice.u32(0..12) {
        0 | 1 => format!(
            "UPDATE release_group SET name = 'Title {number}', last_updated = $t WHERE id = {group}"
        ),
        2 | 3 => format!(
            "UPDATE artist SET name = 'Artist {number} of ' || id, last_updated = $t WHERE id IN (1001, 7004)"
        ),
        4 | 5 => format!(
            "UPDATE track SET name = 'Track {number}', last_updated = $t WHERE id =
               (SELECT min(track.id) FROM track JOIN medium ON medium.id = track.medium
                JOIN release ON release.id = medium.release WHERE release.release_group = {group})"
        ),
        6 | 7 => format!(
            "INSERT INTO release_group (id, gid, name, artist_credit, type, last_updated)
             VALUES ({id}, '00000000-0000-4000-8000-{id:012}', 'Group {number}', 1001, 1, $t)",
            id = 90_000 + number
        ),
        8 => delete(group),
        9 => {
            let other = MERGED_INTO + 1 + (group - MERGED_INTO - 1 + dice.u32(1..17)) % 17;
            merge(other, group)
        }
        _ => format!(
            "UPDATE release SET name = 'Release {number}', last_updated = $t WHERE release_group = {group}"
        ),
    }
}

/// What a client is told; `None` for 404.
fn told(subject: &Crawled, entity: Entity, mbid: &str) -> Option<Value> {
    let (status, says) = subject.answer(entity, mbid);
    (status == 200).then_some(says)
}

/// An album without its artists: their change doesn't list it.
fn own_part(entity: Entity, told: Option<Value>) -> Option<Value> {
    told.map(|mut says| {
        if entity == Album {
            says["artists"].take();
        }
        says
    })
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
        config.crawler.second_look_minutes = 0;
    });
    // Without its change log, nobody hears of what was deleted.
    subject.prepare();
    subject.invalidate();
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
            ("LINERNOTES_CRAWLER__SECOND_LOOK_MINUTES", "0".to_owned()),
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
    // What the first doubts, the second looks for again.
    for _ in 0..2 {
        let report = killed.finish("invalidate");
        assert_eq!(report["complete"], Value::Bool(true), "{report}");
    }

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
        if told(&subject, *entity, mbid) != subject.unkept(*entity, mbid) {
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
    let (mut changed, mut gone, mut merged) = (0, 0, 0);
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
        let now = told(&subject, *entity, mbid);
        gone += usize::from(now.is_none());
        merged += usize::from(now.as_ref().is_some_and(|now| now["id"] != says["id"]));
        let now = own_part(*entity, now);
        if now != own_part(*entity, Some(says.clone())) {
            let artist = now.as_ref().unwrap_or(says)["artistid"].as_str();
            see(*entity, mbid, artist);
        }
    }
    for (entity, mbid) in all.iter().filter(|one| !kept.contains(one)) {
        see(
            *entity,
            mbid,
            subject.answer(*entity, mbid).1["artistid"].as_str(),
        );
    }
    assert!(gone > 0 && merged > 0, "{gone} gone, {merged} merged");
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
         changed, listed and purged, {gone} of them gone, {merged} merged",
        killed.killed,
        killed.ended,
        all.len(),
        differing.len()
    );
}
