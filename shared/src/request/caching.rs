//! Which answers caches may keep, decided for every request in one place: a new one doesn't compile until it is here.

use super::{Request, Reserved};

/// What a cache in front of the origin does with a request's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caching {
    /// Keeps it. The origin says with every 200, 301 and 404 how long it is good; one that lacks this is somebody else's.
    Always,
    /// Keeps it if the origin says how long it is good, and passes it on otherwise.
    WhenTold,
    /// Passes it on and never keeps it.
    Never,
}

impl Request {
    /// What a cache does with the answer. Kept answers go by [`canonical_path`](Self::canonical_path).
    pub const fn caching(&self) -> Caching {
        match self {
            Self::Lookup(..) => Caching::Always,
            // Their canonical paths don't tell one question from another.
            Self::Reserved(
                Reserved::Search | Reserved::Series | Reserved::Chart | Reserved::Spotify,
            ) => Caching::Never,
            // A body isn't part of the path.
            Self::Reserved(Reserved::Fingerprint | Reserved::SpotifyLookup) => Caching::Never,
            Self::Status | Self::Recent(..) | Self::Refresh(..) | Self::Invalidate(_) => {
                Caching::Never
            }
        }
    }
}
