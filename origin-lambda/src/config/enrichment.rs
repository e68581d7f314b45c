use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::providers::is_server;

/// What providers add to answers, and how long that may take.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Enrichment {
    /// Milliseconds that a new answer waits for all providers together.
    pub budget_ms: u64,
    /// Language of biographies, as two letters. What doesn't exist in it is given in English.
    pub language: String,
    /// Who gives artists' pictures, best first.
    pub artist_images: Vec<String>,
    /// Who gives albums' pictures, best first.
    pub album_images: Vec<String>,
    /// Who gives artists' overviews, best first.
    pub artist_overview: Vec<String>,
    /// Who gives albums' overviews, best first.
    pub album_overview: Vec<String>,
    /// The service's own address, if pictures are to be downloaded through it; without one, from where they are.
    pub public_url: Option<String>,
}

impl Default for Enrichment {
    fn default() -> Self {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            budget_ms: 3_000,
            language: "en".to_owned(),
            artist_images: names(&["fanart", "the_audio_db"]),
            album_images: names(&["fanart", "the_audio_db", "cover_art_archive"]),
            artist_overview: names(&["wikipedia", "the_audio_db"]),
            album_overview: names(&["wikipedia", "the_audio_db"]),
            public_url: None,
        }
    }
}

impl Enrichment {
    /// Time that a new answer waits for all providers together.
    pub const fn budget(&self) -> Duration {
        Duration::from_millis(self.budget_ms)
    }

    /// What can't be used, each with its variable's name. `known` are the providers that there are.
    pub(super) fn problems(&self, known: &[&str]) -> Vec<String> {
        let mut problems = Vec::new();
        let mut see = |is_wrong: bool, setting: &str, rule: &str| {
            if is_wrong {
                problems.push(format!("LINERNOTES_ENRICHMENT__{setting}: {rule}"));
            }
        };
        see(
            self.budget_ms > 60_000,
            "BUDGET_MS",
            "must be 0 to 60000; the edge waits 10000 for a whole answer",
        );
        let is_language =
            self.language.len() == 2 && self.language.bytes().all(|byte| byte.is_ascii_lowercase());
        see(
            !is_language,
            "LANGUAGE",
            "must be a language's two lower-case letters, e.g. de",
        );
        see(
            self.public_url
                .as_deref()
                .is_some_and(|url| !url.is_empty() && !is_server(url)),
            "PUBLIC_URL",
            "must be an http:// or https:// URL without user, password, query and fragment",
        );
        let chains = [
            ("ARTIST_IMAGES", &self.artist_images),
            ("ALBUM_IMAGES", &self.album_images),
            ("ARTIST_OVERVIEW", &self.artist_overview),
            ("ALBUM_OVERVIEW", &self.album_overview),
        ];
        for (setting, names) in chains {
            let unknown = names.iter().find(|name| !known.contains(&name.as_str()));
            problems.extend(unknown.map(|name| {
                format!(
                    "LINERNOTES_ENRICHMENT__{setting}: {name:?} is no provider; there are {}",
                    known.join(", ")
                )
            }));
        }
        problems
    }
}
