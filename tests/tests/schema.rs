//! The catalogue against MusicBrainz's schema as it was, as it is, and as it may become.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use insta::{assert_json_snapshot, assert_snapshot};
use linernotes_dev::run::{Cluster, Origin, Replica, index_for_search, replicated_now};
use linernotes_dev::setup::{MusicBrainzSchema, PostgresServer};
use linernotes_origin::answer;
use linernotes_origin::catalogue::{Catalogue, CatalogueError, SchemaReport, Statement};
use linernotes_origin::config::{Config, Database};
use linernotes_origin::telemetry::with_causes;
use linernotes_shared::Mbid;
use linernotes_tests::{Answer, ask, postgres_server, prepared, replica, replica_on};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use uuid::{Uuid, uuid};

const THE_LAS: &str = "/artist/ff3e88b3-7354-4f30-967c-1a61ebc8c642";
const ALBUM: &str = "/album/4c4eee61-da1e-4115-8eb9-07e5b671fefe";
const OTHER_ALBUM: &str = "/album/1cd37a30-a5b6-4459-9abb-c22fb81310d3";

fn the_las() -> Mbid {
    uuid!("ff3e88b3-7354-4f30-967c-1a61ebc8c642").into()
}

fn album() -> Mbid {
    uuid!("4c4eee61-da1e-4115-8eb9-07e5b671fefe").into()
}

const TITLE: &str = "You Seem Pretty Sad for a Girl So in Love";

/// A catalogue with one connection.
fn catalogue(url: String) -> Catalogue {
    Catalogue::new(&Database {
        url,
        connections: 1,
        ..Config::default().database
    })
    .unwrap()
}

/// The drifts as an operator reads them.
fn told(report: &SchemaReport) -> String {
    let lines = report.drifts.iter().map(|(_, drift)| with_causes(drift));
    lines.collect::<Vec<_>>().join("\n")
}

/// The answers of all artists and of every tenth album, byte for byte.
async fn answers(catalogue: &Catalogue, artists: &[Mbid], albums: &[Mbid]) -> Vec<String> {
    let mut bodies = Vec::new();
    for mbid in artists {
        let found = catalogue.artist(*mbid).await.unwrap().unwrap();
        bodies.push(answer::artist(found.artist, &found.albums).unwrap().body);
    }
    for mbid in albums {
        let found = catalogue.album(*mbid).await.unwrap().unwrap();
        bodies.push(answer::album(found).unwrap().body);
    }
    bodies
        .into_iter()
        .map(|body| String::from_utf8(body).unwrap())
        .collect()
}

fn mbids(cluster: &Cluster, query: &str) -> Vec<Mbid> {
    let rows = cluster.connect().unwrap().query(query, &[]).unwrap();
    rows.iter()
        .map(|row| Mbid::from(row.get::<_, Uuid>(0)))
        .collect()
}

#[test]
fn the_schemas_of_2025_and_2026_give_the_same_answers_on_old_and_new_postgresql() {
    let runtime = Runtime::new().unwrap();
    let packaged = PostgresServer::packaged().expect("`cargo dev test` has installed it");
    let mut expected: Option<Vec<String>> = None;
    for server in [postgres_server(), packaged] {
        for schema in [MusicBrainzSchema::V31, MusicBrainzSchema::V30] {
            let (cluster, _folder) = replica_on(&server, Replica::Real(schema));
            let catalogue = catalogue(cluster.url());
            let which = format!("{} on {}", schema.sequence, server.version());

            let report = runtime.block_on(catalogue.check_schema()).unwrap();
            assert_eq!(told(&report), "", "{which}");
            let replication = report.replication.unwrap();
            assert_eq!(replication.schema_sequence, schema.sequence, "{which}");

            let artists = mbids(&cluster, "SELECT gid FROM musicbrainz.artist ORDER BY id");
            let albums = mbids(
                &cluster,
                "SELECT gid FROM musicbrainz.release_group WHERE id % 10 = 1 ORDER BY id",
            );
            let answers = runtime.block_on(answers(&catalogue, &artists, &albums));
            assert!(answers.len() > 40, "{}", answers.len());
            match &expected {
                None => expected = Some(answers),
                Some(expected) => assert_eq!(&answers, expected, "{which}"),
            }
        }
    }
}

