//! The log: structured events on standard error.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;

/// Sends events to standard error; `RUST_LOG` chooses which.
pub fn start(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("info,tokio_postgres=warn"));
    // Below that they log paths and headers of calls to providers, in which keys stand.
    let filter = ["h2=info", "hyper=info", "hyper_util=info", "reqwest=info"]
        .into_iter()
        .filter_map(|directive| directive.parse().ok())
        .fold(filter, EnvFilter::add_directive);
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    // Colours are for a person's eyes.
    let subscriber = if std::io::stderr().is_terminal() {
        subscriber
    } else {
        subscriber.with_ansi(false)
    };
    match format {
        LogFormat::Json => subscriber.json().flatten_event(true).init(),
        LogFormat::Text => subscriber.init(),
    }
}

/// An error with all its causes on one line. Not every format of the log shows the causes of an error by itself, and the
/// last one is what tells an operator what to do.
pub fn with_causes(error: &dyn std::error::Error) -> String {
    std::iter::successors(error.source(), |cause| cause.source())
        .fold(error.to_string(), |line, cause| format!("{line}: {cause}"))
}
