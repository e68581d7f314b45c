//! What is asked of the index.

use linernotes_shared::request::{Entity, SearchKind};

use super::telling;
use crate::search::ranking::Asked;
use crate::search::token::{self, Condition};
use crate::search::wants;

/// Words of a text that are looked for.
const MOST_TERMS: usize = 12;

/// A word that is looked for, in any of its spellings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Term {
    /// The word as it was asked, then its other spellings.
    pub words: Vec<String>,
    /// Whether it may be the beginning of a word.
    pub is_begun: bool,
    /// Whether it is of the artist that was asked for, rather than of the text.
    pub is_of_artist: bool,
}

/// A search, in the index's words.
pub(super) struct Query<'a> {
    kind: SearchKind,
    asked: &'a Asked,
}

impl<'a> Query<'a> {
    pub(super) const fn new(kind: SearchKind, asked: &'a Asked) -> Self {
        Self { kind, asked }
    }

    pub(super) const fn kind(&self) -> SearchKind {
        self.kind
    }

    /// The words that are looked for.
    pub(super) fn terms(&self) -> Vec<Term> {
        let term = |word, is_of_artist| Term {
            words: vec![word],
            is_begun: false,
            is_of_artist,
        };
        let of_text = telling(&self.asked.query)
            .into_iter()
            .take(MOST_TERMS)
            .map(|word| term(word, false));
        let of_artist = self
            .asked
            .artist
            .iter()
            .flat_map(telling)
            .take(MOST_TERMS)
            .map(|word| term(word, true));
        // The text's come last: it is they that may be begun only.
        of_artist.chain(of_text).collect()
    }

    /// Those who bear the very name.
    pub(super) fn very_name(&self) -> Condition {
        let named = |entity| Condition::any_of(token::whole(entity, &self.asked.query));
        let mut any = Vec::new();
        if wants(self.kind, Entity::Artist) {
            any.push(named(Entity::Artist));
        }
        if wants(self.kind, Entity::Album) {
            let mut all = vec![named(Entity::Album)];
            all.extend(self.asked.artist.iter().map(|artist| {
                // One word of the artist, and the ranking sees to the rest.
                Condition::Any(
                    telling(artist)
                        .iter()
                        .map(|word| Condition::Has(token::credit(word)))
                        .collect(),
                )
            }));
            any.push(Condition::All(all));
        }
        Condition::Any(any)
    }

    /// Those whose name begins so, among the important ones.
    pub(super) fn begun_name(&self) -> Option<Condition> {
        const SHORTEST: usize = 3;
        let is_long = self.asked.query.key().chars().count() >= SHORTEST;
        if !is_long || self.asked.artist.is_some() {
            return None;
        }
        let begun = [Entity::Artist, Entity::Album]
            .into_iter()
            .filter(|entity| wants(self.kind, *entity))
            .map(|entity| {
                Condition::All(vec![
                    Condition::Any(
                        token::whole(entity, &self.asked.query)
                            .map(Condition::HasPrefix)
                            .collect(),
                    ),
                    Condition::Has(token::important(entity)),
                ])
            });
        Some(Condition::Any(begun.collect()))
    }

    /// The important ones of what is looked for.
    pub(super) fn important(&self) -> Condition {
        let important = [Entity::Artist, Entity::Album]
            .into_iter()
            .filter(|entity| wants(self.kind, *entity))
            .map(|entity| Condition::Has(token::important(entity)));
        Condition::Any(important.collect())
    }

    /// Those that have all words, in artists' names, or in titles and their artists' names together.
    pub(super) fn all_words(&self, terms: &[&Term], only_important: bool) -> Condition {
        let mut any = Vec::new();
        if wants(self.kind, Entity::Artist) {
            let mut all: Vec<Condition> = terms
                .iter()
                .map(|term| Condition::Any(of_term(term, token::artist)))
                .collect();
            all.extend(only_important.then(|| Condition::Has(token::important(Entity::Artist))));
            any.push(Condition::All(all));
        }
        if wants(self.kind, Entity::Album) {
            let mut all: Vec<Condition> = terms
                .iter()
                .map(|term| {
                    let mut words = of_term(term, token::credit);
                    if !term.is_of_artist {
                        words.extend(of_term(term, token::title));
                    }
                    Condition::Any(words)
                })
                .collect();
            // An album isn't meant by its artist's name alone.
            let of_title = terms
                .iter()
                .filter(|term| !term.is_of_artist)
                .flat_map(|term| of_term(term, token::title));
            all.push(Condition::Any(of_title.collect()));
            all.extend(only_important.then(|| Condition::Has(token::important(Entity::Album))));
            any.push(Condition::All(all));
        }
        Condition::Any(any)
    }
}

fn of_term(term: &Term, token: impl Fn(&str) -> String) -> Vec<Condition> {
    let mut any: Vec<Condition> = term
        .words
        .iter()
        .map(|word| Condition::Has(token(word)))
        .collect();
    if term.is_begun {
        any.push(Condition::HasPrefix(token(&term.words[0])));
    }
    any
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::fold::Folded;

    fn asked(text: &str, artist: Option<&str>) -> Asked {
        Asked {
            shown: text.to_owned(),
            query: Folded::of(text),
            artist: artist.map(Folded::of),
        }
    }

    #[test]
    fn an_artist_has_all_words_in_its_names_an_album_one_at_least_in_its_title() {
        let asked = asked("the eminem kamikaze", None);
        let query = Query::new(SearchKind::All, &asked);
        assert_eq!(
            query.very_name().tsquery(),
            "(('Aeminemkamikaze' | 'Atheeminemkamikaze') | (('Teminemkamikaze' | 'Ttheeminemkamikaze')))"
        );
        assert_eq!(
            query
                .all_words(&query.terms().iter().collect::<Vec<_>>(), false)
                .tsquery(),
            "((('aeminem') & ('akamikaze')) | (('ceminem' | 'teminem') & ('ckamikaze' | 'tkamikaze') & ('teminem' | \
             'tkamikaze')))"
        );
    }

    #[test]
    fn an_artist_that_is_asked_for_must_be_the_albums() {
        let asked = asked("Evolve", Some("Imagine Dragons"));
        let query = Query::new(SearchKind::Album, &asked);
        assert_eq!(
            query.very_name().tsquery(),
            "((('Tevolve') & ('cimagine' | 'cdragons')))"
        );
        assert_eq!(
            query
                .all_words(&query.terms().iter().collect::<Vec<_>>(), true)
                .tsquery(),
            "((('cimagine') & ('cdragons') & ('cevolve' | 'tevolve') & ('tevolve') & 't *'))"
        );
    }

    #[test]
    fn light_words_are_looked_for_only_where_there_are_no_others() {
        let words = |text| {
            let asked = asked(text, None);
            let terms = Query::new(SearchKind::Artist, &asked).terms();
            terms
                .into_iter()
                .map(|term| term.words[0].clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(words("Belle & Sebastian"), ["belle", "sebastian"]);
        assert_eq!(words("The The"), ["the", "the"]);
        assert_eq!(words("!!!"), ["!!!"]);
    }
}
