use linernotes_shared::request::{Entity, Request};

/// The route of a request, without what it asks about: a word of a closed list, so that it can be a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Route(&'static str);

impl Route {
    /// Of requests that no route takes, or that nobody may send.
    pub const REFUSED: Self = Self("refused");

    /// Its name.
    pub const fn name(self) -> &'static str {
        self.0
    }
}

impl From<&Request> for Route {
    fn from(request: &Request) -> Self {
        Self(match request {
            Request::Status => "status",
            Request::Page(_) => "page",
            Request::Lookup(Entity::Artist, _) => "artist",
            Request::Lookup(Entity::Album, _) => "album",
            Request::Recent(..) => "recent",
            Request::Refresh(..) => "refresh",
            Request::Invalidate(_) => "invalidate",
            Request::Search(_) => "search",
            Request::Fingerprint => "fingerprint",
            Request::Series(_) => "series",
            Request::Chart(_) => "chart",
            Request::Spotify(..) => "spotify",
            Request::SpotifyLookup => "spotify-lookup",
            Request::SpotifyAuth(_) => "spotify-auth",
            Request::SpotifyRenew(_) => "spotify-renew",
        })
    }
}
