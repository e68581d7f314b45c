//! `api.spotify.com`: albums and artists.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use linernotes_shared::request::SpotifyId;

use super::accounts::Accounts;
use super::{SpotifyAlbum, SpotifyNames};
use crate::providers::client::{Call, ProviderError};
use crate::providers::registration::Server;

/// Asks with the application's token.
pub(super) struct Names {
    server: Server,
    accounts: Arc<Accounts>,
    market: String,
}

#[derive(Deserialize)]
struct Album {
    id: String,
    name: String,
    artists: Vec<Artist>,
}

#[derive(Deserialize)]
struct Artist {
    id: Option<String>,
    name: String,
}

#[derive(Deserialize)]
struct TopTracks {
    tracks: Vec<Track>,
}

#[derive(Deserialize)]
struct Track {
    album: Album,
}

/// A page of an artist's albums.
#[derive(Deserialize)]
struct Albums {
    items: Vec<Album>,
}

impl Names {
    pub(super) const fn new(server: Server, accounts: Arc<Accounts>, market: String) -> Self {
        Self {
            server,
            accounts,
            market,
        }
    }

    /// Asks for something; `None` if there is no such thing. A token that isn't taken is replaced once: Spotify may end
    /// one early.
    async fn ask<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Option<T>, ProviderError> {
        let token = self.accounts.token().await?;
        match self.ask_with(&token, path, query).await {
            Err(ProviderError::Refused { status, .. })
                if status == reqwest::StatusCode::UNAUTHORIZED =>
            {
                self.accounts.forget(&token).await;
                let token = self.accounts.token().await?;
                self.ask_with(&token, path, query).await
            }
            outcome => outcome,
        }
    }

    async fn ask_with<T: DeserializeOwned>(
        &self,
        token: &str,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Option<T>, ProviderError> {
        let path = [&["v1"], path].concat();
        let call = Call::get(self.server.url(&path, query))
            .secret_text("authorization", &format!("Bearer {token}"));
        self.server.client.json(call).await
    }

    async fn top_albums(&self, artist: &SpotifyId) -> Result<Option<Vec<Album>>, ProviderError> {
        let path = ["artists", artist.as_str(), "top-tracks"];
        let top: Option<TopTracks> = self.ask(&path, &[("market", &self.market)]).await?;
        Ok(top.map(|top| top.tracks.into_iter().map(|track| track.album).collect()))
    }

    async fn own_albums(&self, artist: &SpotifyId) -> Result<Option<Vec<Album>>, ProviderError> {
        let path = ["artists", artist.as_str(), "albums"];
        let query = [
            ("include_groups", "album"),
            ("limit", "10"),
            ("market", &*self.market),
        ];
        let page: Option<Albums> = self.ask(&path, &query).await?;
        Ok(page.map(|page| page.items))
    }
}

#[async_trait]
impl SpotifyNames for Names {
    async fn album(&self, id: &SpotifyId) -> Result<Option<SpotifyAlbum>, ProviderError> {
        let album: Option<Album> = self.ask(&["albums", id.as_str()], &[]).await?;
        Ok(match album {
            // An album that is known by another id now is still the one that was asked for.
            Some(album) => Some(SpotifyAlbum {
                id: id.clone(),
                ..read(album).ok_or(ProviderError::Empty {
                    provider: self.server.client.provider(),
                })?
            }),
            None => None,
        })
    }

    async fn albums_of(
        &self,
        artist: &SpotifyId,
    ) -> Result<Option<Vec<SpotifyAlbum>>, ProviderError> {
        // What others made with the artist, and samplers, say nothing about who the artist is.
        let own = |albums: Vec<Album>| -> Vec<SpotifyAlbum> {
            let mut seen = HashSet::new();
            albums
                .into_iter()
                .filter_map(read)
                .filter(|album| album.artist == *artist && seen.insert(album.id.clone()))
                .collect()
        };
        let top = self.top_albums(artist).await;
        match top.map(|albums| albums.map(own)) {
            Ok(Some(albums)) if !albums.is_empty() => Ok(Some(albums)),
            // Not every application is given top tracks, and not every artist has any in a market. Trouble that is more
            // than that shows in the next answer too.
            Ok(_) | Err(ProviderError::Refused { .. }) => {
                Ok(self.own_albums(artist).await?.map(own))
            }
            Err(error) => Err(error),
        }
    }
}

/// An album whose ids are such; a local file's, for one, has none.
fn read(album: Album) -> Option<SpotifyAlbum> {
    let artist = album.artists.into_iter().next()?;
    Some(SpotifyAlbum {
        id: album.id.parse().ok()?,
        title: album.name,
        artist: artist.id?.parse().ok()?,
        artist_name: artist.name,
    })
}
