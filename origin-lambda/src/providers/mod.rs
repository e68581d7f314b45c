//! Providers: what others than MusicBrainz know about artists and albums.
//!
//! Each provider is a file of its own, which implements the traits of what it can ([`capability`]), and is registered in
//! [`REGISTRY`] below. What it says about a subject is a [`record`], kept for days; an answer is built with the records
//! that are kept, and waits a little for those that aren't. The traits are composed to [`chain`](self)s by the settings.
//! None of it can break an answer: what isn't there in time is left out, and comes with a later answer.

pub mod capability;
pub mod chart;
pub mod client;
pub mod record;
pub mod registration;
pub mod spotify;

mod address;
mod apple;
mod billboard;
mod chain;
mod cover_art_archive;
mod fanart;
mod lastfm;
mod probe;
mod records;
mod subject;
mod the_audio_db;
mod wikidata;
mod wikipedia;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::Instant;

use linernotes_shared::cache::CacheKey;
use linernotes_shared::request::ChartSource;
use linernotes_shared::wire::Image;

use crate::answer::Extras;
use crate::cache::{Cache, StoreError};
use crate::catalogue::{AlbumRecord, ArtistRecord};
use crate::config::{Config, Enrichment};
use crate::limiter::{Limiter, Unlimited};
use address::Addresses;
use capability::{AlbumImages, AlbumOverview, ArtistImages, ArtistOverview, Lookup, News};
use chain::Given;
use chart::Charts;
use client::{Courtesy, Health, ProviderError};
use record::{CoverType, Picture};
use records::{Reading, Records};
use registration::{Capabilities, Opening, Registration};
use spotify::{SpotifyNames, SpotifySignIn};

pub use probe::{Answered, probe};
pub use records::{RefreshError, Refreshed};
pub use registration::Off;

/// Every provider, a line each.
const REGISTRY: &[Registration] = &[
    apple::REGISTRATION,
    billboard::REGISTRATION,
    cover_art_archive::REGISTRATION,
    fanart::REGISTRATION,
    lastfm::REGISTRATION,
    spotify::REGISTRATION,
    the_audio_db::REGISTRATION,
    wikipedia::REGISTRATION,
];

/// The names that settings may use, of providers and their further servers.
pub fn names() -> Vec<&'static str> {
    REGISTRY
        .iter()
        .flat_map(|registration| std::iter::once(&registration.name).chain(registration.servers))
        .copied()
        .collect()
}

/// Every provider, with why the settings switch it off if they do.
pub fn statuses(config: &Config) -> Vec<(&'static str, Option<Off>)> {
    let courtesy = Courtesy::new(config.contact.as_deref(), Arc::new(Unlimited));
    let opened = open_all(config, &courtesy).into_iter();
    opened.map(|(name, opened)| (name, opened.err())).collect()
}

fn open_all(
    config: &Config,
    courtesy: &Courtesy,
) -> Vec<(&'static str, Result<Capabilities, Off>)> {
    let opening = Opening::new(config, courtesy);
    REGISTRY
        .iter()
        .map(|registration| (registration.name, (registration.open)(&opening)))
        .collect()
}

/// The providers that are switched on, in chains.
pub struct Providers {
    records: Records,
    artist_images: Vec<Arc<dyn ArtistImages>>,
    album_images: Vec<Arc<dyn AlbumImages>>,
    artist_overview: Vec<Arc<dyn ArtistOverview>>,
    album_overview: Vec<Arc<dyn AlbumOverview>>,
    news: Vec<Arc<dyn News>>,
    charts: Vec<Arc<dyn Charts>>,
    spotify_names: Option<Arc<dyn SpotifyNames>>,
    spotify_sign_in: Option<Arc<dyn SpotifySignIn>>,
    addresses: Addresses,
    budget: Duration,
    off: Vec<(&'static str, Off)>,
    courtesy: Courtesy,
}

/// What providers add to an artist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtistExtras {
    /// The additions.
    pub extras: Extras,
    /// Whether all that were asked were heard.
    pub is_complete: bool,
    /// Whether they may be fewer than what is kept: that can't be read for the moment, and nobody was heard in its stead.
    pub is_unsure: bool,
}

/// What providers add to an album.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlbumExtras {
    /// The additions to the album itself.
    pub extras: Extras,
    /// Those to its artists, in their order.
    pub artists: Vec<ArtistExtras>,
    /// Whether all that were asked were heard, and what is kept for the others could be read.
    pub is_complete: bool,
}

