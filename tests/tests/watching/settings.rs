use serde_json::{Value, json};

use crate::linernotes;

fn set(name: &'static str, value: &str) -> (&'static str, String) {
    (name, value.to_owned())
}

#[test]
fn every_problem_is_told_at_once_and_no_secret() {
    let told = linernotes(
        &["config"],
        &[
            set("LINERNOTES_PROFILE", "production"),
            set("LINERNOTES_CACHE__FRESH_SECOND", "60"),
            set("LINERNOTES_DATABASE__CONNECTIONS", "many"),
            set("LINERNOTES_STORE__MEMORY_MIB", "-1"),
            set("LINERNOTES_OPERATOR_KEY", "5ecret"),
            set("LINERNOTES_TELEMETRY__SENTRY_DSN", "https://5ecret"),
            set("LINERNOTES_WHATEVER", "5ecret"),
        ],
    );
    let said = String::from_utf8(told.stderr).unwrap();
    assert!(!told.status.success() && told.stdout.is_empty());
    let said = said
        .trim()
        .strip_prefix("linernotes: configuration: ")
        .unwrap();
    assert_eq!(
        said.split("; ").collect::<Vec<_>>(),
        [
            "LINERNOTES_CACHE__FRESH_SECOND: there is no such setting",
            "did you mean LINERNOTES_CACHE__FRESH_SECONDS?",
            "LINERNOTES_WHATEVER: there is no such setting",
            "LINERNOTES_DATABASE__CONNECTIONS: invalid type: found string \"many\", expected usize",
            "LINERNOTES_STORE__MEMORY_MIB: invalid value signed int `-1`, expected u64",
            "LINERNOTES_TELEMETRY__SENTRY_DSN: must be a DSN such as https://key@sentry.example.org/1",
            "LINERNOTES_CONTACT: needed in production: a URL or an e-mail address, by which providers can turn to you",
            "LINERNOTES_OPERATOR_KEY: must have 16 characters or more in production, e.g. of `openssl rand -hex 24`",
        ]
    );
}

#[test]
fn what_holds_is_shown_with_where_it_comes_from() {
    let settings = [
        set("LINERNOTES_DATABASE__URL", "postgres://me:5ecret@db/x"),
        set("LINERNOTES_OPERATOR_KEY", ""),
        set("LINERNOTES_CONTACT", "12345"),
        set("LINERNOTES_PROVIDERS__FANART__API_KEY", "0042"),
    ];
    let told = linernotes(&["config", "--json", "--lambda"], &settings);
    assert!(told.status.success());
    let text = String::from_utf8(told.stdout).unwrap();
    assert!(!text.contains("5ecret") && !text.contains("0042"), "{text}");
    let rows: Vec<Value> = serde_json::from_str(&text).unwrap();
    let row = |variable: &str| {
        let row = rows.iter().find(|row| row["variable"] == variable);
        row.map(|row| json!([row["value"], row["from"]]))
            .unwrap_or_default()
    };
    for (variable, shown) in [
        ("LINERNOTES_DATABASE__URL", json!(["set", "environment"])),
        ("LINERNOTES_OPERATOR_KEY", json!(["not set", "default"])),
        ("LINERNOTES_ORIGIN_KEY", json!(["not set", "default"])),
        ("LINERNOTES_CONTACT", json!(["12345", "environment"])),
        (
            "LINERNOTES_PROVIDERS__FANART__API_KEY",
            json!(["set", "environment"]),
        ),
        ("LINERNOTES_CRAWLER__TIMERS", json!([false, "profile"])),
        ("LINERNOTES_DATABASE__CONNECTIONS", json!([2, "default"])),
        ("LINERNOTES_PROVIDERS__LASTFM__API_KEY", Value::Null),
    ] {
        assert_eq!(row(variable), shown, "{variable}");
    }

    let told = linernotes(&["config"], &settings);
    let text = String::from_utf8(told.stdout).unwrap();
    let line = "LINERNOTES_PROVIDERS__FANART__API_KEY            environment set";
    assert!(text.lines().any(|told| told == line), "{text}");
}

#[test]
fn an_empty_variable_sets_nothing() {
    let empty = [
        set("LINERNOTES_DATABASE__URL", ""),
        set("LINERNOTES_DATABASE__CONNECTIONS", " "),
        set("LINERNOTES_SEARCH__DATABASE_URL", ""),
        set("LINERNOTES_PROVIDERS__FANART__API_KEY", ""),
        set("LINERNOTES_TELEMETRY__SENTRY_DSN", ""),
        set("LINERNOTES_PURGE__EDGE_KEY", ""),
        set("LINERNOTES_PURGE__PUBLIC_URLS", ""),
    ];
    let told = linernotes(&["config", "--json"], &empty);
    let said = String::from_utf8_lossy(&told.stderr);
    assert!(told.status.success(), "{said}");
    let rows: Vec<Value> = serde_json::from_slice(&told.stdout).unwrap();
    let given: Vec<&str> = rows
        .iter()
        .filter(|row| row["from"] == "environment")
        .filter_map(|row| row["variable"].as_str())
        .filter(|variable| empty.iter().any(|(name, _)| name == variable))
        .collect();
    assert!(given.is_empty(), "{given:?}");

    let told = linernotes(
        &["config"],
        &[
            set("LINERNOTES_PURGE__EDGE_URL", "https://music.example"),
            set("LINERNOTES_PURGE__EDGE_KEY", ""),
            set("LINERNOTES_WHATEVER", ""),
        ],
    );
    assert_eq!(
        String::from_utf8(told.stderr).unwrap(),
        "linernotes: configuration: LINERNOTES_WHATEVER: there is no such setting; LINERNOTES_PURGE__EDGE_KEY: needed with \
         LINERNOTES_PURGE__EDGE_URL\n"
    );
}

#[test]
fn a_list_has_commas_between_with_brackets_or_without() {
    let addresses = json!(["https://a.example", "https://b.example/music"]);
    for (text, list) in [
        (
            "https://a.example, https://b.example/music",
            addresses.clone(),
        ),
        (
            r#"["https://a.example", "https://b.example/music"]"#,
            addresses,
        ),
        ("https://a.example", json!(["https://a.example"])),
        ("[]", json!([])),
    ] {
        let told = linernotes(
            &["config", "--json"],
            &[set("LINERNOTES_PURGE__PUBLIC_URLS", text)],
        );
        let said = String::from_utf8_lossy(&told.stderr);
        assert!(told.status.success(), "{text}: {said}");
        let rows: Vec<Value> = serde_json::from_slice(&told.stdout).unwrap();
        let urls = rows
            .iter()
            .find(|row| row["variable"] == "LINERNOTES_PURGE__PUBLIC_URLS");
        assert_eq!(urls.unwrap()["value"], list, "{text}");
    }
}
