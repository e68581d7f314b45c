//! Setting up, running and testing the whole system from a checkout.
//!
//! [`setup`] finds or installs what the system needs; [`run`] starts its parts, for the developer command, the
//! end-to-end tests and the benchmarks alike. Everything here blocks: it is a command, not a service.

pub mod checkout;
pub mod planted;
pub mod prepared;
mod process;
pub mod progress;
pub mod run;
pub mod scale;
pub mod setup;

pub use process::{CommandError, cargo};
