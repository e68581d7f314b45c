//! The servers compared.

mod bare;
mod nginx;

use std::fs;
use std::net::SocketAddr;
use std::time::Duration;

use linernotes_tests::Answer;

pub use bare::{BARE, Bare, serve_bare};
pub use nginx::Nginx;

/// Headers that every server makes itself.
const OWN_HEADERS: [&str; 3] = ["content-length", "date", "x-request-id"];

/// A running server.
pub struct Server {
    /// For the table.
    pub name: &'static str,
    /// Where it listens.
    pub address: SocketAddr,
    processes: Vec<u32>,
}

impl Server {
    /// A server by its URL and its processes.
    pub fn of(name: &'static str, url: &str, processes: Vec<u32>) -> Self {
        let address = url.trim_start_matches("http://").parse();
        Self {
            name,
            address: address.expect("servers announce an address and a port"),
            processes,
        }
    }

    /// CPU time of all its threads so far; `None` on systems without Linux's `/proc`.
    pub fn cpu(&self) -> Option<Duration> {
        let mut nanoseconds = 0;
        for process in &self.processes {
            for thread in fs::read_dir(format!("/proc/{process}/task")).ok()? {
                let text = fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
                nanoseconds += text.split_whitespace().next()?.parse::<u64>().ok()?;
            }
        }
        Some(Duration::from_nanos(nanoseconds))
    }
}

/// The headers that a server is told to send.
fn headers(answer: &Answer) -> impl Iterator<Item = (&str, &str)> {
    answer
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, _)| !OWN_HEADERS.contains(name))
}
