//! The few HTTP rules both tiers apply.

mod accept;
mod cache_status;
mod client;
mod coding;
mod entity_tag;
mod quality;

pub use accept::prefers_html;
pub use cache_status::{CacheStatus, Forward};
pub use client::customer_network;
pub use coding::accepts_gzip;
pub use entity_tag::none_match;

/// Carries, between origin and edge, when an answer stops being fresh (unix seconds).
pub const FRESH_UNTIL: &str = "linernotes-fresh-until";
/// Carries, between origin and edge, when an answer must no longer be used even in trouble (unix seconds).
pub const STALE_UNTIL: &str = "linernotes-stale-until";
/// Comma-separated tags under which an answer can be purged.
pub const CACHE_TAG: &str = "cache-tag";
/// RFC 9211: how each cache on the way handled the request.
pub const CACHE_STATUS: &str = "cache-status";
/// One id for a request on every tier.
pub const REQUEST_ID: &str = "x-request-id";
/// Proves to a self-hosted origin that a request comes from its edge.
pub const ORIGIN_KEY: &str = "linernotes-key";
/// Carries the operator's key from edge to origin: between the two, `Authorization` may hold a signature for AWS.
pub const OPERATOR_KEY: &str = "linernotes-operator-key";
/// Tells the origin, for what each client may do so often only, the network that a client asks from: an IP address.
pub const CLIENT: &str = "linernotes-client";
/// Media type of every answer to Lidarr, errors included: it refuses `text/html` and reads errors as JSON objects.
pub const JSON: &str = "application/json; charset=utf-8";
/// Media type of pages.
pub const HTML: &str = "text/html; charset=utf-8";
/// `Cache-Control` of an answer that no cache may keep.
pub const NO_STORE: &str = "no-store";

/// A media type without its parameters: `application/json` of `application/json; charset=utf-8`.
pub fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

/// `Cache-Control` of an answer that shared caches may keep for `seconds` and clients must revalidate.
pub fn public_for(seconds: u64) -> String {
    format!("public, s-maxage={seconds}, max-age=0")
}
