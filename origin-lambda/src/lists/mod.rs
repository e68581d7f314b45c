//! Lists of albums and artists for Lidarr to add: MusicBrainz's series, and charts of others.

mod chart;
mod mapping;
mod series;

use jiff::civil::Date;

use linernotes_shared::wire;

use crate::cache::{Built, Entry, Kind};
use crate::catalogue::{CatalogueError, ListedAlbum};
use crate::providers::client::ProviderError;

pub use chart::{ChartAnswer, chart};
pub use series::series;

/// Why a list couldn't be built.
#[derive(Debug, thiserror::Error)]
enum ListError {
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    #[error(transparent)]
    Provider(#[from] ProviderError),
    #[error("the list can't be written as JSON")]
    Json(#[from] serde_json::Error),
}

/// An album as Lidarr reads it.
fn listed(album: ListedAlbum) -> wire::ListedAlbum {
    wire::ListedAlbum {
        artist_name: album.artist_name,
        album_title: album.album_title,
        artist_id: album.artist,
        album_id: album.album,
        release_date: album.first_release.map(|date: Date| date.to_string()),
    }
}

/// A list as it is kept.
fn whole(entry: Entry, started: u64) -> Built {
    Built {
        answer: entry.built_at(started),
        profiles: Vec::new(),
        unsure: Vec::new(),
        current: None,
    }
}

/// That there is no such list.
fn absent(
    error: String,
    freshness: linernotes_shared::cache::Freshness,
    now: u64,
    started: u64,
) -> Result<Built, serde_json::Error> {
    let body = serde_json::to_vec(&wire::ErrorBody { error })?;
    let entry = Entry::new(Kind::Unknown, &body, Vec::new(), freshness, now);
    Ok(whole(entry, started))
}
