//! What an operator sees of the service: its log, its figures, and reports of errors.
//!
//! Figures are the process's, like the log: whatever happens is told to [`figures()`] where it happens. On one machine
//! Prometheus reads them ([`prometheus`]); in Lambda, where an instance lives for minutes and nobody can ask it, they go
//! into the log as CloudWatch wants them ([`emf`]). Neither holds anything of who asks, or of what is asked for: labels
//! are words of closed lists.

pub mod emf;
mod figures;
mod log;
pub mod prometheus;
mod route;
pub mod sentry;

pub use figures::{Figures, Tier, figures};
pub use log::start;
pub use route::Route;

/// An error with all its causes on one line. Not every format of the log shows the causes of an error by itself, and the
/// last one is what tells an operator what to do.
pub fn with_causes(error: &dyn std::error::Error) -> String {
    std::iter::successors(error.source(), |cause| cause.source())
        .fold(error.to_string(), |line, cause| format!("{line}: {cause}"))
}
