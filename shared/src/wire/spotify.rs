use serde::Serialize;

/// The `musicbrainzid` of what is known to have no counterpart: Lidarr drops it from its list. Null instead makes it
/// ask for the id alone.
pub const UNMATCHED: &str = "0";

/// What a Spotify id is in MusicBrainz: an element of the answer of `POST /spotify/lookup`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// The id as it was asked for. Each stands in the answer once: Lidarr fails on a repetition.
    pub spotifyid: String,
    /// An artist's or release group's MBID, [`UNMATCHED`], or null if it hasn't been looked for yet.
    pub musicbrainzid: Option<String>,
}

/// The answer of `GET /spotify/renew`, as Spotify gives it.
#[derive(Clone, Serialize)]
pub struct Renewal {
    /// What Spotify is asked with.
    pub access_token: String,
    /// `Bearer`.
    pub token_type: String,
    /// Seconds for which it may be used.
    pub expires_in: u32,
    /// What it allows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// What the next one is had for, if that changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
}
