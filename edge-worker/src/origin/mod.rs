//! Asking the origin: under a time limit, twice at most, and not at all while it fails again and again.

mod breaker;
mod exchange;
mod reply;
mod sigv4;
mod whole;

use std::cell::RefCell;
use std::time::Duration;

use worker::{AbortController, AbortSignal, Delay};

use crate::config::Origin;
use crate::now_ms;
use crate::patience::within;

use breaker::Breaker;
use exchange::exchange;

#[cfg(test)]
pub use reply::Fields;
pub use reply::{POLICY, RETRY_AFTER, Renewal, Reply, Trouble, Verdict};

/// The pause before a request is repeated.
const PAUSE: Duration = Duration::from_millis(50);

/// The statuses that are the origin's own word on most questions. A 403 or 429 comes from what runs it, and a 404 to a
/// question whose answers aren't kept would be a lie.
pub const OWN_WORDS: &[u16] = &[200, 400, 413, 415];

thread_local! {
    static BREAKER: RefCell<Breaker> = const { RefCell::new(Breaker::new()) };
}

/// A question to the origin.
#[derive(Clone, Debug)]
pub struct Ask {
    /// `GET`, or `POST` for what is done or has a body.
    pub method: &'static str,
    /// Canonical path and query.
    pub path: String,
    /// The body.
    pub body: Option<Vec<u8>>,
    /// The operator's key, as the client gave it.
    pub operator_key: Option<String>,
    /// The network of the client, where the origin counts what each may do.
    pub asked_by: Option<String>,
    /// The id that ties the tiers' log lines together.
    pub request_id: String,
    /// The entity tag of the copy that a 304 would renew.
    pub etag: Option<String>,
    /// The media type that is wanted: JSON, or HTML for a browser. The client's own `Accept` goes no further.
    pub accept: &'static str,
    /// The statuses that are the origin's own word on this, and no trouble of it.
    pub own_words: &'static [u16],
    /// Whether it may be asked twice: nothing is done by asking.
    pub may_be_repeated: bool,
    /// What it has for its answer, where that is more than for others.
    pub patience: Option<Duration>,
}

impl Ask {
    /// A question whose answer is kept, by its canonical path.
    pub fn lookup(path: String, etag: Option<String>, request_id: String) -> Self {
        Self {
            method: "GET",
            path,
            body: None,
            operator_key: None,
            asked_by: None,
            request_id,
            etag,
            accept: "application/json",
            own_words: OWN_WORDS,
            may_be_repeated: true,
            patience: None,
        }
    }
}

/// Asks the origin and reads its whole answer, whatever it is.
pub async fn ask(ask: &Ask, origin: &Origin) -> Result<Reply, Trouble> {
    BREAKER
        .with_borrow_mut(|breaker| breaker.admit(now_ms()))
        .map_err(|milliseconds| Trouble::Paused {
            seconds: milliseconds.div_ceil(1_000),
        })?;
    let reply = in_time(ask, origin).await;
    let is_failure = match &reply {
        Ok(reply) => {
            let is_trouble = matches!(reply.status, 429 | 500..);
            let is_own = reply.status != 503 && ask.own_words.contains(&reply.status);
            is_trouble && !is_own && !reply.is_own_trouble()
        }
        Err(trouble) => *trouble != Trouble::Malformed,
    };
    BREAKER.with_borrow_mut(|breaker| breaker.note(is_failure, now_ms()));
    reply
}

/// Asks, and asks again if that is safe and may help, all in the origin's time.
async fn in_time(ask: &Ask, origin: &Origin) -> Result<Reply, Trouble> {
    let controller = AbortController::default();
    let signal = controller.signal();
    let asking = async {
        let first = once(ask, origin, &signal).await;
        let may_help = match &first {
            Ok(reply) => matches!(reply.status, 502 | 504),
            Err(trouble) => matches!(trouble, Trouble::Unreachable | Trouble::Incomplete),
        };
        if !may_help || !ask.may_be_repeated {
            return first;
        }
        Delay::from(PAUSE).await;
        once(ask, origin, &signal).await
    };
    let patience = ask.patience.unwrap_or(origin.timeout).max(origin.timeout);
    within(patience, asking).await.unwrap_or_else(|| {
        controller.abort();
        Err(Trouble::Timeout)
    })
}

async fn once(ask: &Ask, origin: &Origin, signal: &AbortSignal) -> Result<Reply, Trouble> {
    let reply = exchange(ask, origin, signal)
        .await
        // What the runtime says about a failed exchange may hold the URL, so it goes no further.
        .unwrap_or(Err(Trouble::Unreachable))?;
    match reply.coding() {
        Some(coding) if !whole::is_whole(&reply.body, coding, reply.ends()).await => {
            Err(Trouble::Incomplete)
        }
        _ => Ok(reply),
    }
}
