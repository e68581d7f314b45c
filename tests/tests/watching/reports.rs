use std::time::{Duration, Instant};

use linernotes_dev::run::Origin;
use linernotes_tests::{Behaviour, Reply, Seen, Stub, prepared};
use serde_json::Value;

/// The reports that a Sentry has got, once there is one.
fn reports(sentry: &Stub) -> Vec<Seen> {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let seen = sentry.take_seen();
        if !seen.is_empty() {
            return seen;
        }
        assert!(Instant::now() < deadline, "no report");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn an_error_is_reported_to_a_sentry_without_a_key_or_address() {
    let folder = tempfile::tempdir().unwrap();
    let sentry = Stub::start(Behaviour::Answer(Reply::new(
        200,
        &[("content-type", "application/json")],
        "{}",
    )));
    let dsn = sentry.url().replace("http://", "http://publickey@") + "/42";
    let settings = [
        ("LINERNOTES_PROFILE", "test".to_owned()),
        ("LINERNOTES_TELEMETRY__SENTRY_DSN", dsn),
        // Nobody is there.
        (
            "LINERNOTES_DATABASE__URL",
            "postgres://me:5ecret@127.0.0.1:1/x".to_owned(),
        ),
    ];
    let origin = Origin::start(&prepared().origin, folder.path(), &settings).unwrap();
    let [report] = &reports(&sentry)[..] else {
        panic!("one report");
    };
    assert_eq!(
        (
            &*report.method,
            &*report.target,
            report.field("content-type")
        ),
        ("POST", "/api/42/envelope/", "application/x-sentry-envelope")
    );
    let auth = report.field("x-sentry-auth");
    assert!(auth.contains("sentry_key=publickey"), "{auth}");

    let body = std::str::from_utf8(&report.body).unwrap();
    let lines: Vec<Value> = body
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let [envelope, item, event] = &lines[..] else {
        panic!("{body}");
    };
    assert_eq!(item["type"], "event");
    assert_eq!(
        envelope["event_id"].as_str().unwrap().replace('-', ""),
        event["event_id"].as_str().unwrap()
    );
    let told = ["message", "environment", "platform", "logger"].map(|name| event[name].clone());
    assert_eq!(
        told,
        [
            "catalogue unavailable: only kept answers can be served",
            "test",
            "native",
            "linernotes_origin::service"
        ]
    );
    let release = concat!("linernotes@", env!("CARGO_PKG_VERSION"));
    assert_eq!(event["release"], release);
    for private in ["user", "request", "server_name", "breadcrumbs"] {
        assert!(event[private].is_null(), "{event}");
    }
    assert!(!body.contains("5ecret"), "{body}");
    // The same again within a minute is no news.
    std::thread::sleep(Duration::from_millis(2_500));
    assert_eq!(sentry.take_seen(), []);
    assert!(origin.log().matches("catalogue unavailable").count() > 1);
    assert!(!origin.log().contains("publickey"));
}
