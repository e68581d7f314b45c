//! Which answers caches may keep, decided for every request in one place: a new one doesn't compile until it is here.

use super::Request;

impl Request {
    /// Whether caches in front of the origin keep the answer, by its [`canonical_path`](Self::canonical_path). The origin
    /// then says with every 200, 301 and 404 how long it is good; one that lacks this is somebody else's.
    pub const fn is_kept(&self) -> bool {
        match self {
            Self::Lookup(..)
            | Self::Search(_)
            | Self::Series(_)
            | Self::Chart(_)
            | Self::Spotify(..) => true,
            // A body isn't part of the path.
            Self::Fingerprint | Self::SpotifyLookup => false,
            Self::Status | Self::Recent(..) => false,
            // They are made of kept answers, for the few who look.
            Self::Page(_) => false,
            // What they carry and bring is one user's alone.
            Self::SpotifyAuth(_) | Self::SpotifyRenew(_) => false,
            // They are done, not read.
            Self::Refresh(..) | Self::Invalidate(_) => false,
        }
    }
}
