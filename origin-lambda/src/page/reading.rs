//! Kept answers, read again as Lidarr reads them: what a page shows is what Lidarr gets.

use serde::Deserialize;

use linernotes_shared::Mbid;

use super::profile::{SILENT_FORMATS, Types};

/// An artist with its albums.
#[derive(Debug, Deserialize)]
pub struct Artist {
    #[serde(flatten)]
    pub profile: ArtistProfile,
    #[serde(rename = "Albums", default)]
    pub albums: Vec<ArtistAlbum>,
}

/// An artist as it stands in its own answer and in an album's.
#[derive(Debug, Deserialize)]
pub struct ArtistProfile {
    pub id: Mbid,
    pub artistname: String,
    #[serde(default)]
    pub disambiguation: String,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    #[serde(default)]
    pub status: String,
    #[serde(default)]
    pub genres: Vec<String>,
    pub overview: Option<String>,
    #[serde(default)]
    pub images: Vec<Image>,
}

/// An album in an artist's list.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ArtistAlbum {
    pub id: Mbid,
    pub title: String,
    pub r#type: String,
    pub secondary_types: Vec<String>,
    pub release_statuses: Vec<String>,
    pub release_date: Option<String>,
}

/// An album with its releases.
#[derive(Debug, Deserialize)]
pub struct Album {
    pub id: Mbid,
    pub title: String,
    #[serde(default)]
    pub disambiguation: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub secondarytypes: Vec<String>,
    pub releasestatuses: Vec<String>,
    pub releasedate: Option<String>,
    pub artistid: Mbid,
    #[serde(default)]
    pub genres: Vec<String>,
    pub overview: Option<String>,
    #[serde(default)]
    pub images: Vec<Image>,
    #[serde(rename = "Releases", default)]
    pub releases: Vec<Release>,
    pub artists: Vec<ArtistName>,
}

/// A picture.
#[derive(Debug, Deserialize)]
pub struct Image {
    #[serde(rename = "CoverType")]
    pub cover_type: String,
    #[serde(rename = "Url")]
    pub url: String,
}

/// An artist's name.
#[derive(Debug, Deserialize)]
pub struct ArtistName {
    pub id: Mbid,
    pub artistname: String,
}

/// A release.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Release {
    pub id: Mbid,
    pub title: String,
    pub status: String,
    #[serde(default)]
    pub disambiguation: String,
    pub country: Vec<String>,
    pub label: Vec<String>,
    pub release_date: Option<String>,
    pub media: Vec<Medium>,
    pub tracks: Vec<Track>,
}

/// A medium of a release.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Medium {
    pub position: i64,
    pub name: String,
    pub format: String,
}

/// A track.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Track {
    pub artist_id: Mbid,
    pub track_name: String,
    pub track_number: String,
    pub medium_number: i64,
    pub duration_ms: Option<u64>,
}

/// An item of a search for everything.
#[derive(Debug, Deserialize)]
pub struct Found {
    pub artist: Option<Artist>,
    pub album: Option<FoundAlbum>,
}

/// An album in a search's answer, without what a card doesn't show.
#[derive(Debug, Deserialize)]
pub struct FoundAlbum {
    pub id: Mbid,
    pub title: String,
    #[serde(default)]
    pub disambiguation: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub secondarytypes: Vec<String>,
    pub releasestatuses: Vec<String>,
    pub releasedate: Option<String>,
    pub artistid: Mbid,
    #[serde(default)]
    pub images: Vec<Image>,
    pub artists: Vec<ArtistName>,
}

impl ArtistAlbum {
    /// What a profile looks at.
    pub fn types(&self) -> Types<'_> {
        Types {
            primary: &self.r#type,
            secondary: &self.secondary_types,
            statuses: &self.release_statuses,
        }
    }
}

impl Album {
    /// What a profile looks at.
    pub fn types(&self) -> Types<'_> {
        Types {
            primary: &self.kind,
            secondary: &self.secondarytypes,
            statuses: &self.releasestatuses,
        }
    }

    /// The name of the artist credited first.
    pub fn artist_name(&self) -> &str {
        name_of(&self.artists, self.artistid)
    }

    /// The release that Lidarr monitors if nobody chooses another: the first of those with the most tracks; `None` if
    /// none has any, for Lidarr keeps no release without.
    pub fn monitored(&self) -> Option<&Release> {
        let most = self.releases.iter().map(Release::audio_tracks).max()?;
        self.releases
            .iter()
            .find(|release| most > 0 && release.audio_tracks() == most)
    }
}

impl FoundAlbum {
    /// The name of the artist credited first.
    pub fn artist_name(&self) -> &str {
        name_of(&self.artists, self.artistid)
    }
}

fn name_of(artists: &[ArtistName], mbid: Mbid) -> &str {
    artists
        .iter()
        .find(|artist| artist.id == mbid)
        .map_or("", |artist| &artist.artistname)
}

impl Release {
    /// How many tracks Lidarr takes: those on media that it takes for audio.
    pub fn audio_tracks(&self) -> usize {
        let audio: Vec<i64> = self
            .media
            .iter()
            .filter(|medium| medium.is_audio())
            .map(|medium| medium.position)
            .collect();
        self.tracks
            .iter()
            .filter(|track| {
                audio.contains(&track.medium_number) && track.track_name != "[data track]"
            })
            .count()
    }
}

impl Medium {
    /// Whether Lidarr takes it for audio.
    pub fn is_audio(&self) -> bool {
        !SILENT_FORMATS.contains(&self.format.as_str())
    }
}

/// The picture of a kind, if there is one.
pub fn image<'a>(images: &'a [Image], cover_type: &str) -> Option<&'a str> {
    images
        .iter()
        .find(|image| image.cover_type == cover_type)
        .map(|image| &*image.url)
}
