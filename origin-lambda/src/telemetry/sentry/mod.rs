//! Reports of errors to a Sentry, or whoever speaks its language (GlitchTip, Bugsink): every line of the log that is an
//! error, and panics.
//!
//! The forms are `sentry-types`', which is the protocol without the rest of Sentry's crates: these bring an HTTP client
//! and a pool of threads of their own, and gather much that we don't want told. The sending is our providers' client's,
//! with its TLS, its patience, its limit and its breaker.
//!
//! An event holds the log's fixed words and fields of a fixed [list](event::FIELDS): no address of a client, nothing of a
//! question, no key. A panic's own words may repeat what was asked for, so only its place is told.

mod event;
mod layer;
mod post;

use std::sync::OnceLock;
use std::time::Duration;

use sentry_types::Dsn;
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::registry::LookupSpan;

use crate::config::Config;
use layer::Reporter;
use post::{Post, Queue};

static QUEUE: OnceLock<Queue> = OnceLock::new();

/// What reports errors, if the settings name a DSN. Its events are sent by a task of the runtime that this is called in.
pub(super) fn open<S>(config: &Config) -> Option<impl Layer<S> + use<S>>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let dsn: Dsn = config.telemetry.sentry_dsn()?.reveal().parse().ok()?;
    let queue = Queue::start(dsn.clone());
    let _ = QUEUE.set(queue.clone());
    report_panics(dsn, config.profile.name());
    Some(Reporter::new(queue, config.profile.name()))
}

/// Waits, for a little, until what is to be reported is sent: in Lambda, a process stands still between requests.
pub async fn sent() {
    const PATIENCE: Duration = Duration::from_secs(2);
    if let Some(queue) = QUEUE.get() {
        let _ = tokio::time::timeout(PATIENCE, queue.is_empty()).await;
    }
}

/// A panic ends the program, so its report goes out before that, on a thread of its own.
fn report_panics(dsn: Dsn, environment: &'static str) {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        before(panic);
        let place = panic.location().map(ToString::to_string);
        let event = event::of_panic(place.unwrap_or_default(), environment);
        let dsn = dsn.clone();
        let sending = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            if let Ok(runtime) = runtime {
                runtime.block_on(Post::new(dsn).send(event));
            }
        });
        let _ = sending.join();
    }));
}
