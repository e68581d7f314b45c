//! From a change in the replica to what the edge answers: PostgreSQL, the origin on a DynamoDB table, and workerd.

use std::process::Command;

use linernotes_dev::run::{Edge, Origin, Replica, free_port};
use linernotes_dev::setup::MusicBrainzSchema;
use linernotes_store_tests::{Emulator, TABLE};
use linernotes_tests::{Answer, ask, next_second, prepared, replica};
use serde_json::json;
use tokio::runtime::Runtime;

const THE_LAS: &str = "ff3e88b3-7354-4f30-967c-1a61ebc8c642";
const THEIR_ALBUM: &str = "f57d03ff-b0a5-3b73-a14c-a5ed5f8cd956";
const OPERATOR_KEY: &str = "k3y-of-the-operator";
const PURGE_KEY: &str = "k3y-between-origin-and-edge";

#[test]
fn a_change_in_the_replica_shows_at_the_edge_after_one_run() {
    let runtime = Runtime::new().unwrap();
    let emulator = runtime.block_on(Emulator::start());
    let (postgres, folder) = replica(Replica::Real(MusicBrainzSchema::V31));
    let mut client = postgres.connect().unwrap();
    let mut execute = |sql: &str| {
        let sql = format!(
            "SET search_path = musicbrainz; {sql}
             UPDATE replication_control SET last_replication_date = now()"
        );
        client.batch_execute(&sql).unwrap();
    };
    execute("");

    let port = free_port().unwrap();
    let settings = [
        ("LINERNOTES_DATABASE__URL", postgres.url()),
        ("LINERNOTES_STORE__KIND", "dynamodb".to_owned()),
        ("LINERNOTES_STORE__TABLE", TABLE.to_owned()),
        ("LINERNOTES_STORE__ENDPOINT", emulator.url.clone()),
        (
            "LINERNOTES_PURGE__EDGE_URL",
            format!("http://127.0.0.1:{port}"),
        ),
        ("LINERNOTES_PURGE__EDGE_KEY", PURGE_KEY.to_owned()),
        ("LINERNOTES_OPERATOR_KEY", OPERATOR_KEY.to_owned()),
        // So that nothing goes stale by itself.
        ("LINERNOTES_CACHE__EDGE_SECONDS", "86400".to_owned()),
        // What was kept before the change isn't listed with it.
        ("LINERNOTES_CRAWLER__RECENT_OVERLAP_SECONDS", "0".to_owned()),
        // Runs are the test's.
        ("LINERNOTES_CRAWLER__TIMERS", "false".to_owned()),
    ];
    let made = Command::new(prepared().origin)
        .arg("create-table")
        .envs(settings.iter().map(|(name, value)| (name, value)))
        .status()
        .unwrap();
    assert!(made.success());
    let origin = Origin::start(&prepared().origin, folder.path(), &settings).unwrap();
    let variables = [
        ("ORIGIN_URL", origin.url().to_owned()),
        ("PURGE_KEY", PURGE_KEY.to_owned()),
    ];
    // As deployed: KV takes the word of purges to copies that merely show what changed, and is looked at each minute.
    let options = ["--kv", "COPIES", "--clock"];
    let edge = Edge::start_with(
        &prepared().worker,
        port,
        folder.path(),
        &variables,
        &options,
    )
    .unwrap();
    let url = |path: &str| format!("{}{path}", edge.url());
    let seconds_later = |seconds: u64| {
        let moved = ask(url("/clock")).method("PUT").body(seconds.to_string());
        assert_eq!(moved.send().status, 204);
    };
    let invalidate = || {
        let answer = ask(url("/invalidate"))
            .header("authorization", format!("Bearer {OPERATOR_KEY}"))
            .send();
        assert_eq!(answer.status, 200, "{}", answer.text());
        let report = answer.json();
        assert_eq!(
            (&report["complete"], &report["failed"]),
            (&json!(true), &json!(0)),
            "{report}"
        );
        report
    };

    // The first run only notes from where the next goes on.
    invalidate();
    let artist = url(&format!("/artist/{THE_LAS}"));
    let album = url(&format!("/album/{THEIR_ALBUM}"));
    let before = [&artist, &album].map(|url| ask(url).until(Answer::is_hit_at_the_edge));
    assert_eq!(before[0].json()["artistname"], "The La’s");
    assert_eq!(before[1].json()["artists"][0]["artistname"], "The La’s");

    seconds_later(100);
    // Packets and runs are told apart by seconds.
    let since = next_second();
    execute("UPDATE artist SET name = 'The Las', last_updated = now() WHERE id = 1001;");
    for (url, before) in [&artist, &album].into_iter().zip(&before) {
        assert_eq!(
            ask(url).until(Answer::is_hit_at_the_edge).body,
            before.body,
            "nobody has looked yet"
        );
    }
    let report = invalidate();
    assert_eq!(report["refreshed"], 1, "{report}");
    seconds_later(200);

    for (url, before, name) in [
        (&artist, &before[0], "/artistname"),
        (&album, &before[1], "/artists/0/artistname"),
    ] {
        // Whose copy is found by a tag alone may be served once more, while a new answer is fetched.
        let is_new = |answer: &Answer| {
            answer.is_hit_at_the_edge() && answer.json().pointer(name) == Some(&json!("The Las"))
        };
        let after = ask(url).until(is_new);
        assert_ne!(after.header("etag"), before.header("etag"), "{url}");
    }
    let recent = |query: &str| {
        let recent = ask(url(&format!("/recent/artist{query}"))).send().json();
        (recent["limited"].clone(), recent["items"].clone())
    };
    assert_eq!(
        recent(&format!("?since={since}")),
        (json!(false), json!([THE_LAS]))
    );
    assert_eq!(
        recent(""),
        (json!(true), json!([])),
        "of two days: the record of changes began with the first run, just now"
    );
}
