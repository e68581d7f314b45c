//! Last.fm: what is listened to most, by everybody or by one user.
//!
//! Its API is documented at <https://www.last.fm/api>. The key goes in the query, where alone it is taken.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use linernotes_shared::request::{Chart, ChartSource, Entity, MOST_ITEMS};

use super::chart::{ChartEntry, Charts};
use super::client::{Call, ProviderError};
use super::registration::{Capabilities, Defaults, Probe, Registration, Server};
use crate::config::Secret;
use crate::limiter::Rate;

const NAME: &str = "lastfm";

/// Off without a key.
pub(super) const REGISTRATION: Registration = Registration {
    name: NAME,
    servers: &[],
    probe: Probe::Chart("/chart/lastfm/artist/top"),
    open: |opening| {
        opening.enabled(NAME)?;
        let lastfm = LastFm {
            key: opening.key(NAME)?,
            server: opening.server(
                NAME,
                &Defaults {
                    url: "https://ws.audioscrobbler.com/2.0",
                    names: &[],
                    timeout: Duration::from_secs(10),
                    rate: Rate {
                        calls: 5,
                        window: Duration::from_secs(1),
                    },
                    at_once: 3,
                    most_bytes: 2 << 20,
                },
            ),
        };
        Ok(Capabilities {
            charts: Some(Arc::new(lastfm)),
            ..Capabilities::default()
        })
    },
};

struct LastFm {
    server: Server,
    key: Secret,
}

/// `{"error": 6, "message": "User not found"}`, with a status of failure or not.
#[derive(Deserialize)]
struct Refusal {
    error: u32,
}

/// Error 6: a parameter is wrong, or there is no such user.
const NO_SUCH_USER: u32 = 6;
/// Errors 8, 11, 16 and 29: try again later.
const TROUBLE: [u32; 4] = [8, 11, 16, 29];

/// The answers of all methods: one list, under two names.
#[derive(Deserialize)]
struct Albums {
    #[serde(alias = "topalbums")]
    albums: AlbumList,
}

#[derive(Deserialize)]
struct Artists {
    #[serde(alias = "topartists")]
    artists: ArtistList,
}

#[derive(Deserialize)]
struct AlbumList {
    #[serde(default)]
    album: Many<Album>,
}

#[derive(Deserialize)]
struct ArtistList {
    #[serde(default)]
    artist: Many<Artist>,
}

/// A list of one is sometimes that one.
#[derive(Deserialize)]
#[serde(untagged)]
enum Many<T> {
    All(Vec<T>),
    One(T),
}

impl<T> Default for Many<T> {
    fn default() -> Self {
        Self::All(Vec::new())
    }
}

impl<T> Many<T> {
    fn into_vec(self) -> Vec<T> {
        match self {
            Self::All(all) => all,
            Self::One(one) => vec![one],
        }
    }
}

#[derive(Deserialize)]
struct Album {
    name: String,
    artist: Artist,
    /// A release's.
    mbid: Option<String>,
}

#[derive(Deserialize)]
struct Artist {
    name: String,
    mbid: Option<String>,
}

#[async_trait]
impl Charts for LastFm {
    fn sources(&self) -> &'static [ChartSource] {
        &[ChartSource::LastFm]
    }

    async fn chart(&self, chart: &Chart) -> Result<Option<Vec<ChartEntry>>, ProviderError> {
        let entries = match chart.entity() {
            Entity::Album => {
                let (method, of) = match chart.user() {
                    Some(user) => ("user.gettopalbums", ("user", user)),
                    None => ("tag.gettopalbums", ("tag", "all")),
                };
                let answer = self.ask::<Albums>(method, Some(of)).await?;
                answer.map(|answer| {
                    answer
                        .albums
                        .album
                        .into_vec()
                        .into_iter()
                        .map(album)
                        .collect()
                })
            }
            Entity::Artist => {
                let (method, of) = match chart.user() {
                    Some(user) => ("user.gettopartists", Some(("user", user))),
                    None => ("chart.gettopartists", None),
                };
                let answer = self.ask::<Artists>(method, of).await?;
                answer.map(|answer| {
                    answer
                        .artists
                        .artist
                        .into_vec()
                        .into_iter()
                        .map(artist)
                        .collect()
                })
            }
        };
        let entries: Option<Vec<ChartEntry>> = entries;
        match (entries, chart.user()) {
            // A user may have listened to nothing yet; everybody hasn't.
            (None, None) => Err(ProviderError::Empty { provider: NAME }),
            (Some(entries), None) if entries.is_empty() => {
                Err(ProviderError::Empty { provider: NAME })
            }
            (entries, _) => Ok(entries),
        }
    }
}

impl LastFm {
    /// Asks for a list; `None` if there is no such user.
    async fn ask<T: DeserializeOwned>(
        &self,
        method: &str,
        of: Option<(&str, &str)>,
    ) -> Result<Option<T>, ProviderError> {
        let length = MOST_ITEMS.to_string();
        let mut query = vec![
            ("method", method),
            ("format", "json"),
            ("limit", &*length),
            ("api_key", self.key.reveal()),
        ];
        query.extend(of);
        let url = self.server.url(&[], &query);
        let reply = self.server.client.send(Call::get(url)).await?;
        let Some(Refusal { error }) = reply.json_of_any_status() else {
            // Without an error of Last.fm's own, "not found" says nothing about a user.
            return match reply.json()? {
                Some(answer) => Ok(Some(answer)),
                None => Err(ProviderError::Status {
                    provider: NAME,
                    status: reply.status(),
                }),
            };
        };
        let is_of_user = of.is_some_and(|(name, _)| name == "user");
        match error {
            NO_SUCH_USER if is_of_user => Ok(None),
            error if TROUBLE.contains(&error) => Err(self.server.client.pause(reply.retry_after())),
            _ => Err(ProviderError::Empty { provider: NAME }),
        }
    }
}

fn album(album: Album) -> ChartEntry {
    ChartEntry {
        artist: album.artist.name,
        title: Some(album.name),
        links: Vec::new(),
        mbid: mbid(album.mbid),
    }
}

fn artist(artist: Artist) -> ChartEntry {
    ChartEntry {
        artist: artist.name,
        title: None,
        links: Vec::new(),
        mbid: mbid(artist.mbid),
    }
}

/// Where it has none, Last.fm gives an empty text.
fn mbid(text: Option<String>) -> Option<linernotes_shared::Mbid> {
    text?.parse().ok()
}
