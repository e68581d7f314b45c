//! FanArt.tv: pictures of artists and albums, by MBID.
//!
//! Its API is documented at <https://fanarttv.docs.apiary.io>. The keys go in headers, so that no URL holds them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::Value;

use linernotes_shared::Mbid;
use linernotes_shared::cache::{CacheKey, Collection};
use linernotes_shared::request::Entity;

use super::capability::{AlbumImages, ArtistImages, Asker, Fetched, Lookup, News, Source};
use super::client::{Call, ProviderError};
use super::record::{CoverType, Record};
use super::registration::{Capabilities, Defaults, Probe, Registration, Server};
use super::subject;
use crate::catalogue::{AlbumRecord, ArtistRecord};
use crate::config::Secret;
use crate::limiter::Rate;

const NAME: &str = "fanart";
const COLLECTION: Collection = Collection::FanArt;
const DAY: u64 = 24 * 60 * 60;

/// Off without a key.
pub(super) const REGISTRATION: Registration = Registration {
    name: NAME,
    servers: &[],
    probe: Probe::Record("artist/cc197bad-dc9c-440d-a5b5-d52ba2e14234"),
    open: |opening| {
        opening.enabled(NAME)?;
        let fanart = Arc::new(FanArt {
            api_key: opening.key(NAME)?,
            client_key: opening.client_key(NAME),
            server: opening.server(
                NAME,
                &Defaults {
                    url: "https://webservice.fanart.tv",
                    names: &["fanart.tv"],
                    timeout: Duration::from_secs(10),
                    rate: Rate {
                        calls: 10,
                        window: Duration::from_secs(1),
                    },
                    at_once: 10,
                    // The longest answers, of artists with hundreds of pictures, have some hundred kilobytes; the feed
                    // of a week has more.
                    most_bytes: 8 << 20,
                },
            ),
        });
        Ok(Capabilities {
            source: Some(Arc::clone(&fanart) as _),
            artist_images: Some(Arc::clone(&fanart) as _),
            album_images: Some(Arc::clone(&fanart) as _),
            news: Some(fanart),
            ..Capabilities::default()
        })
    },
};

struct FanArt {
    server: Server,
    api_key: Secret,
    /// A person's key, with which new pictures are seen earlier.
    client_key: Option<Secret>,
}

/// `v3/music/{mbid}` and `v3/music/albums/{mbid}`: lists of pictures by their types, and others of any form.
#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Fields(HashMap<String, Value>),
    /// PHP's word for an object without fields.
    Nothing([(); 0]),
}

/// An artist of `v3/music/latest`.
#[derive(Deserialize)]
struct Latest {
    id: String,
    /// A number, which stands there as text.
    #[serde(default)]
    new_images: Value,
}

impl ArtistImages for FanArt {
    fn artist_images(&self, artist: &ArtistRecord) -> Lookup {
        Lookup::named(COLLECTION, &subject::name(Entity::Artist, artist.mbid))
    }
}

impl AlbumImages for FanArt {
    fn album_images(&self, album: &AlbumRecord) -> Lookup {
        Lookup::named(COLLECTION, &subject::name(Entity::Album, album.mbid))
    }
}

#[async_trait]
impl Source for FanArt {
    fn collection(&self) -> Collection {
        COLLECTION
    }

    fn fresh_for(&self) -> Duration {
        Duration::from_secs(30 * DAY)
    }

    async fn fetch(&self, name: &str, asker: Asker) -> Result<Fetched, ProviderError> {
        let Some((entity, mbid)) = subject::parse(name) else {
            return Ok(Fetched::default());
        };
        if asker == Asker::Crawler {
            self.server.client.leave_some().await?;
        }
        let text = mbid.to_string();
        let path: &[&str] = match entity {
            Entity::Artist => &["v3", "music", &text],
            Entity::Album => &["v3", "music", "albums", &text],
        };
        let call = self.call(path, &[]);
        let Some(answer) = self.server.client.json::<Answer>(call).await? else {
            return Ok(Fetched::default());
        };
        Ok(match entity {
            Entity::Artist => answer.of_artist(),
            Entity::Album => answer.of_album(mbid),
        })
    }
}

