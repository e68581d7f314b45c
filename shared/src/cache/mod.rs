//! Keys, tags and freshness of stored answers.

mod freshness;
mod key;
mod tags;

pub use freshness::{Freshness, State};
pub use key::{CacheKey, Collection, InvalidKey};
pub use tags::{OVERFLOW_TAG, fitting, tag};
