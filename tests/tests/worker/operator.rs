//! What only the operator may ask: passed on with the key, answered in the origin's own words.

use linernotes_tests::{Behaviour, Reply};
use serde_json::json;

use crate::rig::{Rig, path};

const REFRESH: &str = "/artist/070d193a-845c-479f-980e-bef15710653e/refresh";
const PLAIN_JSON: (&str, &str) = ("content-type", "application/json");

fn answers(rig: &Rig, status: u16, fields: &[(&str, &str)], body: &str) {
    let fields = [&[PLAIN_JSON], fields].concat();
    rig.origin
        .behave(Behaviour::Answer(Reply::new(status, &fields, body)));
}

#[test]
fn the_key_goes_on_beside_a_signature_and_only_where_it_is_asked_for() {
    let aws = [
        ("ORIGIN_AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("ORIGIN_AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI"),
        ("ORIGIN_AWS_REGION", "eu-west-1"),
    ];
    let rig = Rig::with(&aws, &[]);
    for (method, target) in [("POST", REFRESH), ("GET", "/invalidate?since=5")] {
        answers(&rig, 200, &[], r#"{"refreshed":"changed"}"#);
        let answer = rig
            .ask(target)
            .method(method)
            .header("authorization", "Bearer k3y-of-the-operator")
            .send();
        assert_eq!(
            answer.status_and_json(),
            (200, json!({"refreshed": "changed"}))
        );
        let seen = rig.origin.take_seen();
        assert_eq!(
            (seen[0].method.as_str(), seen[0].target.as_str()),
            (method, target)
        );
        assert_eq!(
            seen[0].field("linernotes-operator-key"),
            "Bearer k3y-of-the-operator"
        );
        assert!(seen[0].field("authorization").starts_with("AWS4-HMAC"));
    }
    rig.answer("new");
    for target in [path(), "/recent/artist".to_owned()] {
        rig.ask(&target)
            .header("authorization", "Bearer k3y-of-the-operator")
            .header("linernotes-operator-key", "k3y-of-the-operator")
            .send();
        let seen = rig.origin.take_seen();
        assert_eq!(seen[0].field("linernotes-operator-key"), "", "{target}");
    }
    assert!(!rig.edge.log().contains("k3y-of-the-operator"));
}

#[test]
fn the_origin_is_told_whose_refresh_it_is_and_of_nobody_else() {
    let rig = Rig::start();
    answers(&rig, 200, &[], r#"{"refreshed":"changed"}"#);
    for (method, target, network) in [
        ("POST", REFRESH.to_owned(), "2001:db8:1:2::"),
        ("GET", path(), ""),
        ("GET", "/recent/artist".to_owned(), ""),
    ] {
        rig.ask(&target)
            .method(method)
            .header("cf-connecting-ip", "2001:db8:1:2:3:4:5:6")
            .header("linernotes-client", "192.0.2.1")
            .send();
        let seen = rig.origin.take_seen();
        assert_eq!(seen[0].field("linernotes-client"), network, "{target}");
    }
}

#[test]
fn a_refusal_of_the_origins_reaches_the_operator() {
    let rig = Rig::start();
    let invalidate = ("GET", "/invalidate");
    let refresh = ("POST", REFRESH);
    for ((method, target), status, field, value) in [
        (refresh, 401, "www-authenticate", "Bearer"),
        (invalidate, 401, "www-authenticate", "Bearer"),
        (invalidate, 409, "retry-after", "30"),
        (refresh, 429, "retry-after", "600"),
        (refresh, 404, "retry-after", "5"),
    ] {
        let error = json!({"error": "the origin's reason"});
        let own = [(field, value), ("cache-control", "no-store")];
        answers(&rig, status, &own, &error.to_string());
        let answer = rig.ask(target).method(method).send();
        assert_eq!(answer.status_and_json(), (status, error), "{target}");
        assert_eq!(answer.header(field), value, "{target} {status}");
    }
}

#[test]
fn what_is_no_answer_of_the_origins_is_trouble_here_too() {
    let rig = Rig::start();
    for (status, fields) in [
        // About the edge's own key.
        (401, &[][..]),
        (403, &[("www-authenticate", "Bearer")]),
        (302, &[("location", "https://elsewhere.example/")]),
        (409, &[]),
    ] {
        answers(&rig, status, fields, "{}");
        let answer = rig.ask(REFRESH).method("POST").send();
        assert_eq!(answer.status, 503, "{status}");
        assert_eq!(answer.header("location"), "");
    }
    // Without repeating it: it may have been done.
    answers(&rig, 502, &[], "{}");
    rig.origin.take_seen();
    assert_eq!(rig.ask(REFRESH).method("POST").send().status, 503);
    assert_eq!(rig.origin.take_seen().len(), 1);
}

#[test]
fn refusals_of_those_who_refresh_too_often_spare_others() {
    let rig = Rig::start();
    answers(&rig, 429, &[("retry-after", "600")], "{}");
    for _ in 0..20 {
        assert_eq!(rig.ask(REFRESH).method("POST").send().status, 429);
    }
    rig.answer("new");
    assert_eq!(rig.get(&path()).status, 200);
}