/// Where what an artist or album gets is looked up.
struct Chains {
    wanted: &'static [CoverType],
    images: Vec<Lookup>,
    overview: Vec<Lookup>,
}

impl Providers {
    /// Opens the providers that the settings switch on. Nobody is asked yet.
    pub fn open(config: &Config, cache: Arc<Cache>, limiter: Arc<dyn Limiter>) -> Self {
        let courtesy = Courtesy::new(config.contact.as_deref(), limiter);
        let opened = open_all(config, &courtesy);
        let on: Vec<(&str, &Capabilities)> = opened
            .iter()
            .filter_map(|(name, opened)| Some((*name, opened.as_ref().ok()?)))
            .collect();
        let sources = on.iter().filter_map(|(_, can)| can.source.clone());
        let Enrichment {
            artist_images,
            album_images,
            artist_overview,
            album_overview,
            public_url,
            ..
        } = &config.enrichment;
        Self {
            records: Records::new(cache, sources.collect(), config.cache.revalidate),
            artist_images: ordered(artist_images, &on, |can| can.artist_images.clone()),
            album_images: ordered(album_images, &on, |can| can.album_images.clone()),
            artist_overview: ordered(artist_overview, &on, |can| can.artist_overview.clone()),
            album_overview: ordered(album_overview, &on, |can| can.album_overview.clone()),
            news: on.iter().filter_map(|(_, can)| can.news.clone()).collect(),
            charts: on
                .iter()
                .filter_map(|(_, can)| can.charts.clone())
                .collect(),
            spotify_names: on.iter().find_map(|(_, can)| can.spotify_names.clone()),
            spotify_sign_in: on.iter().find_map(|(_, can)| can.spotify_sign_in.clone()),
            addresses: Addresses::new(public_url.as_deref()),
            budget: config.enrichment.budget(),
            off: opened
                .into_iter()
                .filter_map(|(name, opened)| Some((name, opened.err()?)))
                .collect(),
            courtesy,
        }
    }

    /// How the servers are that are asked, by name.
    pub fn health(&self) -> Vec<Health> {
        self.courtesy.health()
    }

