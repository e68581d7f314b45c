//! MusicBrainz's own search server: Solr with the cores `artist` and `release-group` of
//! <https://github.com/metabrainz/mbsssss>, answering in its `mbjson` format.

use std::fmt::Write;
use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;
use url::Url;

use linernotes_shared::Mbid;
use linernotes_shared::request::{Entity, Scope, Search};

use super::{Hit, SearchError, Searcher};
use crate::providers::client::{Call, Client, Courtesy, Hosts, ProviderError, Terms};

const NAME: &str = "solr";

/// Longer answers are none of its: ten hits have some ten kilobytes.
const MOST_BYTES: usize = 8 << 20;

/// Questions to it at once.
const AT_ONCE: usize = 16;

/// MusicBrainz's Solr.
pub(super) struct Solr {
    client: Client,
    url: Url,
}

/// Its answer in `mbjson`: the list is named after the core.
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    artists: Vec<Found>,
    #[serde(default, rename = "release-groups")]
    release_groups: Vec<Found>,
}

#[derive(Deserialize)]
struct Found {
    id: Mbid,
    score: f64,
}

impl Solr {
    /// The Solr at an address, which has its cores beneath it; `None` if that is no address.
    pub fn open(url: &str, timeout: Duration, courtesy: &Courtesy) -> Option<Self> {
        let url = Url::parse(url).ok()?;
        let terms = Terms {
            provider: NAME,
            hosts: Hosts::new(vec![url.clone()], &[]),
            timeout,
            rate: None,
            at_once: AT_ONCE,
            most_bytes: MOST_BYTES,
        };
        Some(Self {
            client: Client::new(terms, courtesy),
            url,
        })
    }

    async fn ask(&self, entity: Entity, search: &Search) -> Result<Vec<Hit>, ProviderError> {
        let (core, handler, query) = match entity {
            Entity::Artist => ("artist", "select", search.query.clone()),
            Entity::Album if search.artist.is_empty() => {
                ("release-group", "select", search.query.clone())
            }
            Entity::Album => ("release-group", "advanced", by_artist(search)),
        };
        let mut url = self.url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend([core, handler]);
        }
        url.query_pairs_mut()
            .append_pair("wt", "mbjson")
            .append_pair("q", &query)
            .append_pair("rows", &search.limit.to_string());
        let answer: Option<Answer> = self.client.json(Call::get(url)).await?;
        // A core that isn't there says nothing about what there is.
        let answer = answer.ok_or(ProviderError::Status {
            provider: NAME,
            status: reqwest::StatusCode::NOT_FOUND,
        })?;
        let found = match entity {
            Entity::Artist => answer.artists,
            Entity::Album => answer.release_groups,
        };
        Ok(hits(entity, found))
    }
}

#[async_trait]
impl Searcher for Solr {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn search(&self, search: &Search) -> Result<Vec<Hit>, SearchError> {
        let outcome = match search.scope {
            Scope::One(entity) => self.ask(entity, search).await,
            Scope::All => tokio::try_join!(
                self.ask(Entity::Artist, search),
                self.ask(Entity::Album, search)
            )
            .map(|(artists, albums)| merge(artists, albums)),
        };
        let mut hits = outcome.map_err(|error| SearchError::Trouble {
            searcher: NAME,
            source: Box::new(error),
        })?;
        hits.truncate(search.limit.into());
        Ok(hits)
    }
}

/// Solr's scores as they are: the best hit of a core has 100.
fn hits(entity: Entity, found: Vec<Found>) -> Vec<Hit> {
    found
        .into_iter()
        .map(|found| Hit {
            // Clamped, so it fits; NaN becomes 0.
            score: found.score.clamp(0.0, 100.0) as u8,
            entity,
            mbid: found.id,
        })
        .collect()
}

/// Both lists by score; of equal ones the artist comes first, for whom most users look.
fn merge(artists: Vec<Hit>, albums: Vec<Hit>) -> Vec<Hit> {
    let mut hits = [artists, albums].concat();
    hits.sort_by_key(|hit| std::cmp::Reverse(hit.score));
    hits
}

/// Lucene's syntax, which the advanced handler reads.
fn by_artist(search: &Search) -> String {
    let (query, artist) = (escaped(&search.query), escaped(&search.artist));
    format!("({query}) AND (artist:({artist}) OR artistname:({artist}) OR creditname:({artist}))")
}

/// Text without any meaning in Lucene's syntax, operators included.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if "+-&|!(){}[]^\"~*?:\\/".contains(character) {
            escaped.push('\\');
        }
        // The operators AND, OR and NOT are such in capitals only.
        write!(escaped, "{}", character.to_lowercase()).expect("a string takes all text");
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn album(query: &str, artist: &str) -> Search {
        Search {
            scope: Scope::One(Entity::Album),
            query: query.to_owned(),
            artist: artist.to_owned(),
            limit: 10,
        }
    }

    #[test]
    fn nothing_that_users_type_is_syntax() {
        for (query, artist, expected) in [
            (
                "evolve",
                "imagine dragons",
                "(evolve) AND (artist:(imagine dragons) OR artistname:(imagine dragons) OR creditname:(imagine dragons))",
            ),
            (
                "ac/dc: \"live\" (1992)",
                "AC/DC OR *:*",
                r#"(ac\/dc\: \"live\" \(1992\)) AND (artist:(ac\/dc or \*\:\*) OR artistname:(ac\/dc or \*\:\*) OR creditname:(ac\/dc or \*\:\*))"#,
            ),
        ] {
            assert_eq!(by_artist(&album(query, artist)), expected);
        }
    }

    #[test]
    fn of_equal_scores_the_artist_comes_first() {
        let hit = |entity, score, number| Hit {
            score,
            entity,
            mbid: uuid::Uuid::from_u128(number).into(),
        };
        let artists = vec![hit(Entity::Artist, 100, 1), hit(Entity::Artist, 40, 2)];
        let albums = vec![hit(Entity::Album, 100, 3), hit(Entity::Album, 60, 4)];
        let merged: Vec<(Entity, u8)> = merge(artists, albums)
            .iter()
            .map(|hit| (hit.entity, hit.score))
            .collect();
        assert_eq!(
            merged,
            [
                (Entity::Artist, 100),
                (Entity::Album, 100),
                (Entity::Album, 60),
                (Entity::Artist, 40)
            ]
        );
    }
}
