//! Search by MusicBrainz's own Solr: its cores `artist` and `release-group`, answering in its own form, `mbjson`.

use async_trait::async_trait;
use reqwest::Url;
use serde::Deserialize;

use linernotes_shared::Mbid;
use linernotes_shared::request::{Entity, Search};

use super::{Hit, SearchError, SearchProvider, wants};
use crate::config;
use crate::providers::client::{Call, Client, Courtesy, Hosts, ProviderError, Terms};

const PROVIDER: &str = "solr";

/// Most bytes of an answer: a hundred release groups with all their releases take about a megabyte.
const MOST_BYTES: usize = 16 << 20;
/// Searches that may be under way at once.
const AT_ONCE: usize = 16;

/// MusicBrainz's Solr.
pub struct SolrSearch {
    client: Client,
    url: Url,
}

/// The part of `mbjson` that is read.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Answer {
    artists: Option<Vec<Scored>>,
    release_groups: Option<Vec<Scored>>,
}

#[derive(Deserialize)]
struct Scored {
    id: Mbid,
    score: i64,
}

impl SolrSearch {
    /// At the configured address. Nothing is sent yet.
    pub fn new(settings: &config::Search, courtesy: &Courtesy) -> Self {
        let url: Url = settings
            .solr_url
            .parse()
            .expect("the settings take no other than URLs");
        let terms = Terms {
            provider: PROVIDER,
            hosts: Hosts::new(vec![url.clone()], &[]),
            timeout: settings.solr_timeout(),
            rate: None,
            at_once: AT_ONCE,
            most_bytes: MOST_BYTES,
        };
        Self {
            client: Client::new(terms, courtesy),
            url,
        }
    }

    async fn ask(&self, entity: Entity, search: &Search) -> Result<Vec<Hit>, ProviderError> {
        let answer: Option<Answer> = self
            .client
            .json(Call::get(self.address(entity, search)))
            .await?;
        // A Solr without the core answers 404, which isn't "nothing found".
        let trouble = ProviderError::Status {
            provider: PROVIDER,
            status: reqwest::StatusCode::NOT_FOUND,
        };
        let answer = answer.ok_or(trouble)?;
        let scored = match entity {
            Entity::Artist => answer.artists,
            Entity::Album => answer.release_groups,
        };
        let malformed = ProviderError::Malformed {
            provider: PROVIDER,
            line: 0,
            column: 0,
        };
        let hits = scored.ok_or(malformed)?.into_iter().map(|found| Hit {
            entity,
            mbid: found.id,
            score: u8::try_from(found.score.clamp(0, 100)).unwrap_or(100),
        });
        Ok(hits.take(search.limit.into()).collect())
    }

    fn address(&self, entity: Entity, search: &Search) -> Url {
        let core = match entity {
            Entity::Artist => "artist",
            Entity::Album => "release-group",
        };
        let (handler, query) = if search.artist.is_empty() || entity == Entity::Artist {
            // A handler for what people type: it takes every sign as it is.
            ("select", search.query.clone())
        } else {
            let (title, artist) = (escaped(&search.query), escaped(&search.artist));
            let query = format!(
                "({title}) AND (artist:({artist}) OR artistname:({artist}) OR creditname:({artist}))"
            );
            ("advanced", query)
        };
        let mut url = self.url.clone();
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{path}/{core}/{handler}"));
        url.query_pairs_mut()
            .append_pair("wt", "mbjson")
            .append_pair("q", &query)
            .append_pair("rows", &search.limit.to_string());
        url
    }
}

#[async_trait]
impl SearchProvider for SolrSearch {
    fn name(&self) -> &'static str {
        PROVIDER
    }

    async fn search(&self, search: &Search) -> Result<Vec<Hit>, SearchError> {
        let ask = async |entity| {
            if wants(search.kind, entity) {
                self.ask(entity, search).await
            } else {
                Ok(Vec::new())
            }
        };
        let (mut hits, albums) = tokio::try_join!(ask(Entity::Artist), ask(Entity::Album))?;
        hits.extend(albums);
        // Stable: of those with one score, artists come first, each kind in Solr's order.
        hits.sort_by_key(|hit| std::cmp::Reverse(hit.score));
        hits.truncate(search.limit.into());
        Ok(hits)
    }
}

/// A text as words to Lucene's parser, whatever signs and operators are in it.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if r#"+-&|!(){}[]^"~*?:\/<>="#.contains(character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    // Texts are in lower case, and operators aren't.
    escaped
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use linernotes_shared::request::SearchKind;

    use super::*;
    use crate::limiter::Unlimited;

    fn address(entity: Entity, query: &str, artist: &str) -> String {
        let settings = config::Search {
            solr_url: "http://127.0.0.1:8983/solr/".to_owned(),
            ..config::Search::default()
        };
        let solr = SolrSearch::new(&settings, &Courtesy::new(None, Arc::new(Unlimited)));
        let search = Search {
            kind: SearchKind::All,
            query: query.to_owned(),
            artist: artist.to_owned(),
            limit: 10,
        };
        solr.address(entity, &search).to_string()
    }

    #[test]
    fn a_text_goes_to_the_handler_for_what_people_type() {
        assert_eq!(
            address(Entity::Artist, "ac/dc + \"!\"", ""),
            "http://127.0.0.1:8983/solr/artist/select?wt=mbjson&q=ac%2Fdc+%2B+%22%21%22&rows=10"
        );
        assert_eq!(
            address(Entity::Album, "hysteria", ""),
            "http://127.0.0.1:8983/solr/release-group/select?wt=mbjson&q=hysteria&rows=10"
        );
    }

    #[test]
    fn with_an_artist_the_query_is_made_for_lucene_and_escaped() {
        let address: Url = address(Entity::Album, "back (in) black", "ac/dc")
            .parse()
            .unwrap();
        assert_eq!(address.path(), "/solr/release-group/advanced");
        let query = address
            .query_pairs()
            .find(|(name, _)| name == "q")
            .unwrap()
            .1;
        assert_eq!(
            query,
            r"(back \(in\) black) AND (artist:(ac\/dc) OR artistname:(ac\/dc) OR creditname:(ac\/dc))"
        );
        for sign in r#"+-&|!(){}[]^"~*?:\/"#.chars() {
            assert_eq!(escaped(&sign.to_string()), format!("\\{sign}"));
        }
    }
}
