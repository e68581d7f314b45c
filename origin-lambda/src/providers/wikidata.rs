//! Wikidata: which articles there are about a subject, and a short description.
//!
//! Its API is documented at <https://www.wikidata.org/w/api.php?action=help&modules=wbgetentities>.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use url::Url;

use super::client::{Call, Client, ProviderError};
use super::registration::{Defaults, Opening, Server};
use super::wikipedia::article::LANGUAGES;
use crate::limiter::Rate;

/// Its name in settings.
pub(super) const NAME: &str = "wikidata";

/// What all of Wikimedia's sites allow and ask for: one connection each, for one request after the other.
pub(super) const ETIQUETTE: Defaults = Defaults {
    url: "https://www.wikidata.org",
    names: &["wikidata.org"],
    timeout: Duration::from_secs(2),
    rate: Rate {
        calls: 50,
        window: Duration::from_secs(1),
    },
    at_once: 1,
    most_bytes: 1 << 20,
};

/// Most seconds that a replica of theirs may be behind for them to answer, as they ask of programs.
pub(super) const MAX_LAG: &str = "5";

/// Asks Wikidata.
pub(super) struct Wikidata {
    server: Server,
}

/// What Wikidata says about a subject.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Entity {
    /// Articles' titles by Wikipedia's languages.
    pub titles: BTreeMap<String, String>,
    /// In English.
    pub description: Option<String>,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    entities: BTreeMap<String, Wire>,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    sitelinks: Dictionary<Sitelink>,
    #[serde(default)]
    descriptions: Dictionary<Text>,
}

#[derive(Deserialize)]
struct Sitelink {
    title: String,
}

#[derive(Deserialize)]
struct Text {
    value: String,
}

/// An object; an empty one is written as a list.
#[derive(Deserialize)]
#[serde(untagged)]
enum Dictionary<T> {
    Full(BTreeMap<String, T>),
    Empty([(); 0]),
}

impl<T> Default for Dictionary<T> {
    fn default() -> Self {
        Self::Empty([])
    }
}

impl<T> Dictionary<T> {
    fn into_map(self) -> BTreeMap<String, T> {
        match self {
            Self::Full(map) => map,
            Self::Empty([]) => BTreeMap::new(),
        }
    }
}

impl Wikidata {
    pub(super) fn open(opening: &Opening<'_>) -> Self {
        Self {
            server: opening.server(NAME, &ETIQUETTE),
        }
    }

    /// The entity of an id, `Q…`; `None` if there is none.
    pub(super) async fn entity(&self, id: &str) -> Result<Option<Entity>, ProviderError> {
        let sites: Vec<String> = LANGUAGES
            .iter()
            .map(|language| format!("{language}wiki"))
            .collect();
        let url = self.server.url(
            &["w", "api.php"],
            &[
                ("action", "wbgetentities"),
                ("ids", id),
                ("props", "sitelinks|descriptions"),
                ("languages", "en"),
                ("sitefilter", &sites.join("|")),
                ("format", "json"),
                ("formatversion", "2"),
                ("maxlag", MAX_LAG),
            ],
        );
        let answer = ask::<Answer>(&self.server.client, url).await?;
        // An entity that was merged into another has that one's id.
        let wire = answer.and_then(|answer| answer.entities.into_values().next());
        Ok(wire.map(Entity::from))
    }
}

impl From<Wire> for Entity {
    fn from(wire: Wire) -> Self {
        let titles = wire.sitelinks.into_map().into_iter();
        let mut descriptions = wire.descriptions.into_map();
        Self {
            titles: titles
                .filter_map(|(site, link)| {
                    Some((site.strip_suffix("wiki")?.to_owned(), link.title))
                })
                .collect(),
            description: descriptions.remove("en").map(|text| text.value),
        }
    }
}

/// What all MediaWikis answer with when something is wrong, as a success.
#[derive(Deserialize)]
struct Trouble {
    error: Option<Code>,
}

#[derive(Deserialize)]
struct Code {
    code: String,
}

/// Asks a MediaWiki; `None` if it knows nothing of the kind. If its replicas lag or it is asked too often, it is left
/// alone for a while.
pub(super) async fn ask<T: serde::de::DeserializeOwned>(
    client: &Client,
    url: Url,
) -> Result<Option<T>, ProviderError> {
    let reply = client.send(Call::get(url)).await?;
    let Some(trouble) = reply.json::<Trouble>()? else {
        return Ok(None);
    };
    match trouble.error.as_ref().map(|error| error.code.as_str()) {
        None => reply.json(),
        Some("maxlag" | "ratelimited") => Err(client.pause(reply.retry_after())),
        Some("no-such-entity" | "invalidtitle" | "missingtitle") => Ok(None),
        Some(_) => Err(ProviderError::Status {
            provider: client.provider(),
            status: reply.status(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entity(json: &str) -> Option<Entity> {
        let answer: Answer = serde_json::from_str(json).unwrap();
        answer.entities.into_values().next().map(Entity::from)
    }

    #[test]
    fn an_entity_has_articles_and_a_description() {
        let json = r#"{"entities":{"Q1299":{"type":"item","id":"Q1299",
            "descriptions":{"en":{"language":"en","value":"English rock band"}},
            "sitelinks":{"enwiki":{"site":"enwiki","title":"The Beatles","badges":["Q17437796"]},
                         "dewiki":{"site":"dewiki","title":"The Beatles","badges":[]}}}},"success":1}"#;
        assert_eq!(
            entity(json),
            Some(Entity {
                titles: ["de", "en"]
                    .map(|language| (language.into(), "The Beatles".into()))
                    .into(),
                description: Some("English rock band".into()),
            })
        );
    }

    #[test]
    fn a_missing_entity_and_one_without_anything_are_empty() {
        for json in [
            r#"{"entities":{"Q1":{"id":"Q1","missing":""}},"success":1}"#,
            r#"{"entities":{"Q1":{"id":"Q1","descriptions":[],"sitelinks":[]}},"success":1}"#,
        ] {
            assert_eq!(entity(json), Some(Entity::default()), "{json}");
        }
    }
}
