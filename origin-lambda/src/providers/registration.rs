//! How a provider is registered: its name, and how it is opened with its settings.

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::capability::{AlbumImages, AlbumOverview, ArtistImages, ArtistOverview, News, Source};
use super::chart::Charts;
use super::client::{Client, Courtesy, Hosts, Terms};
use super::spotify::{SpotifyNames, SpotifySignIn};
use crate::config::{self, Config, Provider, Secret};
use crate::limiter::Rate;

/// A provider that there is.
pub struct Registration {
    /// Its name in settings, with `_` between words.
    pub name: &'static str,
    /// Names of further servers that it asks, each with settings of its own.
    pub servers: &'static [&'static str],
    /// What it is asked to see whether it answers, and takes our key.
    pub probe: Probe,
    /// Opens it, unless it is switched off.
    pub open: fn(&Opening<'_>) -> Result<Capabilities, Off>,
}

/// A question that a provider in good health has an answer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// None: it isn't asked from here at all.
    Nothing,
    /// A record, by its name.
    Record(&'static str),
    /// A chart, by its path.
    Chart(&'static str),
    /// An album, by Spotify's id.
    SpotifyAlbum(&'static str),
}

/// What a provider can do.
#[derive(Clone, Default)]
pub struct Capabilities {
    /// Fetches its records.
    pub source: Option<Arc<dyn Source>>,
    /// Has artists' pictures.
    pub artist_images: Option<Arc<dyn ArtistImages>>,
    /// Has albums' pictures.
    pub album_images: Option<Arc<dyn AlbumImages>>,
    /// Has texts about artists.
    pub artist_overview: Option<Arc<dyn ArtistOverview>>,
    /// Has texts about albums.
    pub album_overview: Option<Arc<dyn AlbumOverview>>,
    /// Tells what is new.
    pub news: Option<Arc<dyn News>>,
    /// Makes charts.
    pub charts: Option<Arc<dyn Charts>>,
    /// Knows Spotify's ids.
    pub spotify_names: Option<Arc<dyn SpotifyNames>>,
    /// Signs Spotify's users in.
    pub spotify_sign_in: Option<Arc<dyn SpotifySignIn>>,
}

/// Why a provider is switched off.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Off {
    /// The operator wants it so.
    #[error("LINERNOTES_PROVIDERS__{}__ENABLED is false", .0.to_uppercase())]
    Disabled(&'static str),
    /// It can't be asked without a key.
    #[error("LINERNOTES_PROVIDERS__{}__API_KEY isn't set", .0.to_uppercase())]
    NoKey(&'static str),
    /// It can't be asked without what a setting of its own holds.
    #[error("{0} isn't set")]
    Unset(&'static str),
}

/// What a provider is opened with.
pub struct Opening<'a> {
    config: &'a Config,
    courtesy: &'a Courtesy,
}

/// How a server is asked if nothing is set.
pub struct Defaults {
    /// Its address; `{language}` stands for a language's code.
    pub url: &'static str,
    /// Names under which it has further hosts.
    pub names: &'static [&'static str],
    /// What it has for one answer.
    pub timeout: Duration,
    /// How often it may be asked.
    pub rate: Rate,
    /// Calls that may be under way at once.
    pub at_once: usize,
    /// Most bytes of an answer.
    pub most_bytes: usize,
}

/// A server, ready to be asked.
pub struct Server {
    /// Asks it.
    pub client: Client,
    /// Its address, without a slash at its end.
    address: String,
}

impl<'a> Opening<'a> {
    pub(super) const fn new(config: &'a Config, courtesy: &'a Courtesy) -> Self {
        Self { config, courtesy }
    }

    /// The settings of a provider.
    fn settings(&self, name: &str) -> Provider {
        self.config.providers.get(name).cloned().unwrap_or_default()
    }

    /// The language in which texts are wanted.
    pub fn language(&self) -> &'a str {
        &self.config.enrichment.language
    }

    /// How lists are made.
    pub const fn lists(&self) -> &'a config::Lists {
        &self.config.lists
    }

    /// What is set of Spotify alone.
    pub const fn spotify(&self) -> &'a config::Spotify {
        &self.config.spotify
    }

    /// Whether a provider isn't switched off.
    pub fn enabled(&self, name: &'static str) -> Result<(), Off> {
        if self.settings(name).is_enabled() {
            Ok(())
        } else {
            Err(Off::Disabled(name))
        }
    }

    /// A provider's key, without which it is off.
    pub fn key(&self, name: &'static str) -> Result<Secret, Off> {
        let settings = self.settings(name);
        settings.api_key().cloned().ok_or(Off::NoKey(name))
    }

    /// A provider's second key, if there is one.
    pub fn client_key(&self, name: &str) -> Option<Secret> {
        self.settings(name).client_key().cloned()
    }

    /// A server of that name, as it is set.
    pub fn server(&self, name: &'static str, defaults: &Defaults) -> Server {
        let settings = self.settings(name);
        let address = settings.url.as_deref().unwrap_or(defaults.url);
        let address = address.trim_end_matches('/').to_owned();
        let server = Url::parse(&in_language(&address, "en"));
        let terms = Terms {
            provider: name,
            hosts: Hosts::new(server.into_iter().collect(), defaults.names),
            timeout: settings.timeout(defaults.timeout),
            rate: Some(settings.rate(defaults.rate)),
            at_once: settings.at_once.unwrap_or(defaults.at_once),
            most_bytes: defaults.most_bytes,
        };
        Server {
            client: Client::new(terms, self.courtesy),
            address,
        }
    }
}

fn in_language(address: &str, language: &str) -> String {
    address.replace("{language}", language)
}

impl Server {
    /// The URL of a path on it, with a query. The parts of the path are encoded as they need to be.
    pub fn url(&self, path: &[&str], query: &[(&str, &str)]) -> Url {
        self.url_in("en", path, query)
    }

    /// The URL of a path on a language's server.
    pub fn url_in(&self, language: &str, path: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = Url::parse(&in_language(&self.address, language))
            .expect("settings and defaults are checked to be URLs");
        url.path_segments_mut()
            .expect("http URLs have paths")
            .pop_if_empty()
            .extend(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }
}
