//! Copies of the origin's answers, by where they are kept:
//!
//! - [`colo`]: the data centre's cache, which the worker looks into first;
//! - [`durable`]: Workers KV, for popular answers, which the worker looks into when the origin gives none;
//! - [`front`]: Cloudflare's cache in front of the worker, which this code only gives headers and purges.

mod bytes;
pub mod colo;
pub mod durable;
pub mod front;
mod kept;
pub mod tags;

pub use bytes::Bytes;
#[cfg(test)]
pub use kept::kept_example;
pub use kept::{Coding, Kept, Usable, Whole};
