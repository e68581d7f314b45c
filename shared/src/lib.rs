//! What the edge and the origin must agree on.
//!
//! Nothing here does I/O or reads a clock, so the crate builds for WASM and native alike:
//!
//! - [`mbid`]: one spelling for every MusicBrainz identifier;
//! - [`request`]: from a method, path and query to a canonical [`request::Request`], or the error to answer;
//! - [`cache`]: keys, tags and freshness of stored answers;
//! - [`http`]: the few header rules both tiers apply (entity tags, content coding, `Cache-Status`);
//! - [`images`]: the hosts that pictures may come from;
//! - [`wire`]: the JSON that Lidarr reads.

pub mod cache;
pub mod http;
pub mod images;
pub mod mbid;
pub mod request;
pub mod wire;

pub use mbid::Mbid;