    /// Which providers are off, and why.
    pub fn off(&self) -> &[(&'static str, Off)] {
        &self.off
    }

    /// Logs which providers are off, and why.
    pub fn report(&self) {
        for (provider, off) in &self.off {
            tracing::info!(provider, "provider is off: {off}");
        }
    }

    /// What providers add to an artist: what is kept, and what comes in the budget's time.
    pub async fn artist(&self, artist: &ArtistRecord) -> ArtistExtras {
        let chains = self.artist_chains(artist);
        let reading = self.records.open(chains.lookups(), self.deadline()).await;
        self.follow(&chains, &reading).await
    }

    /// What providers add to an album and to its artist, as in [`artist`](Self::artist); and to the other artists in it
    /// what is kept, for there may be thousands.
    pub async fn album(&self, album: &AlbumRecord) -> AlbumExtras {
        let chains = self.album_chains(album);
        let artists: Vec<Chains> = album
            .artists
            .iter()
            .map(|artist| self.artist_chains(artist))
            .collect();
        let lookups = chains
            .lookups()
            .chain(artists.iter().flat_map(Chains::lookups));
        let reading = self.records.open(lookups, self.deadline()).await;
        let kept = reading.of_kept();
        let (own, others) = match artists.split_first() {
            Some((own, others)) => (Some(own), others),
            None => (None, &[][..]),
        };
        let follow_own = async {
            match own {
                Some(own) => Some(self.follow(own, &reading).await),
                None => None,
            }
        };
        let (own_album, own) = tokio::join!(self.follow(&chains, &reading), follow_own);
        let own_is_complete = own.as_ref().is_none_or(|own| own.is_complete);
        let mut all: Vec<ArtistExtras> = own.into_iter().collect();
        for chains in others {
            all.push(self.follow(chains, &kept).await);
        }
        let is_sure = !all.iter().any(|artist| artist.is_unsure);
        AlbumExtras {
            extras: own_album.extras,
            artists: all,
            is_complete: own_album.is_complete && own_is_complete && is_sure,
        }
    }

    /// What is kept of providers' additions to artists, in their order, in one read. Nobody is asked.
    pub async fn kept_of_artists(
        &self,
        artists: &[ArtistRecord],
    ) -> Result<Vec<Extras>, StoreError> {
        self.kept(artists.iter().map(|artist| self.artist_chains(artist)))
            .await
    }

    /// What is kept of providers' additions to albums, without their artists, in their order, in one read. Nobody is
    /// asked.
    pub async fn kept_of_albums(&self, albums: &[AlbumRecord]) -> Result<Vec<Extras>, StoreError> {
        self.kept(albums.iter().map(|album| self.album_chains(album)))
            .await
    }

    async fn kept(&self, chains: impl Iterator<Item = Chains>) -> Result<Vec<Extras>, StoreError> {
        let chains: Vec<Chains> = chains.collect();
        let lookups = chains.iter().flat_map(Chains::lookups);
        let reading = self.records.open(lookups, None).await;
        let all = join_all(chains.iter().map(|chains| self.follow(chains, &reading))).await;
        if all.iter().any(|followed| followed.is_unsure) {
            return Err(StoreError::Unread);
        }
        Ok(all.into_iter().map(|followed| followed.extras).collect())
    }

    /// Fetches a record anew, whether or not it is kept: for a crawler, before it goes stale. What comes with it is kept
    /// before it is kept itself.
    pub async fn refresh(&self, key: &CacheKey) -> Result<Refreshed, RefreshError> {
        self.records.refresh(key).await
    }

    /// The records' keys of what became visible to us at providers between two moments (unix seconds): for a crawler,
    /// which marks them stale. The answers on what they are about are out of date too.
    pub async fn news(&self, since: u64, until: u64) -> Result<Vec<CacheKey>, ProviderError> {
        let mut keys = Vec::new();
        for provider in &self.news {
            keys.extend(provider.changed(since, until).await?);
        }
        Ok(keys)
    }

    /// Who makes a source's charts, if it is switched on.
    pub fn charts(&self, source: ChartSource) -> Option<&Arc<dyn Charts>> {
        self.charts
            .iter()
            .find(|charts| charts.sources().contains(&source))
    }

    /// Who knows Spotify's ids, if it is switched on.
    pub const fn spotify_names(&self) -> Option<&Arc<dyn SpotifyNames>> {
        self.spotify_names.as_ref()
    }

    /// Who signs Spotify's users in, if it is switched on.
    pub const fn spotify_sign_in(&self) -> Option<&Arc<dyn SpotifySignIn>> {
        self.spotify_sign_in.as_ref()
    }

    fn deadline(&self) -> Option<Instant> {
        Some(Instant::now() + self.budget)
    }

    fn artist_chains(&self, artist: &ArtistRecord) -> Chains {
        let (images, overview) = (&self.artist_images, &self.artist_overview);
        Chains {
            wanted: &CoverType::OF_ARTISTS,
            images: images.iter().map(|it| it.artist_images(artist)).collect(),
            overview: overview
                .iter()
                .map(|it| it.artist_overview(artist))
                .collect(),
        }
    }

    fn album_chains(&self, album: &AlbumRecord) -> Chains {
        let (images, overview) = (&self.album_images, &self.album_overview);
        Chains {
            wanted: &CoverType::OF_ALBUMS,
            images: images.iter().map(|it| it.album_images(album)).collect(),
            overview: overview.iter().map(|it| it.album_overview(album)).collect(),
        }
    }

    /// Follows both chains at the same time.
    async fn follow(&self, chains: &Chains, reading: &Reading<'_>) -> ArtistExtras {
        let (images, overview) = tokio::join!(
            chain::pictures(chains.wanted, &chains.images, reading),
            chain::text(&chains.overview, reading),
        );
        let is_complete = images.is_complete && overview.is_complete;
        let extras = Extras {
            images: self.addressed(images),
            overview: overview.value,
        };
        ArtistExtras {
            extras,
            is_complete,
            is_unsure: !is_complete && !reading.knows(chains.lookups()),
        }
    }

    fn addressed(&self, pictures: Given<Vec<Picture>>) -> Vec<Image> {
        let pictures = pictures.value.into_iter();
        pictures
            .filter_map(|picture| self.addresses.image(picture))
            .collect()
    }
}

impl Chains {
    fn lookups(&self) -> impl Iterator<Item = &Lookup> {
        self.images.iter().chain(&self.overview)
    }
}

/// Those of the names that are switched on and can do it, in the names' order.
fn ordered<T>(
    names: &[String],
    on: &[(&str, &Capabilities)],
    can: impl Fn(&Capabilities) -> Option<T>,
) -> Vec<T> {
    names
        .iter()
        .filter_map(|name| on.iter().find(|(other, _)| other == name))
        .filter_map(|(_, capabilities)| can(capabilities))
        .collect()
}
