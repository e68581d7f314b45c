//! Pictures of the art hosts.

use linernotes_tests::{Behaviour, Reply, Stub};
use serde_json::json;

use crate::rig::{DAY, HOUR, Rig};

const PICTURE: &str = "/images/cover-art-archive/release/x/1-1200.jpg";

fn picture() -> Reply {
    let fields = [
        ("content-type", "image/jpeg"),
        ("etag", "\"p\""),
        ("last-modified", "Fri, 01 Aug 2025 00:00:00 GMT"),
        ("set-cookie", "a=b"),
    ];
    Reply::new(200, &fields, vec![0xff; 100_000])
}

fn rig(art: &Stub) -> Rig {
    let options: Vec<String> = [
        "assets.fanart.tv",
        "r2.theaudiodb.com",
        "coverartarchive.org",
        "archive.org",
        "ia800100.us.archive.org",
        "evil.example",
    ]
    .iter()
    .flat_map(|host| ["--host".to_owned(), format!("{host}={}", art.url())])
    .collect();
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    Rig::with(&[("CONTACT", "ops@music.example")], &options)
}

#[test]
fn a_picture_comes_whole_with_its_length_and_is_kept() {
    let art = Stub::start(Behaviour::Answer(picture()));
    let rig = rig(&art);
    let head = rig.ask(PICTURE).method("HEAD").send();
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), "100000");
    let seen = art.take_seen();
    assert_eq!(
        (seen[0].method.as_str(), seen[0].target.as_str()),
        ("HEAD", "/release/x/1-1200.jpg")
    );
    assert_eq!(seen[0].field("x-asked-host"), "coverartarchive.org");
    let user_agent = seen[0].field("user-agent");
    assert!(
        user_agent.starts_with("linernotes-edge/") && user_agent.ends_with(" (ops@music.example)"),
        "{user_agent}"
    );

    let miss = rig.get(PICTURE);
    assert_eq!((miss.status, miss.body.len()), (200, 100_000));
    for (name, value) in [
        ("content-length", "100000"),
        ("content-type", "image/jpeg"),
        ("cache-control", "public, max-age=31536000, immutable"),
        ("access-control-allow-origin", "*"),
        ("x-content-type-options", "nosniff"),
        ("etag", "\"p\""),
        ("last-modified", "Fri, 01 Aug 2025 00:00:00 GMT"),
        ("set-cookie", ""),
        ("vary", ""),
        ("x-request-id", ""),
    ] {
        assert_eq!(miss.header(name), value, "{name}");
    }
    let is_hit = |answer: &linernotes_tests::Answer| answer.header("cache-status").contains("hit");
    rig.get_until(PICTURE, is_hit);
    rig.pass(HOUR);
    let hit = rig.get(PICTURE);
    let age: u64 = hit.header("age").parse().unwrap();
    assert!((HOUR..HOUR + 60).contains(&age), "{age}");
    let ttl = format!("linernotes-edge; hit; ttl={}", 31_536_000 - age);
    assert_eq!(hit.header("cache-status"), ttl);
    assert_eq!(
        (&hit.body, hit.header("content-length")),
        (&miss.body, "100000")
    );
    art.refuse();
    let head = rig.ask(PICTURE).method("HEAD").send();
    assert_eq!(head.header("content-length"), "100000", "from the copy");
    let known = rig.ask(PICTURE).header("if-none-match", "\"p\"").send();
    assert_eq!((known.status, known.body.len()), (304, 0));
}

#[test]
fn the_cover_that_is_chosen_now_is_kept_for_a_day() {
    const CHOSEN: &str = "/images/cover-art-archive/release-group/x/front-250";
    let art = Stub::start(Behaviour::Answer(picture()));
    let rig = rig(&art);
    let is_hit = |answer: &linernotes_tests::Answer| answer.header("cache-status").contains("hit");
    for answer in [rig.get(CHOSEN), rig.get_until(CHOSEN, is_hit)] {
        assert_eq!(answer.header("cache-control"), "public, max-age=86400");
        assert_eq!(answer.body.len(), 100_000);
    }
    rig.pass(HOUR);
    let hit = rig.get(CHOSEN);
    let age: u64 = hit.header("age").parse().unwrap();
    let ttl = format!("linernotes-edge; hit; ttl={}", DAY - age);
    assert_eq!(hit.header("cache-status"), ttl);
    rig.pass(DAY);
    art.behave(Behaviour::Answer(Reply {
        body: vec![0; 5],
        ..picture()
    }));
    assert_eq!(rig.get(CHOSEN).body, [0; 5]);
}

