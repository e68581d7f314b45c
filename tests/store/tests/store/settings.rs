//! Settings that can't be used are refused at start, by the variable's name.

use std::process::Command;

use linernotes_tests::prepared;

/// What the program says with these settings.
fn refusal(settings: &[(&str, &str)]) -> String {
    let output = Command::new(prepared().origin)
        .arg("serve")
        .env_remove("AWS_REGION")
        .env("LINERNOTES_STORE__KIND", "dynamodb")
        .envs(settings.iter().copied())
        .output()
        .unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn each_setting_of_the_store_has_its_message() {
    const REGION: (&str, &str) = ("LINERNOTES_STORE__REGION", "eu-west-1");
    let said = |setting| refusal(&[REGION, setting]);
    assert_eq!(
        refusal(&[]),
        "linernotes: configuration: LINERNOTES_STORE__REGION: needed, as AWS_REGION isn't set\n"
    );
    assert_eq!(
        said(("LINERNOTES_STORE__TABLE", "a/b")),
        "linernotes: configuration: LINERNOTES_STORE__TABLE: must be 3 to 255 of the characters a-z A-Z 0-9 _ . -\n"
    );
    assert_eq!(
        said(("LINERNOTES_STORE__TIMEOUT_MS", "10")),
        "linernotes: configuration: LINERNOTES_STORE__TIMEOUT_MS: must be at least \
         LINERNOTES_STORE__ATTEMPT_TIMEOUT_MS\n"
    );
    let endpoint = said(("LINERNOTES_STORE__ENDPOINT", "http://me:SECRET@localhost"));
    assert_eq!(
        endpoint,
        "linernotes: configuration: LINERNOTES_STORE__ENDPOINT: must be an http:// or https:// URL without user or \
         password\n"
    );
    let kind = said(("LINERNOTES_STORE__KIND", "redis"));
    assert!(
        kind.starts_with("linernotes: configuration: LINERNOTES_STORE__KIND: unknown variant"),
        "{kind}"
    );
}

#[test]
fn counting_together_needs_a_table() {
    assert_eq!(
        refusal(&[
            ("LINERNOTES_STORE__KIND", "embedded"),
            ("LINERNOTES_LIMITER", "shared"),
        ]),
        "linernotes: configuration: LINERNOTES_LIMITER: shared needs LINERNOTES_STORE__KIND=dynamodb, whose table it \
         counts in\n"
    );
}
