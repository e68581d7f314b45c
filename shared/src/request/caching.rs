//! Which answers caches may keep, decided for every request in one place: a new one doesn't compile until it is here.

use super::Request;

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
            Self::Lookup(..)
            | Self::Search(_)
            | Self::Series(_)
            | Self::Chart(_)
            | Self::Spotify(..) => Caching::Always,
            // A body isn't part of the path.
            Self::Fingerprint | Self::SpotifyLookup => Caching::Never,
            Self::Status | Self::Recent(..) => Caching::Never,
            // They are made of kept answers, for the few who look.
            Self::Page(_) => Caching::Never,
            // What they carry and bring is one user's alone.
            Self::SpotifyAuth(_) | Self::SpotifyRenew(_) => Caching::Never,
            // They are done, not read.
            Self::Refresh(..) | Self::Invalidate(_) => Caching::Never,
        }
    }
}
