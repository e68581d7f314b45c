use serde::Serialize;

/// A picture's address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Image {
    /// `Poster`, `Banner`, `Fanart` or `Logo` for artists; `Cover` or `Disc` for albums.
    #[serde(rename = "CoverType")]
    pub cover_type: &'static str,
    /// Where Lidarr downloads it. Must end in `.jpg` or `.png`: Lidarr takes the file's extension from it.
    #[serde(rename = "Url")]
    pub url: String,
    /// Where it was found.
    #[serde(rename = "remoteUrl")]
    pub remote_url: String,
}

/// A page about an artist or album.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// The page's URL.
    pub target: String,
    /// The site's name, e.g. `discogs`.
    #[serde(rename = "type")]
    pub kind: String,
}

/// MusicBrainz users' ratings.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Rating {
    /// How many users rated.
    #[serde(rename = "Count")]
    pub count: i32,
    /// Mean from 0 to 10, `None` without ratings.
    #[serde(rename = "Value")]
    pub value: Option<f64>,
}
