//! How the origin knows that it is the edge that asks.

use crate::rig::{Rig, path};

#[test]
fn a_self_hosted_origin_is_told_the_key() {
    let rig = Rig::with(&[("ORIGIN_KEY", "between-us")], &[]);
    rig.answer("new");
    let answer = rig.get(&path());
    assert_eq!(answer.status, 200);
    assert_eq!(
        rig.origin.take_seen()[0].field("linernotes-key"),
        "between-us"
    );
    assert!(!format!("{:?}", answer.headers).contains("between-us"));
    assert!(!rig.edge.log().contains("between-us"));
}

#[test]
fn a_function_url_is_asked_with_a_signature() {
    let rig = Rig::with(
        &[
            ("ORIGIN_AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("ORIGIN_AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI"),
            ("ORIGIN_AWS_REGION", "eu-west-1"),
        ],
        &[],
    );
    rig.answer("new");
    assert_eq!(rig.get(&path()).status, 200);
    let seen = rig.origin.take_seen();
    let time = seen[0].field("x-amz-date");
    assert_eq!(
        (time.len(), &time[8..9], &time[15..]),
        (16, "T", "Z"),
        "{time}"
    );
    assert_eq!(
        seen[0].field("x-amz-content-sha256"),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    let expected = format!(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{}/eu-west-1/lambda/aws4_request, \
         SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=",
        &time[..8]
    );
    let authorization = seen[0].field("authorization");
    assert!(authorization.starts_with(&expected), "{authorization}");
    assert!(!rig.edge.log().contains("wJalrXUtnFEMI"));
}

#[test]
fn a_setting_that_cant_be_used_is_named_in_the_log_alone() {
    let rig = Rig::with(&[("ORIGIN_URL", "https://user:hush@origin.example")], &[]);
    let answer = rig.get(&path());
    assert_eq!(answer.status, 503);
    let log = rig.edge.log();
    assert!(log.contains("ORIGIN_URL: must be"), "{log}");
    assert!(!(log + &answer.text()).contains("hush"));
}
