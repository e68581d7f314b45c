use insta::assert_snapshot;
use linernotes_dev::run::{Edge, Origin, Replica, index_for_search};
use linernotes_dev::setup::MusicBrainzSchema;
use linernotes_tests::providers::{Mode, Provider, ProviderStub};
use linernotes_tests::{Behaviour, Reply, Stub, prepared, replica};
use serde_json::Value;

use crate::{KEY, linernotes};

/// What the doctor says but of the replica and the store, and its exit code.
fn said(settings: &[(&str, String)]) -> String {
    let output = linernotes(&["doctor"], settings);
    let said = String::from_utf8(output.stdout).unwrap();
    let of_others = |line: &&str| {
        let others = ["provider", "edge", "purge", "Cloudflare", "profile", "→"];
        others.iter().any(|word| line.contains(word)) && !line.contains("linernotes ")
    };
    let said: Vec<&str> = said
        .lines()
        .filter(|line| !line.contains(" is off: "))
        .filter(of_others)
        .collect();
    format!(
        "{}\nexit code {}",
        said.join("\n"),
        output.status.code().unwrap()
    )
}

#[test]
fn with_all_parts_in_health_everything_is_ok() {
    let (postgres, folder) = replica(Replica::Real(MusicBrainzSchema::V31));
    let database = ("LINERNOTES_DATABASE__URL", postgres.url());
    let prepared = prepared();
    index_for_search(&prepared.origin, &postgres.url()).unwrap();
    let origin = Origin::start(
        &prepared.origin,
        folder.path(),
        std::slice::from_ref(&database),
    )
    .unwrap();
    let variables = [
        ("ORIGIN_URL", origin.url().to_owned()),
        ("PURGE_KEY", KEY.to_owned()),
    ];
    let edge = Edge::start(&prepared.worker, 0, folder.path(), &variables).unwrap();
    let fanart = ProviderStub::start(Provider::FanArt);
    let mut settings = vec![
        database,
        ("LINERNOTES_PURGE__EDGE_URL", edge.url().to_owned()),
        ("LINERNOTES_PURGE__EDGE_KEY", KEY.to_owned()),
        ("LINERNOTES_PROVIDERS__FANART__URL", fanart.url.clone()),
        ("LINERNOTES_PROVIDERS__FANART__API_KEY", "k".to_owned()),
    ];
    fanart.set(
        "/v3/music/",
        200,
        serde_json::json!({"artistthumb": [{"id": "1", "url": "https://assets.fanart.tv/fanart/a.jpg", "likes": "1"}]}),
    );
    assert_snapshot!("healthy", said(&settings));
    let json = linernotes(&["doctor", "--json"], &settings).stdout;
    let findings: Vec<Value> = serde_json::from_slice(&json).unwrap();
    let clock = "the clock here agrees with the replica's";
    let finding = findings.iter().find(|finding| finding["what"] == clock);
    assert_eq!(
        finding,
        Some(&serde_json::json!({"verdict": "ok", "what": clock, "fix": null}))
    );

    // A key that isn't the worker's, and a provider out of order.
    settings[2].1 = "another-key-of-some-length".to_owned();
    fanart.behave(Mode::ServerError);
    assert_snapshot!("trouble", said(&settings));
}

#[test]
fn wrong_keys_and_a_wrong_clock_are_broken() {
    let refusing = |status, body: &str| {
        let json = [("content-type", "application/json")];
        let long_ago = "Sun, 06 Nov 1994 08:49:37 GMT";
        Stub::start(Behaviour::Answer(
            Reply::new(status, &json, body).with("date", long_ago),
        ))
    };
    let (fanart, edge) = (refusing(401, "{}"), refusing(200, "{}"));
    let cloudflare = refusing(
        403,
        r#"{"success": false, "errors": [{"code": 10000, "message": "Authentication error"}]}"#,
    );
    let settings = [
        (
            "LINERNOTES_DATABASE__URL",
            "postgres://x@127.0.0.1:1/x".to_owned(),
        ),
        ("LINERNOTES_PURGE__EDGE_URL", edge.url()),
        ("LINERNOTES_PURGE__EDGE_KEY", KEY.to_owned()),
        ("LINERNOTES_PURGE__CLOUDFLARE_URL", cloudflare.url()),
        ("LINERNOTES_PURGE__CLOUDFLARE_ZONE", "zone".to_owned()),
        ("LINERNOTES_PURGE__CLOUDFLARE_TOKEN", "5ecret".to_owned()),
        ("LINERNOTES_PROVIDERS__FANART__URL", fanart.url()),
        ("LINERNOTES_PROVIDERS__FANART__API_KEY", "5ecret".to_owned()),
        // Nobody is there.
        (
            "LINERNOTES_PROVIDERS__APPLE__URL",
            "http://127.0.0.1:1".to_owned(),
        ),
    ];
    let said = said(&settings);
    assert!(!said.contains("5ecret"), "{said}");
    // How long ago that was is told, and changes.
    let said: Vec<String> = said
        .lines()
        .map(|line| match line.split_once(" s ahead of ") {
            Some((_, rest)) => format!("broken   the clock here is … s ahead of {rest}"),
            None => line.to_owned(),
        })
        .collect();
    assert_snapshot!("wrong-keys", said.join("\n"));
}
