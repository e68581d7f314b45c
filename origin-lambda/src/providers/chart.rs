//! Charts: what is liked best, or new, by names of its maker's own.

use async_trait::async_trait;

use linernotes_shared::Mbid;
use linernotes_shared::request::{Chart, ChartSource};

use super::client::ProviderError;

/// Makes charts.
#[async_trait]
pub trait Charts: Send + Sync {
    /// Whose charts it makes.
    fn sources(&self) -> &'static [ChartSource];

    /// A chart, first place first, as long as it is; `None` if it is of a user whom the maker doesn't know. An answer in
    /// which there is no chart is an error, not an empty chart.
    async fn chart(&self, chart: &Chart) -> Result<Option<Vec<ChartEntry>>, ProviderError>;
}

/// A place in a chart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChartEntry {
    /// The artist, or all of them in one text.
    pub artist: String,
    /// The album's title, in a chart of albums.
    pub title: Option<String>,
    /// Pages about it, as MusicBrainz may have written their URLs.
    pub links: Vec<String>,
    /// An MBID of the artist, or of the album or one of its releases.
    pub mbid: Option<Mbid>,
}
