//! The program on a DynamoDB table.

use std::process::Command;
use std::time::Duration;

use linernotes_dev::run::{Origin, Replica};
use linernotes_dev::setup::MusicBrainzSchema;
use linernotes_store_tests::{Emulator, TABLE, Trouble, Troublemaker};
use linernotes_tests::{ask, prepared, replica};
use tokio::runtime::Runtime;

const KEY: &str = "a-key-of-some-length";
const THE_LAS: &str = "/artist/ff3e88b3-7354-4f30-967c-1a61ebc8c642";

/// An emulator beside a test that blocks, as the rest of the harness does.
fn emulator() -> (Emulator, Runtime) {
    let runtime = Runtime::new().unwrap();
    (runtime.block_on(Emulator::start()), runtime)
}

#[test]
fn answers_outlive_the_program_and_the_replica() {
    let (emulator, _runtime) = emulator();
    let (postgres, folder) = replica(Replica::Real(MusicBrainzSchema::V31));
    let settings = [
        ("LINERNOTES_DATABASE__URL", postgres.url()),
        ("LINERNOTES_STORE__KIND", "dynamodb".to_owned()),
        ("LINERNOTES_STORE__TABLE", TABLE.to_owned()),
        ("LINERNOTES_STORE__ENDPOINT", emulator.url.clone()),
    ];
    let run = |command: &str| {
        let output = Command::new(prepared().origin)
            .arg(command)
            // Nobody out there is asked.
            .env("LINERNOTES_PROFILE", "test")
            .envs(settings.iter().map(|(name, value)| (name, value)))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.success(), said)
    };
    let (healthy, said) = run("doctor");
    assert!(
        !healthy && said.contains("DynamoDB table linernotes-test: "),
        "{said}"
    );
    let ready = (true, "the table linernotes-test is ready\n".to_owned());
    assert_eq!(run("create-table"), ready);
    assert_eq!(run("create-table"), ready, "again");
    let (_, said) = run("doctor");
    assert!(
        said.contains(
            "ok       the store in the DynamoDB table linernotes-test can be read and written\n"
        ),
        "{said}"
    );

    let start = |name: &str| {
        Origin::start(&prepared().origin, &folder.path().join(name), &settings).unwrap()
    };
    let origin = start("first");
    let built = ask(format!("{}{THE_LAS}", origin.url())).send();
    assert_eq!(built.status, 200);
    assert_eq!(
        built.header("cache-status"),
        "linernotes-origin; fwd=miss; stored"
    );
    // The answer may go out a little before all of it is there: its frame and the profile in it.
    let heads = || {
        let keys = emulator.sort_keys();
        keys.iter().filter(|key| *key == "head").count()
    };
    while heads() < 2 {
        std::thread::sleep(Duration::from_millis(20));
    }
    drop(origin);
    drop(postgres);

    let origin = start("second");
    let kept = ask(format!("{}{THE_LAS}", origin.url())).send();
    assert!(
        kept.header("cache-status")
            .starts_with("linernotes-origin; hit; ttl="),
        "{:?}",
        kept.headers
    );
    assert_eq!(
        (kept.status, kept.header("etag"), &kept.body),
        (200, built.header("etag"), &built.body)
    );
}

#[test]
fn without_its_table_the_program_answers_all_the_same() {
    let (emulator, _runtime) = emulator();
    let (postgres, folder) = replica(Replica::Real(MusicBrainzSchema::V31));
    let settings = [
        ("LINERNOTES_DATABASE__URL", postgres.url()),
        ("LINERNOTES_STORE__KIND", "dynamodb".to_owned()),
        ("LINERNOTES_STORE__TABLE", TABLE.to_owned()),
        ("LINERNOTES_STORE__ENDPOINT", emulator.url.clone()),
        ("LINERNOTES_LIMITER", "shared".to_owned()),
        ("LINERNOTES_REFRESH", "anybody".to_owned()),
        ("LINERNOTES_OPERATOR_KEY", KEY.to_owned()),
    ];
    let origin = Origin::start(&prepared().origin, folder.path(), &settings).unwrap();
    let answer = ask(format!("{}{THE_LAS}", origin.url())).send();
    assert_eq!(answer.status, 200);
    let log = origin.log();
    assert!(
        log.contains("ResourceNotFoundException"),
        "an operator is told: {log}"
    );

    ask(format!("{}{THE_LAS}/refresh", origin.url()))
        .post([])
        .send();
    let figures = ask(format!("{}/metrics", origin.url()))
        .header("authorization", format!("Bearer {KEY}"))
        .send();
    for operation in ["get", "count"] {
        let told = format!(
            "linernotes_store_operation_duration_seconds_count{{operation=\"{operation}\",outcome=\"failed\"}} "
        );
        assert!(figures.text().contains(&told), "{}", figures.text());
    }
}

#[test]
fn a_silent_table_is_soon_left_alone() {
    let (emulator, runtime) = emulator();
    let troublemaker = runtime.block_on(Troublemaker::before(&emulator.url));
    troublemaker.always(Trouble::Silence);
    let (postgres, folder) = replica(Replica::Real(MusicBrainzSchema::V31));
    let settings = [
        ("LINERNOTES_DATABASE__URL", postgres.url()),
        ("LINERNOTES_STORE__KIND", "dynamodb".to_owned()),
        ("LINERNOTES_STORE__TABLE", TABLE.to_owned()),
        ("LINERNOTES_STORE__ENDPOINT", troublemaker.url.clone()),
        ("LINERNOTES_STORE__ATTEMPT_TIMEOUT_MS", "30".to_owned()),
        ("LINERNOTES_STORE__TIMEOUT_MS", "60".to_owned()),
        // Every answer is looked for in the store.
        ("LINERNOTES_STORE__MEMORY_MIB", "0".to_owned()),
    ];
    let origin = Origin::start(&prepared().origin, folder.path(), &settings).unwrap();
    for _ in 0..10 {
        let answer = ask(format!("{}{THE_LAS}", origin.url())).send();
        assert_eq!(answer.status, 200);
    }
    let log = origin.log();
    let (slow, left_alone) = (
        "the store takes too long",
        "the store is left alone after it has failed",
    );
    for (trouble, cause) in [
        ("store not readable", slow),
        ("building without a lease", slow),
        ("store in trouble", slow),
        ("store not readable", left_alone),
        ("building without a lease", left_alone),
        ("answer not stored", left_alone),
    ] {
        assert!(
            log.lines()
                .any(|line| line.contains(trouble) && line.contains(cause)),
            "{trouble}: {cause}: {log}"
        );
    }
}
