//! Bodies of requests.

use linernotes_tests::{Behaviour, Reply};
use serde_json::json;

use crate::rig::Rig;

const FINGERPRINT: &str = "/search/fingerprint";

#[test]
fn a_list_of_ids_is_passed_on_and_its_answer_is_never_kept() {
    let rig = Rig::start();
    let found = Reply::new(200, &[("content-type", "application/json")], "[]");
    rig.origin.behave(Behaviour::Answer(found));
    let ids = vec!["070d193a-845c-479f-980e-bef15710653e"; 1_000];
    let body = serde_json::to_string_pretty(&ids).unwrap();
    for _ in 0..2 {
        let answer = rig
            .ask(FINGERPRINT)
            .post(body.clone())
            .header("content-type", "application/json; charset=utf-8")
            .send();
        assert_eq!(answer.status_and_json(), (200, json!([])));
        let seen = rig.origin.take_seen();
        assert_eq!(seen.len(), 1);
        assert_eq!(
            (seen[0].method.as_str(), seen[0].target.as_str()),
            ("POST", FINGERPRINT)
        );
        assert_eq!(seen[0].field("content-type"), "application/json");
        assert_eq!(seen[0].body, body.as_bytes());
    }
    // A POST isn't repeated: it may have been carried out.
    rig.origin.behave(Behaviour::CutOff(Reply::new(
        200,
        &[("content-type", "application/json")],
        "[1,2,3]",
    )));
    let answer = rig.ask(FINGERPRINT).post("[]").send();
    assert_eq!(answer.status, 503);
    assert_eq!(rig.origin.take_seen().len(), 1);
}

#[test]
fn other_bodies_get_no_further() {
    let rig = Rig::start();
    for (content_type, body, status, field) in [
        ("text/plain", "[]".to_owned(), 415, "content-type"),
        ("application/json", "{}".to_owned(), 400, "body"),
        ("application/json", "[1]".to_owned(), 400, "body"),
        ("application/json", "[[]]".to_owned(), 400, "body"),
        (
            "application/json",
            json!(vec!["x"; 1_001]).to_string(),
            413,
            "body",
        ),
        (
            "application/json",
            format!("[\"{}\"]", "x".repeat(70_000)),
            413,
            "body",
        ),
    ] {
        let answer = rig
            .ask(FINGERPRINT)
            .method("POST")
            .header("content-type", content_type)
            .body(body)
            .send();
        assert_eq!(answer.status, status, "{}", answer.text());
        let error = answer.json()["error"].take();
        assert!(error.as_str().unwrap().starts_with(field), "{error}");
    }
    assert_eq!(rig.origin.take_seen().len(), 0);
}
