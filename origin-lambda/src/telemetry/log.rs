//! The log: structured events on standard error.

use std::io::IsTerminal;

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use super::sentry;
use crate::config::{Config, LogFormat};

/// Sends events to standard error, of which `RUST_LOG` chooses some, and errors to the Sentry that the settings name. To be
/// called within the runtime that is to send them.
pub fn start(config: &Config) {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("info,tokio_postgres=warn"));
    // Below that they log paths and headers of calls to providers, in which keys stand.
    let filter = ["h2=info", "hyper=info", "hyper_util=info", "reqwest=info"]
        .into_iter()
        .filter_map(|directive| directive.parse().ok())
        .fold(filter, EnvFilter::add_directive);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        // Colours are for a person's eyes.
        .with_ansi(std::io::stderr().is_terminal());
    let lines = match config.log {
        // A list of spans would say the same again.
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_span_list(false)
            .boxed(),
        LogFormat::Text => lines.boxed(),
    };
    tracing_subscriber::registry()
        .with(filter)
        .with(lines)
        .with(sentry::open(config))
        .init();
}
