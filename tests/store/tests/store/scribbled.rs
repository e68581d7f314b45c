//! The embedded store's file with bytes in it that nobody wrote: whatever is asked is answered, and answered right.

use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;

use linernotes_dev::run::{Origin, Replica};
use linernotes_dev::setup::MusicBrainzSchema;
use linernotes_origin::cache::{Built, Cache, EmbeddedStore, Put, Store};
use linernotes_origin::config::Revalidate;
use linernotes_store_tests::{entry, key, long_body};
use linernotes_tests::{ask, prepared, replica};
use tempfile::TempDir;

use crate::stores::{get, put};

const THE_LAS: &str = "/artist/ff3e88b3-7354-4f30-967c-1a61ebc8c642";

#[test]
fn a_file_that_cannot_be_opened_is_no_reason_not_to_start() {
    let (postgres, folder) = replica(Replica::Real(MusicBrainzSchema::V31));
    let settings = [
        ("LINERNOTES_DATABASE__URL", postgres.url()),
        ("LINERNOTES_CRAWLER__TIMERS", "false".to_owned()),
    ];
    let start = |folder: &Path| Origin::start(&prepared().origin, folder, &settings).unwrap();
    let statuses = |origin: &Origin| {
        [(); 2].map(|()| {
            let answer = ask(format!("{}{THE_LAS}", origin.url())).send();
            assert_eq!(answer.status, 200);
            answer.header("cache-status").to_owned()
        })
    };
    let built = "linernotes-origin; fwd=miss; stored";
    let hit = "linernotes-origin; hit; ttl=";

    // Its header is gone: there is nothing to read any more.
    let damaged = folder.path().join("damaged");
    let origin = start(&damaged);
    assert_eq!(statuses(&origin)[0], built);
    drop(origin);
    let file = damaged.join("store/answers.redb");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[..4096].fill(0xff);
    std::fs::write(&file, &bytes).unwrap();
    let origin = start(&damaged);
    let [first, second] = statuses(&origin);
    assert_eq!(first, built);
    assert!(second.starts_with(hit), "{second}");
    let log = origin.log();
    assert!(log.contains("damaged beyond repair"), "{log}");
    let aside = std::fs::read(damaged.join("store/answers.redb.damaged")).unwrap();
    assert!(
        aside == bytes,
        "it is there for whoever wants to look at it"
    );

    // There can be no file: its folder's name is another file's.
    let nowhere = folder.path().join("nowhere");
    std::fs::create_dir_all(&nowhere).unwrap();
    std::fs::write(nowhere.join("store"), "").unwrap();
    let origin = start(&nowhere);
    assert_eq!(statuses(&origin)[0], built);
    let log = origin.log();
    assert!(log.contains("the store can't be opened for now"), "{log}");
}

const ANSWERS: u32 = 20;
const ROUNDS: usize = 40;

/// The answer of that number: of one page of the file, or of many.
fn body(number: u32) -> Vec<u8> {
    long_body(
        if number.is_multiple_of(5) {
            30_000
        } else {
            500
        },
        number.into(),
    )
}

/// A file in which all answers are kept.
async fn sound() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(folder.path()).unwrap();
    for number in 0..ANSWERS {
        put(&store, &key(number), &entry(&body(number))).await;
    }
    drop(store);
    std::fs::read(folder.path().join("answers.redb")).unwrap()
}

/// The store in a file that holds these bytes, in a folder of its own.
fn store_of(bytes: &[u8]) -> (Arc<EmbeddedStore>, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("answers.redb"), bytes).unwrap();
    let store = EmbeddedStore::open(folder.path()).unwrap();
    (Arc::new(store), folder)
}

async fn assert_all_answered(store: &Arc<EmbeddedStore>, damage: &str) {
    // Every answer is looked for in the store.
    let cache = Cache::new(Arc::clone(store) as _, 0, Revalidate::Wait);
    for number in 0..ANSWERS {
        let built = Built {
            answer: entry(&body(number)),
            profiles: Vec::new(),
            unsure: Vec::new(),
            current: None,
        };
        let asked = cache.get_or_build(key(number), || async { Ok::<_, Infallible>(built) });
        let answer = asked.await.unwrap().answer;
        assert!(
            answer.body.plain().unwrap() == body(number),
            "answer {number} after {damage}"
        );
    }
}

/// Whatever has to be mended, is by the first call that finds it.
async fn assert_works_again(store: &EmbeddedStore, damage: &str) {
    for number in 0..ANSWERS {
        let new = Arc::new(entry(b"new"));
        let mut kept = store.put(&key(number), Arc::clone(&new)).await;
        if kept.is_err() {
            kept = store.put(&key(number), Arc::clone(&new)).await;
        }
        assert!(matches!(kept, Ok(Put::Kept)), "{kept:?} after {damage}");
        let kept = get(store, &key(number)).await;
        assert!(
            kept.as_ref() == Some(&*new),
            "answer {number} after {damage}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn flipped_bytes_anywhere_in_the_file_make_no_answer_wrong() {
    let seed = fastrand::u64(..);
    let mut random = fastrand::Rng::with_seed(seed);
    let sound = sound().await;
    for round in 0..ROUNDS {
        let mut bytes = sound.clone();
        let flips = 1 << random.u32(0..12);
        for _ in 0..flips {
            let place = random.usize(..bytes.len());
            bytes[place] ^= random.u8(1..);
        }
        let damage = format!("{flips} flips in round {round} of seed {seed}");
        let (store, _folder) = store_of(&bytes);
        assert_all_answered(&store, &damage).await;
        assert_all_answered(&store, &damage).await;
        assert_works_again(&store, &damage).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_cut_off_anywhere_makes_no_answer_wrong() {
    let sound = sound().await;
    for part in 0..20 {
        let length = sound.len() * part / 20;
        let damage = format!("a cut at {length}");
        let (store, _folder) = store_of(&sound[..length]);
        assert_all_answered(&store, &damage).await;
        assert_works_again(&store, &damage).await;
    }
}