#[test]
fn the_schema_of_2022_has_all_that_statements_read() {
    let (cluster, _folder) = replica(Replica::Empty(MusicBrainzSchema::V27));
    let columns = "SELECT count(*) FROM information_schema.columns
                   WHERE table_schema = 'musicbrainz' AND table_name = 'medium' AND column_name = 'gid'";
    let mut client = cluster.connect().unwrap();
    let newer: i64 = client.query_one(columns, &[]).unwrap().get(0);
    assert_eq!(newer, 0, "this is the old schema: media have no MBIDs");
    let report = Runtime::new()
        .unwrap()
        .block_on(catalogue(cluster.url()).check_schema())
        .unwrap();
    assert_eq!(told(&report), "");
}

/// What a schema change may do: a column gets another name, a table goes.
const BREAK_ALBUMS: &str = "
    ALTER TABLE cover_art_archive.cover_art RENAME COLUMN ordering TO sort_order;
    DROP TABLE musicbrainz.track_gid_redirect CASCADE;";

#[test]
fn a_changed_schema_stops_what_reads_the_change_and_nothing_else() {
    let (cluster, _folder) = replica(Replica::Real(MusicBrainzSchema::V31));
    let mut client = cluster.connect().unwrap();
    client.batch_execute(BREAK_ALBUMS).unwrap();
    let (catalogue, runtime) = (catalogue(cluster.url()), Runtime::new().unwrap());
    let report = runtime.block_on(catalogue.check_schema()).unwrap();
    assert_snapshot!(told(&report));
    let mut connections = || -> Vec<i32> {
        let query = "SELECT pid FROM pg_stat_activity WHERE application_name = 'linernotes'";
        let rows = client.query(query, &[]).unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    };
    let before = connections();
    // The statements of one answer are sent together; one that is to blame is named each time.
    for _ in 0..50 {
        let refused = runtime.block_on(catalogue.album(album()));
        assert!(
            matches!(
                refused,
                Err(CatalogueError::SchemaDrift(Statement::Album, _))
            ),
            "{refused:?}"
        );
    }
    let answered = runtime.block_on(catalogue.artist(the_las())).unwrap();
    assert_eq!(answered.unwrap().artist.name, "The La’s");
    assert_eq!(connections(), before, "a refusal costs no connection");
}

#[test]
fn a_schema_that_changes_meanwhile_and_is_mended_needs_no_restart() {
    let (cluster, _folder) = replica(Replica::Compact);
    let mut client = cluster.connect().unwrap();
    let (catalogue, runtime) = (catalogue(cluster.url()), Runtime::new().unwrap());
    let title = || {
        runtime
            .block_on(catalogue.album(album()))
            .map(|album| album.expect("the sample has it").title)
    };
    assert_eq!(title().unwrap(), TITLE);

    let rename = "ALTER TABLE musicbrainz.release_group RENAME COLUMN name TO title";
    client.batch_execute(rename).unwrap();
    assert!(
        matches!(title(), Err(CatalogueError::SchemaDrift(..))),
        "also where the statement was prepared before"
    );
    let rename = "ALTER TABLE musicbrainz.release_group RENAME COLUMN title TO name";
    client.batch_execute(rename).unwrap();
    assert_eq!(title().unwrap(), TITLE);

    // A statement that was prepared for another type can't be run on its connection any more.
    let retype = "ALTER TABLE musicbrainz.release_group ALTER COLUMN name TYPE text";
    client.batch_execute(retype).unwrap();
    assert_eq!(title().unwrap(), TITLE);
}

#[test]
fn a_user_without_rights_is_told_which_are_missing() {
    let (cluster, _folder) = replica(Replica::Compact);
    cluster
        .connect()
        .unwrap()
        .batch_execute("CREATE ROLE stranger LOGIN; GRANT USAGE ON SCHEMA musicbrainz TO stranger")
        .unwrap();
    let url = cluster.url().replace("linernotes@", "stranger@");
    assert_snapshot!(doctor(&url));
}

