//! How much one client may ask of the origin. What the edge answers from its copies isn't counted: it costs little, and
//! a stale copy is better than a refusal.
//!
//! Cloudflare's rate-limit binding counts for a whole data centre. Without the binding, or a word of it in time, each
//! isolate counts for itself.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::IpAddr;

use linernotes_shared::http::customer_network;

use crate::Edge;
use crate::client::field;
use crate::log;
use crate::now;
use crate::origin::Trouble;
use crate::patience::{FOR_A_WORD, within};

/// The binding.
const BINDING: &str = "CLIENTS";
/// The period over which requests are counted, in seconds.
const PERIOD: u64 = 60;
/// Clients that one isolate counts at once. Beyond them, all begin anew: memory must not be for strangers to fill.
const MOST_CLIENTS: usize = 4_096;

thread_local! {
    static WINDOW: RefCell<Window> = const { RefCell::new(Window::new()) };
}

/// Counts a request of the client's, and refuses it if there were too many.
pub async fn count(request: &web_sys::Request, edge: &Edge) -> Result<(), Trouble> {
    // Where it is missing, nobody can be told from anybody.
    let Some(client) = client(request) else {
        return Ok(());
    };
    if let Ok(binding) = edge.env.rate_limiter(BINDING) {
        match within(FOR_A_WORD, binding.limit(client.clone())).await {
            Some(Ok(outcome)) if outcome.success => return Ok(()),
            Some(Ok(_)) => return Err(Trouble::TooMany { seconds: PERIOD }),
            Some(Err(_)) | None => log::trouble("the rate limit failed"),
        }
    }
    let limit = edge.config.client_limit;
    WINDOW.with_borrow_mut(|window| window.count(client, limit, now()))
}

/// What clients are told apart by: the network of the address that Cloudflare sets, over whatever the client sent.
pub fn client(request: &web_sys::Request) -> Option<String> {
    let address: IpAddr = field(request, "cf-connecting-ip")?.parse().ok()?;
    Some(customer_network(address).to_string())
}

/// Requests of each client in one period.
#[derive(Debug)]
struct Window {
    until: u64,
    counts: BTreeMap<String, u32>,
}

impl Window {
    const fn new() -> Self {
        Self {
            until: 0,
            counts: BTreeMap::new(),
        }
    }

    fn count(&mut self, client: String, limit: u32, now: u64) -> Result<(), Trouble> {
        let left = self.until.saturating_sub(now);
        if left == 0 || left > PERIOD || self.counts.len() >= MOST_CLIENTS {
            self.until = now.saturating_add(PERIOD);
            self.counts.clear();
        }
        let count = self.counts.entry(client).or_default();
        *count = count.saturating_add(1);
        if *count > limit {
            let seconds = self.until.saturating_sub(now);
            return Err(Trouble::TooMany { seconds });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_has_so_many_in_a_period() {
        let mut window = Window::new();
        let mut ask = |client: &str, now| window.count(client.to_owned(), 2, now);
        assert_eq!(ask("a", 1_000), Ok(()));
        assert_eq!(ask("a", 1_010), Ok(()));
        assert_eq!(ask("a", 1_020), Err(Trouble::TooMany { seconds: 40 }));
        assert_eq!(ask("b", 1_020), Ok(()), "another client");
        assert_eq!(ask("a", 1_060), Ok(()), "the next period");
    }

    #[test]
    fn strangers_cannot_fill_the_memory() {
        let mut window = Window::new();
        for number in 0..3 * MOST_CLIENTS {
            let _ = window.count(number.to_string(), 1, 1_000);
        }
        assert!(window.counts.len() <= MOST_CLIENTS);
    }
}
