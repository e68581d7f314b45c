//! The index's words: a letter that tells whose word it is, and the word.
//!
//! Artists and albums lie in one table with one index. Words of artists' names, of titles and of titles' artists are
//! different words to it, and so are whole names without spaces, which begin with a capital.

use linernotes_shared::request::Entity;

use super::fold::Folded;

const ARTIST: char = 'a';
const TITLE: char = 't';
const CREDIT: char = 'c';
/// What stands for importance. Words have no spaces.
const IMPORTANT: &str = " *";

/// A word of an artist's name.
pub fn artist(word: &str) -> String {
    format!("{ARTIST}{word}")
}

/// A word of an album's title.
pub fn title(word: &str) -> String {
    format!("{TITLE}{word}")
}

/// A word of the name of an album's artist.
pub fn credit(word: &str) -> String {
    format!("{CREDIT}{word}")
}

/// A whole name, with and without an article at its beginning.
pub fn whole(entity: Entity, name: &Folded) -> impl Iterator<Item = String> {
    let letter = match entity {
        Entity::Artist => 'A',
        Entity::Album => 'T',
    };
    name.keys().map(move |key| format!("{letter}{key}"))
}

/// What important artists or albums have.
pub fn important(entity: Entity) -> String {
    match entity {
        Entity::Artist => artist(IMPORTANT),
        Entity::Album => title(IMPORTANT),
    }
}

/// The word of a token, if it is one of a single word.
pub fn word(token: &str) -> Option<&str> {
    let word = token.strip_prefix([ARTIST, TITLE, CREDIT])?;
    (word != IMPORTANT).then_some(word)
}

/// A condition on words, in PostgreSQL's notation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It has the word.
    Has(String),
    /// It has a word that begins so.
    HasPrefix(String),
    /// All conditions hold.
    All(Vec<Condition>),
    /// One of the conditions holds.
    Any(Vec<Condition>),
}

impl Condition {
    /// One of the words is there.
    pub fn any_of(words: impl IntoIterator<Item = String>) -> Self {
        Self::Any(words.into_iter().map(Self::Has).collect())
    }

    /// As a tsquery. Whatever is in the words, they are words to it.
    pub fn tsquery(&self) -> String {
        match self {
            Self::Has(word) => quoted(word),
            Self::HasPrefix(word) => format!("{}:*", quoted(word)),
            Self::All(conditions) => joined(conditions, " & "),
            Self::Any(conditions) => joined(conditions, " | "),
        }
    }
}

fn joined(conditions: &[Condition], operator: &str) -> String {
    let conditions: Vec<String> = conditions.iter().map(Condition::tsquery).collect();
    format!("({})", conditions.join(operator))
}

fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\\', "\\\\").replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_in_a_word_is_part_of_the_word() {
        let condition = Condition::All(vec![
            Condition::Any(vec![
                Condition::Has(title("it's")),
                Condition::HasPrefix(credit("a\\b")),
            ]),
            Condition::Has(important(Entity::Album)),
        ]);
        assert_eq!(condition.tsquery(), r"(('tit''s' | 'ca\\b':*) & 't *')");
    }

    #[test]
    fn only_single_words_are_vocabulary() {
        assert_eq!(word("abeatles"), Some("beatles"));
        assert_eq!(word("Abeatles"), None);
        assert_eq!(word("a *"), None);
    }
}
