//! Apple: the most played albums of a country, in Apple Music's feed for websites.
//!
//! Its generator is at <https://rss.applemarketingtools.com>. There is one list of albums: the former ones of the iTunes
//! Store and of new albums are gone, so all four charts are made of it; what is new is told by the dates of release.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;

use linernotes_shared::request::{Chart, ChartSource};

use super::chart::{ChartEntry, Charts};
use super::client::{Call, ProviderError};
use super::registration::{Capabilities, Defaults, Probe, Registration, Server};
use crate::limiter::Rate;

const NAME: &str = "apple";

pub(super) const REGISTRATION: Registration = Registration {
    name: NAME,
    servers: &[],
    probe: Probe::Chart("/chart/apple-music/album/top"),
    open: |opening| {
        opening.enabled(NAME)?;
        let apple = Apple {
            server: opening.server(
                NAME,
                &Defaults {
                    url: "https://rss.applemarketingtools.com",
                    names: &["applemarketingtools.com", "marketingtools.apple.com"],
                    timeout: Duration::from_secs(5),
                    rate: Rate {
                        calls: 20,
                        window: Duration::from_secs(60),
                    },
                    at_once: 2,
                    most_bytes: 2 << 20,
                },
            ),
            storefront: opening.lists().storefront.clone(),
        };
        Ok(Capabilities {
            charts: Some(Arc::new(apple)),
            ..Capabilities::default()
        })
    },
};

/// As many as the feed gives.
const LENGTH: &str = "100";

/// Countries under whose shops MusicBrainz's editors have linked albums, beside the one whose chart it is.
const STOREFRONTS: [&str; 7] = ["us", "gb", "ca", "au", "de", "fr", "jp"];

struct Apple {
    server: Server,
    storefront: String,
}

#[derive(Deserialize)]
struct Answer {
    feed: Feed,
}

#[derive(Deserialize)]
struct Feed {
    results: Vec<Album>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Album {
    artist_name: String,
    id: String,
    name: String,
    /// `YYYY-MM-DD`.
    release_date: Option<String>,
    kind: Option<String>,
}

#[async_trait]
impl Charts for Apple {
    fn sources(&self) -> &'static [ChartSource] {
        &[ChartSource::AppleMusic, ChartSource::Itunes]
    }

    async fn chart(&self, chart: &Chart) -> Result<Option<Vec<ChartEntry>>, ProviderError> {
        let path = [
            "api",
            "v2",
            &self.storefront,
            "music",
            "most-played",
            LENGTH,
            "albums.json",
        ];
        let url = self.server.url(&path, &[]);
        let empty = ProviderError::Empty { provider: NAME };
        let Some(answer) = self.server.client.json::<Answer>(Call::get(url)).await? else {
            return Err(empty);
        };
        let mut albums: Vec<Album> = answer
            .feed
            .results
            .into_iter()
            .filter(|album| {
                album
                    .kind
                    .as_deref()
                    .is_none_or(|kind| kind.starts_with("album"))
            })
            .collect();
        if albums.is_empty() {
            return Err(empty);
        }
        if chart.is_new() {
            // Of one day's, the most played stay first.
            albums.sort_by(|one, other| other.release_date.cmp(&one.release_date));
        }
        Ok(Some(
            albums.into_iter().map(|album| self.entry(album)).collect(),
        ))
    }
}

impl Apple {
    fn entry(&self, album: Album) -> ChartEntry {
        let own = std::iter::once(&*self.storefront);
        let others = STOREFRONTS
            .into_iter()
            .filter(|other| *other != self.storefront);
        // MusicBrainz writes them without the title that Apple puts in.
        let links = own
            .chain(others)
            .flat_map(|country| {
                [
                    format!("https://music.apple.com/{country}/album/{}", album.id),
                    format!("https://itunes.apple.com/{country}/album/id{}", album.id),
                ]
            })
            .collect();
        ChartEntry {
            artist: album.artist_name,
            title: Some(album.name),
            links,
            mbid: None,
        }
    }
}
