use serde::Serialize;
use serde_json::value::RawValue;

use super::{Image, Link, Rating};
use crate::Mbid;

/// The answer of `GET /artist/{mbid}`: a profile and the artist's release groups.
#[derive(Debug, Serialize)]
pub struct Artist<'a> {
    /// The artist itself; `None` gives the rest of the answer alone.
    #[serde(flatten)]
    pub profile: Option<&'a ArtistProfile>,
    /// The release groups credited first to the artist, without their releases: Lidarr asks for each when it needs it,
    /// and fails on an artist whose albums carry tracks.
    #[serde(rename = "Albums")]
    pub albums: &'a RawValue,
}

/// An artist as it stands in its own answer and in the `artists` of an album.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ArtistProfile {
    /// MBID.
    pub id: Mbid,
    /// Name.
    pub artistname: String,
    /// Name as sorted, e.g. `La’s, The`.
    pub sortname: String,
    /// Other names, each once.
    pub artistaliases: Vec<String>,
    /// What tells the artist from others of the name; empty rather than null.
    pub disambiguation: String,
    /// A paragraph about the artist, if a provider has one.
    pub overview: Option<String>,
    /// Pages about the artist.
    pub links: Vec<Link>,
    /// Pictures, best first.
    pub images: Vec<Image>,
    /// Ratings.
    pub rating: Rating,
    /// `ended` or `active`.
    pub status: &'static str,
    /// Genres, most voted first.
    pub genres: Vec<String>,
    /// `Person`, `Group`, …; never `Unknown`, which Lidarr takes for a placeholder.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// MBIDs of artists merged into this one.
    pub oldids: Vec<Mbid>,
}
