use serde::Serialize;
use serde_json::value::RawValue;

use super::{ArtistProfile, Image, Link, Rating};
use crate::Mbid;

/// The answer of `GET /album/{mbid}`: a release group with its releases and every artist they name.
#[derive(Debug, Serialize)]
pub struct Album {
    /// The release group's MBID.
    pub id: Mbid,
    /// MBIDs of release groups merged into this one.
    pub oldids: Vec<Mbid>,
    /// What tells it from others of the title; empty rather than null.
    pub disambiguation: String,
    /// Title.
    pub title: String,
    /// Other titles, each once.
    pub aliases: Vec<String>,
    /// Primary type: `Album`, `EP`, `Single`, `Broadcast` or `Other`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Secondary types, e.g. `Live`; none means a studio album.
    pub secondarytypes: Vec<String>,
    /// First release, `YYYY-MM-DD`.
    pub releasedate: Option<String>,
    /// MBID of the artist credited first; always among `artists`.
    pub artistid: Mbid,
    /// Ratings.
    pub rating: Rating,
    /// Pages about the album.
    pub links: Vec<Link>,
    /// Genres, most voted first.
    pub genres: Vec<String>,
    /// Pictures, best first.
    pub images: Vec<Image>,
    /// Releases with media and tracks.
    #[serde(rename = "Releases")]
    pub releases: Box<RawValue>,
    /// A paragraph about the album, if a provider has one.
    pub overview: Option<String>,
    /// The album's artist and every track's artist, each once: Lidarr looks each up by id and fails on a gap or a
    /// repetition.
    pub artists: Vec<ArtistProfile>,
    /// Statuses of the releases, each once, e.g. `Official`.
    pub releasestatuses: Vec<String>,
}