/// What `linernotes doctor` prints, and its exit code.
fn doctor(url: &str) -> String {
    // Its store lies, by default, where it is run.
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(prepared().origin)
        .arg("doctor")
        .current_dir(folder.path())
        // Nobody out there is asked.
        .env("LINERNOTES_PROFILE", "test")
        .env("LINERNOTES_DATABASE__URL", url)
        .output()
        .unwrap();
    let findings: String = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| match line.split_once(" albums as of ") {
            Some((holds, _)) => format!("{holds} albums as of a moment\n"),
            None => format!("{line}\n"),
        })
        .collect();
    let code = output.status.code().unwrap();
    format!("{findings}exit code {code}")
}

/// An origin whose answers are fresh for a second.
fn origin(cluster: &Cluster, folder: &Path) -> Origin {
    let settings = [
        ("LINERNOTES_DATABASE__URL", cluster.url()),
        ("LINERNOTES_CACHE__FRESH_SECONDS", "1".to_owned()),
        ("LINERNOTES_CACHE__REVALIDATE", "wait".to_owned()),
        ("LINERNOTES_LOG", "json".to_owned()),
    ];
    Origin::start(&prepared().origin, folder, &settings).unwrap()
}

fn get(origin: &Origin, path: &str) -> Answer {
    ask(format!("{}{path}", origin.url())).send()
}

/// What the origin has logged with a message, once there are `count` of it; without times.
fn logged(origin: &Origin, message: &str, count: usize) -> Vec<Value> {
    const PATIENCE: Duration = Duration::from_secs(30);
    let deadline = Instant::now() + PATIENCE;
    loop {
        let log = origin.log();
        let mut events: Vec<Value> = log
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .filter(|event: &Value| event["message"] == message)
            .collect();
        if events.len() >= count {
            for event in &mut events {
                event.as_object_mut().unwrap().remove("timestamp");
            }
            return events;
        }
        assert!(Instant::now() < deadline, "no {message:?} in {log}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn with_a_changed_schema_the_origin_answers_what_it_can() {
    let (cluster, folder) = replica(Replica::Real(MusicBrainzSchema::V31));
    let before = {
        let origin = origin(&cluster, folder.path());
        get(&origin, ALBUM).status_and_json()
    };
    assert_eq!(before.0, 200);
    let mut client = cluster.connect().unwrap();
    client.batch_execute(BREAK_ALBUMS).unwrap();
    std::thread::sleep(Duration::from_millis(2100));

    let origin = origin(&cluster, folder.path());
    assert_eq!(get(&origin, THE_LAS).status, 200);
    let stale = get(&origin, ALBUM);
    assert_eq!(stale.status_and_json(), before, "the kept copy");
    assert!(
        stale
            .header("cache-status")
            .contains("detail=catalogue-unavailable"),
        "{:?}",
        stale.headers
    );
    let refused = get(&origin, OTHER_ALBUM);
    assert_eq!(
        refused.status_and_json(),
        (
            503,
            json!({"error": "the catalogue can't be read at the moment; try again later"})
        )
    );
    assert_eq!(refused.header("retry-after"), "30");

    assert_json_snapshot!(
        "what_the_origin_logs_of_a_changed_schema",
        logged(
            &origin,
            "schema drift: what this statement answers is served from kept answers only",
            3
        )
    );
    assert_snapshot!(doctor(&cluster.url()));
}

#[test]
fn the_doctor_finds_nothing_wrong_with_a_healthy_replica() {
    let (cluster, _folder) = replica(Replica::Real(MusicBrainzSchema::V31));
    replicated_now(&cluster).unwrap();
    index_for_search(&prepared().origin, &cluster.url()).unwrap();
    assert_snapshot!(doctor(&cluster.url()));
}

#[test]
fn the_origin_looks_at_the_schema_once_the_replica_is_there() {
    let (mut cluster, folder) = replica(Replica::Compact);
    cluster.stop();
    let origin = origin(&cluster, folder.path());
    logged(
        &origin,
        "catalogue unavailable: only kept answers can be served",
        1,
    );
    cluster.restart().unwrap();
    let reached = logged(&origin, "catalogue reached", 1);
    assert_eq!(reached[0]["schema_sequence"], 31);
}
