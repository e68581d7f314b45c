//! Spotify: what its ids are called, and the sign-in of its users.
//!
//! Its API is documented at <https://developer.spotify.com/documentation/web-api>.

mod accounts;
mod names;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use linernotes_shared::request::{Confidential, SpotifyId};
use linernotes_shared::wire::Renewal;

use super::client::ProviderError;
use super::registration::{Capabilities, Defaults, Off, Probe, Registration};
use crate::limiter::Rate;
use accounts::{Accounts, SignIn};
use names::Names;

const NAME: &str = "spotify";
const ACCOUNTS: &str = "spotify_accounts";

/// Off without an application's id and secret.
pub(super) const REGISTRATION: Registration = Registration {
    name: NAME,
    servers: &[ACCOUNTS],
    probe: Probe::SpotifyAlbum("6dVIqQ8qmQ5GBnJ9shOYGE"),
    open: |opening| {
        opening.enabled(NAME)?;
        let settings = opening.spotify();
        let (id, secret) = settings
            .credentials()
            .ok_or(Off::Unset("LINERNOTES_SPOTIFY__CLIENT_ID"))?;
        let limits = |url, names| Defaults {
            url,
            names,
            timeout: Duration::from_secs(5),
            rate: Rate {
                calls: 10,
                window: Duration::from_secs(1),
            },
            at_once: 5,
            most_bytes: 2 << 20,
        };
        let server = opening.server(
            ACCOUNTS,
            &limits("https://accounts.spotify.com", &["accounts.spotify.com"]),
        );
        let accounts = Arc::new(Accounts::new(server, id, secret));
        let names = Names::new(
            opening.server(
                NAME,
                &limits("https://api.spotify.com", &["api.spotify.com"]),
            ),
            Arc::clone(&accounts),
            settings.market.clone(),
        );
        let sign_in = SignIn::new(accounts, settings.redirect_uri());
        Ok(Capabilities {
            spotify_names: Some(Arc::new(names)),
            spotify_sign_in: Some(Arc::new(sign_in)),
            ..Capabilities::default()
        })
    },
};

/// Tells what Spotify's ids are called.
#[async_trait]
pub trait SpotifyNames: Send + Sync {
    /// An album; `None` if Spotify has none of that id.
    async fn album(&self, id: &SpotifyId) -> Result<Option<SpotifyAlbum>, ProviderError>;

    /// Some albums of an artist, the best known first; `None` if Spotify has no artist of that id.
    async fn albums_of(
        &self,
        artist: &SpotifyId,
    ) -> Result<Option<Vec<SpotifyAlbum>>, ProviderError>;
}

/// An album at Spotify.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpotifyAlbum {
    /// Its id.
    pub id: SpotifyId,
    /// Its title.
    pub title: String,
    /// The artist named first.
    pub artist: SpotifyId,
    /// Its name.
    pub artist_name: String,
}

/// Signs Spotify's users in to the application that the settings name.
#[async_trait]
pub trait SpotifySignIn: Send + Sync {
    /// Whether users can be sent back here.
    fn takes_users(&self) -> bool;

    /// The tokens that a code is good for.
    async fn exchange(&self, code: &Confidential) -> Result<Tokens, SignInError>;

    /// A new access token.
    async fn renew(&self, refresh_token: &Confidential) -> Result<Renewal, SignInError>;
}

/// A user's tokens.
pub struct Tokens {
    /// What Spotify is asked with.
    pub access_token: String,
    /// Seconds for which it may be used.
    pub expires_in: u32,
    /// What the next one is had for.
    pub refresh_token: String,
}

/// Why there are no tokens. No message holds one.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Spotify doesn't take the code or token.
    #[error("Spotify doesn't take it")]
    Refused,
    /// Spotify is in trouble, or takes nothing from this application.
    #[error(transparent)]
    Provider(#[from] ProviderError),
}
