//! Search in PostgreSQL, by an index of our own.
//!
//! Candidates are found in steps, each by the index: the very name; all words; words spelled alike and names that begin
//! so. The later ones are left out when there is enough. [`ranking`](super::ranking) then tells which are meant.

mod query;

use std::collections::HashMap;

use async_trait::async_trait;

use linernotes_shared::Mbid;
use linernotes_shared::request::{Entity, Search, SearchKind};

use super::fold::{Folded, is_light};
use super::index::FORMAT;
use super::ranking::{Asked, EXACT, Fit, fit, typos};
use super::terms::without_addition;
use super::token::{self, Condition};
use super::{Hit, SearchError, SearchProvider, wants};
use crate::catalogue::{Catalogue, CatalogueError, IndexSnapshot, IndexState, IndexedName, Word};
use crate::config::Config;
use query::{Query, Term};

/// Search by our own index, on connections of its own: it doesn't wait behind large artists.
pub struct PostgresSearch {
    index: Catalogue,
}

/// Rows of the index that one step looks at, at most.
const LOOKED_AT: i64 = 2_000;
/// Rows that it takes.
const TAKEN: i64 = 100;
/// From this frequency on, a word is looked for among what is important first.
const FREQUENT: i64 = 1_000;
/// Words that a name must have for the ranking to see it; there may be more in the text.
const TELLING: usize = 4;
/// Letters that must be there of a word that is only begun.
const SHORTEST_BEGUN: usize = 3;
/// Words whose spelling is looked into.
const WORDS_SPELLED: usize = 5;
/// Spellings of one word that are looked for.
const SPELLINGS: usize = 12;
/// Words alike that are looked at for that.
const SPELLINGS_LOOKED_AT: i64 = 200;

impl PostgresSearch {
    /// On the configured database.
    pub fn new(config: &Config) -> Result<Self, CatalogueError> {
        Ok(Self {
            index: Catalogue::new(&config.search_database())?,
        })
    }

    async fn find(
        &self,
        kind: SearchKind,
        asked: Asked,
        limit: usize,
    ) -> Result<Vec<Hit>, SearchError> {
        let found = self
            .index
            .search_index(async |index, state| {
                if state.format != FORMAT {
                    return Ok((state, Vec::new()));
                }
                let finding = Finding {
                    index,
                    asked: &asked,
                    query: Query::new(kind, &asked),
                    limit,
                };
                Ok((state, finding.run().await?))
            })
            .await?;
        let Some((state, ranked)) = found else {
            return Err(SearchError::NotBuilt);
        };
        self.see(state, ranked.is_empty())?;
        Ok(ranked)
    }

    /// Whether the index can be believed: if it knows nothing that fits, it must be current too.
    fn see(&self, state: IndexState, is_empty: bool) -> Result<(), SearchError> {
        if state.format != FORMAT {
            return Err(SearchError::OtherFormat {
                found: state.format,
                wanted: FORMAT,
            });
        }
        if is_empty {
            state.require_current(self.index.max_lag())?;
        }
        Ok(())
    }
}

#[async_trait]
impl SearchProvider for PostgresSearch {
    fn name(&self) -> &'static str {
        "postgres"
    }

    async fn search(&self, search: &Search) -> Result<Vec<Hit>, SearchError> {
        let asked = |text: &str| {
            let artist = Folded::of(&search.artist);
            Asked {
                shown: text.to_owned(),
                query: Folded::of(text),
                artist: (!artist.is_empty()).then_some(artist),
            }
        };
        let limit = usize::from(search.limit);
        let hits = self.find(search.kind, asked(&search.query), limit).await?;
        match without_addition(&search.query) {
            Some(bare) if hits.is_empty() => self.find(search.kind, asked(bare), limit).await,
            _ => Ok(hits),
        }
    }

    async fn index(&self) -> Result<Option<IndexState>, SearchError> {
        let state = self.index.search_index_state().await?;
        state.map(Some).ok_or(SearchError::NotBuilt)
    }
}

/// A word that is looked for, and how many names have it.
struct Counted {
    term: Term,
    frequency: i64,
}

/// One search under way.
struct Finding<'a> {
    index: IndexSnapshot<'a>,
    asked: &'a Asked,
    query: Query<'a>,
    limit: usize,
}

