//! Wikipedia: the first paragraph of the article about an artist or album, found through Wikidata or by its own link.
//!
//! Its API is documented at <https://www.mediawiki.org/wiki/Extension:TextExtracts>.

pub(super) mod article;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;

use linernotes_shared::cache::Collection;

use super::capability::{AlbumOverview, ArtistOverview, Asker, Fetched, Lookup, Source};
use super::client::ProviderError;
use super::record::Record;
use super::registration::{Capabilities, Defaults, Probe, Registration, Server};
use super::wikidata::{self, Entity, Wikidata};
use crate::catalogue::{AlbumRecord, ArtistRecord};
use article::{LANGUAGES, Page};

const NAME: &str = "wikipedia";
const COLLECTION: Collection = Collection::Wikipedia;

/// On by default: it needs no key.
pub(super) const REGISTRATION: Registration = Registration {
    name: NAME,
    servers: &[wikidata::NAME],
    probe: Probe::Record("en:Coldplay"),
    open: |opening| {
        opening.enabled(NAME)?;
        let wikipedia = Arc::new(Wikipedia {
            wikidata: opening
                .enabled(wikidata::NAME)
                .is_ok()
                .then(|| Wikidata::open(opening)),
            language: opening.language().to_owned(),
            server: opening.server(
                NAME,
                &Defaults {
                    url: "https://{language}.wikipedia.org",
                    names: &["wikipedia.org"],
                    ..wikidata::ETIQUETTE
                },
            ),
        });
        Ok(Capabilities {
            source: Some(Arc::clone(&wikipedia) as _),
            artist_overview: Some(Arc::clone(&wikipedia) as _),
            album_overview: Some(wikipedia),
            ..Capabilities::default()
        })
    },
};

struct Wikipedia {
    server: Server,
    wikidata: Option<Wikidata>,
    language: String,
}

#[derive(Deserialize)]
struct Answer {
    query: Option<Query>,
}

#[derive(Deserialize)]
struct Query {
    #[serde(default)]
    pages: Vec<Article>,
}

#[derive(Deserialize)]
struct Article {
    extract: Option<String>,
    #[serde(default)]
    pageprops: Properties,
}

#[derive(Default, Deserialize)]
struct Properties {
    /// There, without content, on pages that only tell namesakes apart.
    disambiguation: Option<String>,
}

impl ArtistOverview for Wikipedia {
    fn artist_overview(&self, artist: &ArtistRecord) -> Lookup {
        self.look_up(&artist.links)
    }
}

impl AlbumOverview for Wikipedia {
    fn album_overview(&self, album: &AlbumRecord) -> Lookup {
        self.look_up(&album.links)
    }
}

#[async_trait]
impl Source for Wikipedia {
    fn collection(&self) -> Collection {
        COLLECTION
    }

    fn fresh_for(&self) -> Duration {
        Duration::from_secs(7 * 24 * 60 * 60)
    }

    async fn fetch(&self, name: &str, asker: Asker) -> Result<Fetched, ProviderError> {
        let text = match Page::from_name(name) {
            Some(Page::Entity(id)) => self.of_entity(&id, asker).await?,
            Some(Page::Article { language, title }) => {
                self.paragraph(&language, &title, asker).await?
            }
            None => None,
        };
        Ok(text.map_or_else(Fetched::default, |text| {
            Fetched::alone(Record::of_text(&text))
        }))
    }
}

impl Wikipedia {
    /// By the link to Wikidata, which knows the articles in all languages; else by the link to the article in the best
    /// language.
    fn look_up(&self, links: &[String]) -> Lookup {
        let pages: Vec<Page> = links
            .iter()
            .filter_map(|link| Page::from_url(link))
            .collect();
        let rank = |language: &str| {
            let order = std::iter::once(self.language.as_str()).chain(LANGUAGES);
            order
                .clone()
                .position(|other| other == language)
                .unwrap_or(usize::MAX)
        };
        let best = pages
            .iter()
            .filter(|page| page.is_article() || self.wikidata.is_some());
        let best = best.min_by_key(|page| match page {
            Page::Entity(_) => (0, 0),
            Page::Article { language, .. } => (1, rank(language)),
        });
        best.map_or(Lookup::Nothing, |page| {
            Lookup::named(COLLECTION, &page.name())
        })
    }

    /// From the article in the wanted language, else the English one; else the English description; else from the first
    /// article in the order of preference.
    async fn of_entity(&self, id: &str, asker: Asker) -> Result<Option<String>, ProviderError> {
        let Some(wikidata) = &self.wikidata else {
            return Ok(None);
        };
        let Some(Entity {
            titles,
            description,
        }) = wikidata.entity(id, &self.language, asker).await?
        else {
            return Ok(None);
        };
        let mut first = vec![self.language.as_str(), "en"];
        first.dedup();
        for language in &first {
            if let Some(title) = titles.get(*language)
                && let Some(text) = self.paragraph(language, title, asker).await?
            {
                return Ok(Some(text));
            }
        }
        if description.is_some() {
            return Ok(description);
        }
        let mut others = LANGUAGES
            .iter()
            .filter(|language| !first.contains(*language));
        let article = others.find_map(|language| Some((language, titles.get(*language)?)));
        match article {
            Some((language, title)) => self.paragraph(language, title, asker).await,
            None => Ok(None),
        }
    }

    /// The first paragraph of an article; `None` if there is none, or if it only tells namesakes apart.
    async fn paragraph(
        &self,
        language: &str,
        title: &str,
        asker: Asker,
    ) -> Result<Option<String>, ProviderError> {
        let url = self.server.url_in(
            language,
            &["w", "api.php"],
            &[
                ("action", "query"),
                ("prop", "extracts|pageprops"),
                ("exintro", "1"),
                ("explaintext", "1"),
                ("ppprop", "disambiguation"),
                ("redirects", "1"),
                ("titles", title),
                ("format", "json"),
                ("formatversion", "2"),
            ],
        );
        let answer = wikidata::ask::<Answer>(&self.server.client, url, asker).await?;
        let pages = answer
            .and_then(|answer| answer.query)
            .map(|query| query.pages);
        let article = pages.into_iter().flatten().next();
        Ok(article
            .filter(|article| article.pageprops.disambiguation.is_none())
            .and_then(|article| first_paragraph(&article.extract?)))
    }
}

/// The first line with words in it: plain text has a line for each paragraph.
fn first_paragraph(extract: &str) -> Option<String> {
    extract
        .lines()
        .map(str::trim)
        .find(|line| line.contains(char::is_alphanumeric))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::first_paragraph;

    #[test]
    fn an_overview_is_the_first_paragraph() {
        for (extract, paragraph) in [
            ("One.\nTwo.", Some("One.")),
            ("\n\n \nOne.\n\nTwo.", Some("One.")),
            ("( ; )\nOne.", Some("One.")),
            ("Кипелов — группа.\n", Some("Кипелов — группа.")),
            ("\n \n", None),
            ("", None),
        ] {
            assert_eq!(first_paragraph(extract).as_deref(), paragraph);
        }
    }
}
