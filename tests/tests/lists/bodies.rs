//! What is sent along: its length, its form, and what is told if either is wrong.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::json;

use super::*;

fn lookup(subject: &Subject, body: impl Into<Vec<u8>>) -> Answer {
    subject.ask("/spotify/lookup").post(body).send()
}

#[test]
fn a_body_must_be_a_list_of_texts() {
    let subject = Subject::with(&[]);
    for (body, place) in [
        ("[", "line 1, column 1"),
        ("{}", "line 1, column 0"),
        ("[1]", "line 1, column 2"),
        ("[\"a\",\n {}]", "line 2, column 1"),
        ("[] []", "line 1, column 4"),
        ("null", "line 1, column 4"),
    ] {
        let told =
            format!("body: must be a JSON list of Spotify ids, as texts; it isn't at {place}");
        assert_eq!(
            lookup(&subject, body).status_and_json(),
            (400, json!({"error": told})),
            "{body}"
        );
    }
    assert_eq!(lookup(&subject, &b"[\"\xff\"]"[..]).status, 400);
    let without = subject.ask("/spotify/lookup").method("POST").send();
    assert_eq!(without.status, 400, "{}", without.text());
    assert_eq!(lookup(&subject, "[]").status_and_json(), (200, json!([])));
}

#[test]
fn a_body_may_have_a_thousand_ids_and_no_more_bytes_than_those_take() {
    let subject = Subject::with(&[]);
    let ids = |count: usize| -> String {
        let ids: Vec<String> = (0..count).map(|number| format!("{number:022}")).collect();
        serde_json::to_string_pretty(&ids).unwrap()
    };
    let most = lookup(&subject, ids(1_000));
    assert_eq!(most.status, 200);
    assert_eq!(most.json().as_array().unwrap().len(), 1_000);
    assert_eq!(
        lookup(&subject, ids(1_001)).status_and_json(),
        (
            400,
            json!({"error": "body: must be a list of at most 1000 Spotify ids"})
        )
    );
    // A body that is too long isn't waited for if its length is told, and else read no further.
    let too_long = |header: &str, body: &[u8]| {
        let head = format!(
            "POST /spotify/lookup HTTP/1.1\r\nHost: x\r\n{header}\r\nConnection: close\r\n\r\n"
        );
        let address = subject.origin.url().strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut answer = String::new();
        // What is left of the body when the answer comes may end the connection, after it.
        let _ = stream.read_to_string(&mut answer);
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
        assert!(
            answer.ends_with(r#"{"error":"body: must be at most 128000 bytes"}"#),
            "{answer}"
        );
    };
    too_long("Content-Length: 128001", b"");
    let chunk = format!("1f401\r\n{}\r\n", " ".repeat(128_001));
    too_long("Transfer-Encoding: chunked", chunk.as_bytes());
}

#[test]
fn methods_are_those_of_the_route() {
    let subject = Subject::with(&[]);
    for (method, path, allowed) in [
        ("GET", "/spotify/lookup", "POST"),
        (
            "POST",
            "/spotify/artist/4dpARuHxo51G3z768sgnrY",
            "GET, HEAD",
        ),
        (
            "POST",
            "/series/1e0f9904-ccee-480b-84b7-60f80916ae5b",
            "GET, HEAD",
        ),
        ("PUT", "/chart/itunes/album/top", "GET, HEAD"),
    ] {
        let answer = subject.ask(path).method(method).send();
        assert_eq!(
            (answer.status, answer.header("allow")),
            (405, allowed),
            "{method} {path}"
        );
        assert!(answer.json()["error"].is_string());
    }
}