#[async_trait]
impl News for FanArt {
    /// Artists alone: the feed doesn't name albums, but an artist's answer holds theirs.
    ///
    /// We see a picture some days after it was added, but the feed goes by when it was added. So what we came to see
    /// between two moments was added between the same two some days earlier: what the feed since the first has more
    /// than the feed since the second.
    async fn changed(&self, since: u64, until: u64) -> Result<Vec<CacheKey>, ProviderError> {
        let lag = self.lag();
        let (more, less) = futures_util::try_join!(
            self.latest(since.saturating_sub(lag)),
            self.latest(until.saturating_sub(lag)),
        )?;
        Ok(more
            .iter()
            .filter(|(mbid, pictures)| less.get(mbid) != Some(pictures))
            .filter_map(|(mbid, _)| {
                CacheKey::named(COLLECTION, &subject::name(Entity::Artist, *mbid)).ok()
            })
            .collect())
    }
}

impl FanArt {
    fn call(&self, path: &[&str], query: &[(&str, &str)]) -> Call {
        let call = Call::get(self.server.url(path, query)).secret("api-key", &self.api_key);
        match &self.client_key {
            Some(key) => call.secret("client-key", key),
            None => call,
        }
    }

    /// Seconds after which we see a new picture: projects' keys wait for a week, persons' for two days.
    const fn lag(&self) -> u64 {
        match self.client_key {
            Some(_) => 2 * DAY,
            None => 7 * DAY,
        }
    }

    /// How many pictures each artist got since a moment.
    async fn latest(&self, since: u64) -> Result<BTreeMap<Mbid, u64>, ProviderError> {
        let call = self.call(&["v3", "music", "latest"], &[("date", &since.to_string())]);
        let artists: Vec<Latest> = self.server.client.json(call).await?.unwrap_or_default();
        Ok(artists
            .into_iter()
            .filter_map(|artist| {
                let count = match &artist.new_images {
                    Value::String(text) => text.parse().unwrap_or_default(),
                    number => number.as_u64().unwrap_or_default(),
                };
                Some((artist.id.parse().ok()?, count))
            })
            .collect())
    }
}

impl Answer {
    fn of_artist(self) -> Fetched {
        let first = |names: &[&str]| names.iter().find_map(|name| first(self.get(name)?));
        let record = Record::of_pictures([
            (CoverType::Banner, first(&["musicbanner"])),
            (CoverType::Fanart, first(&["artistbackground"])),
            (CoverType::Logo, first(&["hdmusiclogo", "musiclogo"])),
            (CoverType::Poster, first(&["artistthumb"])),
        ]);
        let others = self
            .albums()
            .map(|(mbid, album)| (subject::name(Entity::Album, mbid), record_of(album)))
            .filter(|(_, record)| !record.is_empty())
            .collect();
        Fetched {
            others,
            ..Fetched::alone(record)
        }
    }

    fn of_album(self, mbid: Mbid) -> Fetched {
        let mut albums = self.albums();
        let album = albums.find(|(other, _)| *other == mbid);
        album.map_or_else(Fetched::default, |(_, album)| {
            Fetched::alone(record_of(album))
        })
    }

    fn get(&self, field: &str) -> Option<&Value> {
        match self {
            Self::Fields(fields) => fields.get(field),
            Self::Nothing([]) => None,
        }
    }

    /// The albums by MBID. Without any there may be a list in place of the object.
    fn albums(&self) -> impl Iterator<Item = (Mbid, &Value)> {
        let albums = self.get("albums").and_then(Value::as_object);
        albums
            .into_iter()
            .flatten()
            .filter_map(|(mbid, album)| Some((mbid.parse().ok()?, album)))
    }
}

/// An album's pictures.
fn record_of(album: &Value) -> Record {
    Record::of_pictures([
        (CoverType::Cover, album.get("albumcover").and_then(first)),
        (CoverType::Disc, album.get("cdart").and_then(first)),
    ])
}

/// The URL of a list's first picture: the one that people like best.
fn first(list: &Value) -> Option<String> {
    let url = list.get(0)?.get("url")?.as_str()?;
    Some(url.to_owned())
}