#[test]
fn redirects_lead_no_further_than_the_source() {
    let to = |location: &str| Behaviour::Answer(Reply::new(307, &[("location", location)], ""));
    let art = Stub::start(to("http://archive.org/download/x.jpg"));
    let rig = rig(&art);
    assert_eq!(rig.get(PICTURE).status, 503, "round and round");
    let seen = art.take_seen();
    let hosts: Vec<&str> = seen.iter().map(|seen| seen.field("x-asked-host")).collect();
    assert_eq!(hosts[..2], ["coverartarchive.org", "archive.org"]);
    assert_eq!(hosts.len(), 5, "but not for ever");

    art.behave(to("https://evil.example/x.jpg"));
    assert_eq!(rig.get(PICTURE).status, 503);
    let seen = art.take_seen();
    assert_eq!(seen.len(), 1, "{seen:?}");
}

#[test]
fn what_isnt_a_picture_stays_outside() {
    let art = Stub::start(Behaviour::Answer(picture()));
    let rig = rig(&art);
    for content_type in ["text/html", "image/svg+xml", "application/octet-stream"] {
        art.behave(Behaviour::Answer(
            picture().with("content-type", content_type),
        ));
        assert_eq!(rig.get(PICTURE).status, 503, "{content_type}");
    }
    art.behave(Behaviour::Answer(Reply::new(404, &[], "no")));
    let absent = rig.get(PICTURE);
    assert_eq!(
        absent.status_and_json(),
        (
            404,
            json!({"error": "path: the source has no such picture"})
        )
    );
    assert_eq!(
        absent.header("cache-control"),
        "public, max-age=3600, must-revalidate"
    );
    for status in [403, 429, 500] {
        art.behave(Behaviour::Answer(Reply::new(status, &[], "no")));
        assert_eq!(rig.get(PICTURE).status, 503, "{status}");
    }
}

#[test]
fn the_edge_is_no_open_proxy() {
    let art = Stub::start(Behaviour::Answer(picture()));
    let rig = rig(&art);
    for path in [
        "/images/evil.example/x.jpg",
        "/images/https://evil.example/x.jpg",
        "/images/fanart//evil.example/x.jpg",
        "/images/fanart/@evil.example/x.jpg",
        "/images/fanart/%2e%2e/x.jpg",
        "/images/fanart/a%2fb.jpg",
        "/images/fanart/a:80/x.jpg",
        "/images/fanart",
        "/images/",
    ] {
        let answer = rig.get(path);
        assert!(
            matches!(answer.status, 400 | 404),
            "{path}: {}",
            answer.status
        );
    }
    assert_eq!(rig.ask(PICTURE).method("POST").body("x").send().status, 405);
    assert_eq!(art.take_seen().len(), 0);
    let with_query = rig.get(&format!("{PICTURE}?url=https://evil.example/"));
    assert_eq!(with_query.status, 200);
    assert_eq!(
        art.take_seen()[0].target,
        "/release/x/1-1200.jpg",
        "queries don't go on"
    );
}

#[test]
fn a_picture_that_breaks_off_isnt_kept() {
    let art = Stub::start(Behaviour::CutOff(picture()));
    let rig = rig(&art);
    let address = rig.edge.url().trim_start_matches("http://").to_owned();
    let mut stream = std::net::TcpStream::connect(&address).unwrap();
    let request = format!("GET {PICTURE} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    std::io::Write::write_all(&mut stream, request.as_bytes()).unwrap();
    let mut got = Vec::new();
    let _ = std::io::Read::read_to_end(&mut stream, &mut got);
    assert!(got.len() < 100_000, "{}", got.len());
    std::thread::sleep(std::time::Duration::from_millis(200));
    art.behave(Behaviour::Answer(picture()));
    let whole = rig.get(PICTURE);
    assert_eq!(whole.body.len(), 100_000);
    assert!(whole.header("cache-status").contains("fwd=miss"));
}
