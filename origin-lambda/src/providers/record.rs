//! What a provider says about a subject.

use serde::{Deserialize, Serialize};

/// What one provider says about one subject. Kept as JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Pictures, one of each type at most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pictures: Vec<Picture>,
    /// A text about it, in paragraphs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overview: Option<String>,
}

/// A picture at a provider's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// What it is for.
    #[serde(rename = "type")]
    pub cover_type: CoverType,
    /// Where it is.
    pub url: String,
}

/// What Lidarr uses a picture for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CoverType {
    /// Wide and low, on an artist's page.
    Banner,
    /// Behind an artist's page.
    Fanart,
    /// An artist's name as they write it.
    Logo,
    /// An artist.
    Poster,
    /// An album's front.
    Cover,
    /// An album's disc.
    Disc,
}

impl CoverType {
    /// Those of artists, in the order in which answers have them.
    pub const OF_ARTISTS: [Self; 4] = [Self::Banner, Self::Fanart, Self::Logo, Self::Poster];
    /// Those of albums, in the order in which answers have them.
    pub const OF_ALBUMS: [Self; 2] = [Self::Cover, Self::Disc];

    /// Lidarr's word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Banner => "Banner",
            Self::Fanart => "Fanart",
            Self::Logo => "Logo",
            Self::Poster => "Poster",
            Self::Cover => "Cover",
            Self::Disc => "Disc",
        }
    }
}

impl Record {
    /// Of pictures alone: those of each type that have a URL.
    pub fn of_pictures<U: Into<String>>(
        pictures: impl IntoIterator<Item = (CoverType, Option<U>)>,
    ) -> Self {
        Self {
            pictures: pictures
                .into_iter()
                .filter_map(|(cover_type, url)| {
                    let url: String = url?.into();
                    let url = url.trim();
                    (!url.is_empty()).then(|| Picture {
                        cover_type,
                        url: url.to_owned(),
                    })
                })
                .collect(),
            overview: None,
        }
    }

    /// Of a text alone.
    pub fn of_text(text: &str) -> Self {
        Self::default().with_text(Some(text))
    }

    /// With a text, if there is one that says something.
    pub fn with_text(mut self, text: Option<&str>) -> Self {
        let text = text.map(|text| text.replace("\r\n", "\n").trim().to_owned());
        self.overview = text.filter(|text| !text.is_empty());
        self
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.pictures.is_empty() && self.overview.is_none()
    }
}