/// What has been found so far, by entity and MBID.
#[derive(Default)]
struct Found {
    fits: HashMap<(Entity, Mbid), (Fit, f32)>,
}

impl Found {
    /// Takes in what fits.
    fn add(&mut self, asked: &Asked, names: Vec<IndexedName>) {
        for name in names {
            if let Some(fit) = fit(asked, &name) {
                self.fits
                    .entry((name.entity, name.mbid))
                    .or_insert((fit, name.weight));
            }
        }
    }

    fn is_exact(&self) -> bool {
        self.fits.values().any(|(fit, _)| fit.score >= EXACT)
    }

    /// The best album that the text names with its artist: its score, and the artist's name.
    fn by_artist(&self) -> Option<(f64, String)> {
        self.fits
            .values()
            .filter_map(|(fit, _)| Some((fit.score, fit.by_artist.clone()?)))
            .max_by(|(one, _), (other, _)| one.total_cmp(other))
    }

    /// Best first. Of those that fit as well, artists come before albums, then what matters more.
    fn ranked(self, limit: usize) -> Vec<Hit> {
        let mut fits: Vec<_> = self.fits.into_iter().collect();
        fits.sort_by(
            |((entity, mbid), (fit, weight)),
             ((other_entity, other_mbid), (other_fit, other_weight))| {
                other_fit
                    .score
                    .total_cmp(&fit.score)
                    .then(entity.cmp(other_entity))
                    .then(other_weight.total_cmp(weight))
                    .then(mbid.cmp(other_mbid))
            },
        );
        fits.truncate(limit);
        fits.into_iter()
            .map(|((entity, mbid), (fit, _))| Hit {
                entity,
                mbid,
                // Within 0 and 100 by its making.
                score: fit.score.round() as u8,
            })
            .collect()
    }
}

