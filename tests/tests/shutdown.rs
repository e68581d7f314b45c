//! An origin that is told to end.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use linernotes_tests::{System, end};

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
