use std::time::{Duration, Instant};

use linernotes_dev::run::{Origin, Replica};
use linernotes_tests::{Behaviour, Reply, Seen, Stub, ask, prepared, replica};
use serde_json::{Value, json};

use super::{ARTIST, linernotes};

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

/// One, and the DSN that names it.
fn sentry() -> (Stub, String) {
    let sentry = Stub::start(Behaviour::Answer(Reply::new(
        200,
        &[("content-type", "application/json")],
        "{}",
    )));
    let dsn = sentry.url().replace("http://", "http://publickey@") + "/42";
    (sentry, dsn)
}

/// The event in a report.
fn event(report: &Seen) -> Value {
    let body = std::str::from_utf8(&report.body).unwrap();
    serde_json::from_str(body.lines().last().unwrap()).unwrap()
}

#[test]
fn an_error_is_reported_to_a_sentry_without_a_key_or_address() {
    let folder = tempfile::tempdir().unwrap();
    let (sentry, dsn) = sentry();
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
            "linernotes_origin::catalogue"
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

#[test]
fn a_replica_that_is_lost_while_the_service_runs_is_reported_once() {
    let (mut cluster, folder) = replica(Replica::Compact);
    let (sentry, dsn) = sentry();
    let settings = [
        ("LINERNOTES_PROFILE", "test".to_owned()),
        ("LINERNOTES_TELEMETRY__SENTRY_DSN", dsn),
        ("LINERNOTES_DATABASE__URL", cluster.url()),
    ];
    let origin = Origin::start(&prepared().origin, folder.path(), &settings).unwrap();
    let get = |path: &str| ask(format!("{}{path}", origin.url())).send().status;
    assert_eq!(get(&format!("/artist/{ARTIST}")), 200);
    // The start's own look has ended, so that only what is asked from now on meets the trouble.
    while !origin.log().contains("catalogue reached") {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(sentry.take_seen(), [], "all is well");

    cluster.stop();
    for last in 0..3 {
        let never_asked = format!("/artist/66c66aaa-6e2f-4930-8610-912e24c63ed{last}");
        assert_eq!(get(&never_asked), 503);
    }
    let reports = reports(&sentry);
    let [report] = &reports[..] else {
        panic!("one report: {reports:?}");
    };
    let event = event(report);
    assert_eq!(
        event["message"],
        "catalogue unavailable: only kept answers can be served"
    );
    let error = event["extra"]["error"].as_str().unwrap();
    assert!(
        error.starts_with("no connection to the database"),
        "{error}"
    );
    assert_eq!(sentry.take_seen(), []);
}

#[test]
fn a_crawl_that_is_broken_off_is_reported_before_its_command_ends() {
    let (sentry, dsn) = sentry();
    let settings = [
        ("LINERNOTES_TELEMETRY__SENTRY_DSN", dsn),
        // Nobody is there.
        (
            "LINERNOTES_DATABASE__URL",
            "postgres://me:5ecret@127.0.0.1:1/x".to_owned(),
        ),
        ("LINERNOTES_STORE__PATH", "store".to_owned()),
    ];
    let run = linernotes(&["crawl", "invalidate"], &settings);
    assert!(!run.status.success());
    let seen = sentry.take_seen();
    let told: Vec<Value> = seen
        .iter()
        .map(event)
        .map(|event| json!([event["message"], event["tags"]]))
        .collect();
    assert_eq!(
        told,
        [
            json!([
                "catalogue unavailable: only kept answers can be served",
                null
            ]),
            json!([
                "crawl broken off; the next one goes on from there",
                {"task": "invalidate"}
            ]),
        ]
    );
}
