//! What the origin does without an edge in front of it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use hyper::body::Body;
use linernotes_origin::server;
use linernotes_tests::{Crawled, System, end};

const THE_LAS: &str = "/artist/ff3e88b3-7354-4f30-967c-1a61ebc8c642";

/// Longer than anything here takes; a read that waits for longer fails.
const PATIENCE: Duration = Duration::from_secs(30);

fn connect(address: &str) -> TcpStream {
    let connection = TcpStream::connect(address).unwrap();
    connection.set_read_timeout(Some(PATIENCE)).unwrap();
    connection
}

/// Reads up to the empty line after an answer's headers.
fn read_head(connection: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        connection.read_exact(&mut byte).unwrap();
        head.extend(byte);
    }
    String::from_utf8(head).unwrap()
}

/// In HTTP/2 and in Lambda, nothing else takes the body away.
#[test]
fn head_has_no_body_whatever_the_answer_is() {
    let crawled = Crawled::with(|_| {});
    for path in [THE_LAS, THE_LAS, "/", "/artist/not-an-mbid", "/metrics"] {
        let answer = |method| {
            let request = Request::builder().method(method).uri(path);
            let request = request.body(Full::<Bytes>::default()).unwrap();
            crawled.wait(server::respond(&crawled.service, request, None))
        };
        let (get, head) = (answer("GET"), answer("HEAD"));
        let length = get.body().size_hint().exact().unwrap();
        assert!(length > 0, "{path}");
        assert_eq!(head.status(), get.status(), "{path}");
        assert_eq!(head.headers()["content-length"], length.to_string());
        assert_eq!(head.body().size_hint().exact(), Some(0), "{path}");
    }
}

#[test]
fn what_was_asked_is_answered_and_who_asks_for_nothing_is_let_go() {
    let system = System::start();
    let address = system.origin.url().trim_start_matches("http://");
    let mut idle = connect(address);
    idle.write_all(b"HEAD / HTTP/1.1\r\nhost: origin\r\n\r\n")
        .unwrap();
    assert!(read_head(&mut idle).starts_with("HTTP/1.1 200 OK\r\n"));
    let mut asking = connect(address);
    asking
        .write_all(
            b"POST /search/fingerprint HTTP/1.1\r\nhost: origin\r\ncontent-length: 2\r\n\
              expect: 100-continue\r\n\r\n",
        )
        .unwrap();
    // The origin is waiting for the rest.
    assert_eq!(read_head(&mut asking), "HTTP/1.1 100 Continue\r\n\r\n");

    assert!(end(system.origin.pid()));

    assert_eq!(idle.read(&mut [0]).unwrap(), 0, "closed");
    assert!(TcpStream::connect(address).is_err(), "no more are taken");
    asking.write_all(b"[]").unwrap();
    let mut answer = String::new();
    asking.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert_eq!(body, "[]");
}