impl Finding<'_> {
    async fn run(self) -> Result<Vec<Hit>, CatalogueError> {
        let mut found = Found::default();
        let terms = self.query.terms();
        if terms.is_empty() {
            return Ok(Vec::new());
        }
        let words: Vec<String> = terms.iter().map(|term| term.words[0].clone()).collect();
        let very_name = self.query.very_name();
        let important = Condition::All(vec![very_name.clone(), self.query.important()]).tsquery();
        let very_name = very_name.tsquery();
        let (first, all, frequencies) = tokio::try_join!(
            self.index.documents(&important, LOOKED_AT, TAKEN),
            self.index.documents(&very_name, LOOKED_AT, TAKEN),
            self.index.frequencies(&words),
        )?;
        found.add(self.asked, first);
        found.add(self.asked, all);
        if found.fits.len() >= self.limit && found.is_exact() {
            return Ok(found.ranked(self.limit));
        }

        let frequency = |word: &String| frequencies.get(word).copied().unwrap_or_default();
        let terms: Vec<Counted> = terms
            .into_iter()
            .map(|term| Counted {
                frequency: frequency(&term.words[0]).into(),
                term,
            })
            .collect();
        self.by_words(&terms, &mut found).await?;
        // What thousands of names have is no typo.
        let is_common = terms.iter().all(|counted| counted.frequency > FREQUENT);
        if !found.is_exact() && !is_common {
            self.by_spelling(terms, &mut found).await?;
        }
        self.artist_of_album(&mut found).await?;
        Ok(found.ranked(self.limit))
    }

    /// Whatever has all words; with frequent ones, what is important first.
    async fn by_words(&self, terms: &[Counted], found: &mut Found) -> Result<(), CatalogueError> {
        // The rarest tell; the ranking sees to the rest.
        let mut rarest: Vec<&Counted> = terms.iter().collect();
        rarest.sort_by_key(|counted| counted.frequency);
        let Some(frequency @ 1..) = rarest.first().map(|counted| counted.frequency) else {
            return Ok(());
        };
        let mut telling: Vec<&Term> = rarest
            .iter()
            .take(TELLING)
            .map(|counted| &counted.term)
            .collect();
        // An album has a word of the text at least in its title.
        if telling.iter().all(|term| term.is_of_artist) {
            telling.extend(
                terms
                    .iter()
                    .map(|counted| &counted.term)
                    .find(|term| !term.is_of_artist),
            );
        }
        if frequency > FREQUENT {
            let condition = self.query.all_words(&telling, true);
            let names = self.documents(&condition).await?;
            found.add(self.asked, names);
            if found.fits.len() >= self.limit {
                return Ok(());
            }
        }
        let condition = self.query.all_words(&telling, false);
        let names = self.documents(&condition).await?;
        found.add(self.asked, names);
        Ok(())
    }

    /// Whatever has words spelled like these, or a name that begins so.
    async fn by_spelling(
        &self,
        mut terms: Vec<Counted>,
        found: &mut Found,
    ) -> Result<(), CatalogueError> {
        let words: Vec<String> = terms
            .iter()
            .take(WORDS_SPELLED)
            .map(|counted| counted.term.words[0].clone())
            .collect();
        let spelled =
            futures_util::future::try_join_all(words.iter().map(|word| self.spellings(word)));
        let begun = self.query.begun_name();
        let begun = async {
            match &begun {
                Some(condition) => self.documents(condition).await,
                None => Ok(Vec::new()),
            }
        };
        let (spelled, begun) = tokio::try_join!(spelled, begun)?;
        found.add(self.asked, begun);

        let mut is_other = false;
        for (counted, spellings) in terms.iter_mut().zip(spelled) {
            for word in spellings {
                is_other = true;
                counted.frequency += i64::from(word.frequency);
                counted.term.words.push(word.text);
            }
        }
        if let Some(last) = terms.last_mut()
            && last.term.words[0].chars().count() >= SHORTEST_BEGUN
        {
            is_other = true;
            last.term.is_begun = true;
            // How many words begin so isn't known.
            last.frequency += FREQUENT;
        }
        if is_other {
            self.by_words(&terms, found).await?;
        }
        Ok(())
    }

    /// Words that a word may have been meant to be, the likeliest first.
    async fn spellings(&self, word: &str) -> Result<Vec<Word>, CatalogueError> {
        let length = word.chars().count();
        if typos(length + 1) == 0 {
            return Ok(Vec::new());
        }
        let alike = self.index.spellings(word, SPELLINGS_LOOKED_AT).await?;
        let mut likely: Vec<(usize, Word)> = alike
            .into_iter()
            .map(|other| (strsim::osa_distance(word, &other.text), other))
            .filter(|(distance, other)| {
                let longest = length.max(other.text.chars().count());
                (1..=typos(longest)).contains(distance)
            })
            .collect();
        likely.sort_by(|(distance, word), (other_distance, other)| {
            distance
                .cmp(other_distance)
                .then(other.frequency.cmp(&word.frequency))
                .then(word.text.cmp(&other.text))
        });
        likely.truncate(SPELLINGS);
        Ok(likely.into_iter().map(|(_, word)| word).collect())
    }

    /// With an album that the text names with its artist comes the artist, just before it.
    async fn artist_of_album(&self, found: &mut Found) -> Result<(), CatalogueError> {
        if !wants(self.query.kind(), Entity::Artist) {
            return Ok(());
        }
        let Some((score, name)) = found.by_artist() else {
            return Ok(());
        };
        let name = Folded::from_text(&name);
        let condition = Condition::any_of(token::whole(Entity::Artist, &name));
        let by_name = Asked {
            shown: String::new(),
            query: name,
            artist: None,
        };
        let best = self
            .documents(&condition)
            .await?
            .into_iter()
            .filter_map(|artist| Some((fit(&by_name, &artist)?.score, artist)))
            .max_by(|(one, _), (other, _)| one.total_cmp(other));
        if let Some((_, artist)) = best {
            let fit = Fit {
                score,
                by_artist: None,
            };
            let known = found
                .fits
                .entry((Entity::Artist, artist.mbid))
                .or_insert((fit, artist.weight));
            known.0.score = known.0.score.max(score);
        }
        Ok(())
    }

    async fn documents(&self, condition: &Condition) -> Result<Vec<IndexedName>, CatalogueError> {
        self.index
            .documents(&condition.tsquery(), LOOKED_AT, TAKEN)
            .await
    }
}

/// The words of a name that are looked for: all, or if there are others, all but the light ones.
fn telling(name: &Folded) -> Vec<String> {
    let weighty: Vec<String> = name
        .words()
        .iter()
        .filter(|word| !is_light(word))
        .cloned()
        .collect();
    if weighty.is_empty() {
        name.words().to_vec()
    } else {
        weighty
    }
}
