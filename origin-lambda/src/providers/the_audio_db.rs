//! TheAudioDB: pictures and biographies of artists, pictures and descriptions of albums, by MBID.
//!
//! Its API is documented at <https://www.theaudiodb.com/free_music_api>. The key stands in the path.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::Value;

use linernotes_shared::cache::Collection;
use linernotes_shared::request::Entity;

use super::capability::{
    AlbumImages, AlbumOverview, ArtistImages, ArtistOverview, Asker, Fetched, Lookup, Source,
};
use super::client::{Call, ProviderError};
use super::record::{CoverType, Record};
use super::registration::{Capabilities, Defaults, Probe, Registration, Server};
use super::subject;
use crate::catalogue::{AlbumRecord, ArtistRecord};
use crate::config::Secret;
use crate::limiter::Rate;

const NAME: &str = "the_audio_db";
const COLLECTION: Collection = Collection::TheAudioDb;

/// Off without a key.
pub(super) const REGISTRATION: Registration = Registration {
    name: NAME,
    servers: &[],
    probe: Probe::Record("artist/cc197bad-dc9c-440d-a5b5-d52ba2e14234"),
    open: |opening| {
        opening.enabled(NAME)?;
        let the_audio_db = Arc::new(TheAudioDb {
            key: opening.key(NAME)?,
            language: opening.language().to_owned(),
            server: opening.server(
                NAME,
                &Defaults {
                    url: "https://www.theaudiodb.com",
                    names: &["theaudiodb.com"],
                    timeout: Duration::from_secs(10),
                    // What it allows free users.
                    rate: Rate {
                        calls: 30,
                        window: Duration::from_secs(60),
                    },
                    at_once: 5,
                    most_bytes: 1 << 20,
                },
            ),
        });
        Ok(Capabilities {
            source: Some(Arc::clone(&the_audio_db) as _),
            artist_images: Some(Arc::clone(&the_audio_db) as _),
            album_images: Some(Arc::clone(&the_audio_db) as _),
            artist_overview: Some(Arc::clone(&the_audio_db) as _),
            album_overview: Some(the_audio_db),
            news: None,
            ..Capabilities::default()
        })
    },
};

struct TheAudioDb {
    server: Server,
    key: Secret,
    language: String,
}

/// `artist-mb.php` and `album-mb.php`; null for what it doesn't know.
#[derive(Default, Deserialize)]
struct Answer {
    #[serde(default, alias = "artists")]
    album: Option<Vec<Fields>>,
}

/// Text fields, and others of any form.
#[derive(Default, Deserialize)]
struct Fields(HashMap<String, Value>);

impl ArtistImages for TheAudioDb {
    fn artist_images(&self, artist: &ArtistRecord) -> Lookup {
        Lookup::named(COLLECTION, &subject::name(Entity::Artist, artist.mbid))
    }
}

impl AlbumImages for TheAudioDb {
    fn album_images(&self, album: &AlbumRecord) -> Lookup {
        Lookup::named(COLLECTION, &subject::name(Entity::Album, album.mbid))
    }
}

impl ArtistOverview for TheAudioDb {
    fn artist_overview(&self, artist: &ArtistRecord) -> Lookup {
        self.artist_images(artist)
    }
}

impl AlbumOverview for TheAudioDb {
    fn album_overview(&self, album: &AlbumRecord) -> Lookup {
        self.album_images(album)
    }
}

#[async_trait]
impl Source for TheAudioDb {
    fn collection(&self) -> Collection {
        COLLECTION
    }

    fn fresh_for(&self) -> Duration {
        Duration::from_secs(30 * 24 * 60 * 60)
    }

    async fn fetch(&self, name: &str, asker: Asker) -> Result<Fetched, ProviderError> {
        let Some((entity, mbid)) = subject::parse(name) else {
            return Ok(Fetched::default());
        };
        if asker == Asker::Crawler {
            self.server.client.leave_some().await?;
        }
        let page = match entity {
            Entity::Artist => "artist-mb.php",
            Entity::Album => "album-mb.php",
        };
        let url = self.server.url(
            &["api", "v1", "json", self.key.reveal(), page],
            &[("i", &mbid.to_string())],
        );
        let answer = match self.server.client.json::<Answer>(Call::get(url)).await {
            Ok(answer) => answer.unwrap_or_default(),
            // For some subjects it writes JSON that isn't: as good as nothing.
            Err(ProviderError::Malformed { .. }) => Answer::default(),
            Err(error) => return Err(error),
        };
        let fields = answer.album.unwrap_or_default().into_iter().next();
        let fields = fields.unwrap_or_default();
        Ok(Fetched::alone(match entity {
            Entity::Artist => fields.of_artist(&self.language),
            Entity::Album => fields.of_album(&self.language),
        }))
    }
}

impl Fields {
    fn of_artist(&self, language: &str) -> Record {
        Record::of_pictures([
            (CoverType::Banner, self.text("strArtistBanner")),
            (CoverType::Fanart, self.text("strArtistFanart")),
            (CoverType::Logo, self.text("strArtistLogo")),
            (CoverType::Poster, self.text("strArtistThumb")),
        ])
        .with_text(self.text_in("strBiography", language))
    }

    fn of_album(&self, language: &str) -> Record {
        Record::of_pictures([
            (CoverType::Cover, self.text("strAlbumThumb")),
            (CoverType::Disc, self.text("strAlbumCDart")),
        ])
        .with_text(self.text_in("strDescription", language))
    }

    fn text(&self, name: &str) -> Option<&str> {
        let text = self.0.get(name)?.as_str()?;
        (!text.trim().is_empty()).then_some(text)
    }

    /// A text in a language, else in English.
    fn text_in(&self, name: &str, language: &str) -> Option<&str> {
        self.text(&format!("{name}{}", code(language)))
            .or_else(|| self.text(&format!("{name}EN")))
    }
}

/// TheAudioDB's code for a language: some are a country's.
fn code(language: &str) -> String {
    match language {
        "zh" => "CN",
        "ja" => "JP",
        "sv" => "SE",
        "he" => "IL",
        other => return other.to_uppercase(),
    }
    .to_owned()
}
