use serde::{Deserialize, Serialize};

use crate::Mbid;

/// An album in the answer of `GET /series/{mbid}` or of an album chart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListedAlbum {
    /// Name of the artist credited first.
    pub artist_name: String,
    /// Title.
    pub album_title: String,
    /// MBID of the artist credited first.
    pub artist_id: Mbid,
    /// The release group's MBID.
    pub album_id: Mbid,
    /// First release, `YYYY-MM-DD`.
    pub release_date: Option<String>,
}

/// An artist in the answer of an artist chart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListedArtist {
    /// Name.
    pub artist_name: String,
    /// MBID.
    pub artist_id: Mbid,
}
