//! Keys, tags and freshness of stored answers.

mod freshness;
mod key;

use crate::mbid::Mbid;
use crate::request::Entity;

pub use freshness::{Freshness, State};
pub use key::{CacheKey, Collection, InvalidKey};

/// The tag of an answer that shows more than its tags can name, in place of those that are left out. Whoever purges a tag
/// at the edge purges it too.
pub const OVERFLOW_TAG: &str = "overflow";

/// The tag under which every answer that shows the entity can be purged, e.g. `artist-070d193a-…`.
pub fn tag(entity: Entity, mbid: Mbid) -> String {
    format!("{entity}-{mbid}")
}
