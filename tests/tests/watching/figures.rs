use std::time::{Duration, Instant};

use linernotes_tests::{System, ask};

use crate::{ARTIST, KEY};

#[test]
fn prometheus_reads_what_happened_and_nothing_of_who_asked_for_what() {
    let system = System::with(&[("LINERNOTES_OPERATOR_KEY", KEY)]);
    let at_origin = |path: &str| format!("{}{path}", system.origin.url());
    for path in [
        format!("/artist/{ARTIST}"),
        format!("/artist/{ARTIST}"),
        "/artist/11111111-1111-4111-8111-111111111111".to_owned(),
        "/nowhere".to_owned(),
    ] {
        ask(at_origin(&path)).send();
    }
    let answer = ask(at_origin("/metrics"))
        .header("authorization", format!("Bearer {KEY}"))
        .send();
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, "text/plain; version=0.0.4; charset=utf-8")
    );
    let text = String::from_utf8(answer.body).unwrap();
    for line in [
        "linernotes_request_duration_seconds_count{route=\"artist\",status=\"2xx\"} 2",
        "linernotes_request_duration_seconds_count{route=\"artist\",status=\"4xx\"} 1",
        "linernotes_request_duration_seconds_count{route=\"refused\",status=\"4xx\"} 1",
        "linernotes_answers_total{of=\"artist\",tier=\"built\"} 2",
        "linernotes_answers_total{of=\"artist\",tier=\"memory\"} 1",
        "linernotes_answer_duration_seconds_count{tier=\"built\"} 2",
        "linernotes_requests_in_flight 0",
    ] {
        assert!(text.lines().any(|told| told == line), "{line} in\n{text}");
    }
    for name in [
        "linernotes_store_operation_duration_seconds_count{operation=\"put\",outcome=\"ok\"} ",
        "linernotes_replication_last_packet_timestamp_seconds ",
        "linernotes_provider_left_alone{",
        "linernotes_build_info{version=",
        "linernotes_store_reads_total ",
    ] {
        assert!(text.contains(name), "{name} in\n{text}");
    }
    assert!(
        !text.contains(ARTIST) && !text.contains("11111111"),
        "{text}"
    );
}

/// A request from this machine proves nothing: a tunnel's does come from there too.
#[test]
fn figures_are_the_operators_alone_and_nothing_of_the_edges() {
    let system = System::with(&[("LINERNOTES_OPERATOR_KEY", KEY)]);
    let metrics = format!("{}/metrics", system.origin.url());
    assert_eq!(ask(&*metrics).send().status, 401);
    let wrong = ask(&*metrics).header("authorization", "Bearer a-key-of-some-lengti");
    assert_eq!(wrong.send().status, 401);
    let posted = ask(&*metrics).post(b"{}").send();
    assert_eq!((posted.status, posted.header("allow")), (405, "GET, HEAD"));
    let at_edge = ask(system.url("/metrics")).header("authorization", format!("Bearer {KEY}"));
    assert_eq!(at_edge.send().status, 404);
}

#[test]
fn without_an_operators_key_nobody_reads_figures() {
    let system = System::start();
    let answer = ask(format!("{}/metrics", system.origin.url())).send();
    assert_eq!(answer.status, 401);
}

#[test]
fn a_clients_request_id_is_in_the_lines_of_both_sides() {
    const ID: &str = "from-a-client-1";
    let system = System::with(&[("LINERNOTES_LOG", "json")]);
    let answer = ask(system.url(&format!("/api/v0.4/artist/{ARTIST}")))
        .header("x-request-id", ID)
        .send();
    assert_eq!((answer.status, answer.header("x-request-id")), (200, ID));
    let find = |log: &str| -> Option<serde_json::Value> {
        log.lines()
            .filter(|line| line.contains("answered") && line.contains(ID))
            .find_map(|line| serde_json::from_str(&line[line.find('{')?..]).ok())
    };
    // A line may come after the answer that it is of.
    let line = |log: &dyn Fn() -> String| {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let log = log();
            if let Some(line) = find(&log) {
                return line;
            }
            assert!(Instant::now() < deadline, "no line with {ID} in\n{log}");
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    let origin = line(&|| system.origin.log());
    let edge = line(&|| system.edge.log());
    assert_eq!(
        (&origin["request_id"], &origin["route"], &origin["status"]),
        (&ID.into(), &"artist".into(), &200.into())
    );
    assert_eq!(
        (&edge["request_id"], &edge["status"]),
        (&ID.into(), &200.into())
    );
}
