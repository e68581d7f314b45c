//! One spelling for all ways to write a name: used for what the index holds and for what is looked for in it alike.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{compose, is_combining_mark};

/// Words that begin a name but rarely tell it from another.
const ARTICLES: [&str; 3] = ["the", "a", "an"];

/// What `&`, `+` and `'n'` are read as.
const AND: &str = "and";

/// Characters of a word that are looked at.
const LONGEST_WORD: usize = 60;
/// Words of a name that are looked at.
const MOST_WORDS: usize = 40;

/// A name without what people leave out or write in another way: case, accents, punctuation, typographic variants.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Folded {
    words: Vec<String>,
}

impl Folded {
    /// The folded form of a name. A name of punctuation alone, such as `!!!`, is a word of its own.
    pub fn of(name: &str) -> Self {
        let plain = without_marks(name);
        let mut words = if plain.contains(is_of_word) {
            words(&plain)
        } else {
            signs(&plain).into_iter().collect()
        };
        words.truncate(MOST_WORDS);
        Self { words }
    }

    /// A folded form as [`Folded::text`] gave it.
    pub fn from_text(text: &str) -> Self {
        Self {
            words: text.split_whitespace().map(str::to_owned).collect(),
        }
    }

    /// The words, in order.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// The words with spaces between them.
    pub fn text(&self) -> String {
        self.words.join(" ")
    }

    /// Whether nothing is left of the name.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether names differ in nothing but spaces and an article at the beginning.
    pub fn is_as(&self, other: &Self) -> bool {
        self.key() == other.key() || self.words.concat() == other.words.concat()
    }

    /// The name without spaces, and without an article at the beginning.
    pub fn keys(&self) -> impl Iterator<Item = String> {
        let (key, whole) = (self.key(), self.words.concat());
        let other = (key != whole).then_some(whole);
        std::iter::once(key).chain(other)
    }

    /// The name without spaces and without an article at the beginning.
    pub fn key(&self) -> String {
        match &self.words[..] {
            [article, rest @ ..] if !rest.is_empty() && is_article(article) => rest.concat(),
            words => words.concat(),
        }
    }
}

/// Whether a folded word says little: names are told apart by the others.
pub fn is_light(word: &str) -> bool {
    is_article(word) || word == AND
}

fn is_article(word: &str) -> bool {
    ARTICLES.contains(&word)
}

/// Lower case, without accents and in the usual form of each character.
fn without_marks(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    for character in name.nfkd().filter(|mark| !is_accent(*mark)) {
        // Lower case can bring a mark of its own.
        for lower in character.to_lowercase().filter(|mark| !is_accent(*mark)) {
            match unaccented(lower) {
                Some(letters) => plain.push_str(letters),
                None => plain.push(lower),
            }
        }
    }
    // Syllables of Hangul, and kana with their marks, are one character again.
    recomposed(&plain)
}

fn recomposed(text: &str) -> String {
    let is_apart = text
        .chars()
        .zip(text.chars().skip(1))
        .any(|(one, other)| compose(one, other).is_some());
    if is_apart {
        text.nfc().collect()
    } else {
        text.to_owned()
    }
}

/// Marks that people leave out: accents of Latin, Greek and Cyrillic, vowel points of Hebrew and Arabic. In other
/// scripts a mark makes another letter.
const fn is_accent(character: char) -> bool {
    matches!(character,
        '\u{300}'..='\u{36f}'
        | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{fe20}'..='\u{fe2f}'
        | '\u{591}'..='\u{5bd}'
        | '\u{5bf}'..='\u{5c7}'
        | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}'
        | '\u{670}'
        | '\u{640}'
        | '\u{200b}'..='\u{200f}'
        | '\u{ad}'
        | '\u{feff}')
}

/// Letters that Unicode doesn't take apart, as they are typed without them.
const fn unaccented(letter: char) -> Option<&'static str> {
    Some(match letter {
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ß' => "ss",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ł' => "l",
        'ħ' => "h",
        'ı' => "i",
        'ŋ' => "n",
        'ŧ' => "t",
        'ə' => "e",
        'ґ' => "г",
        'є' => "е",
        'ς' => "σ",
        'أ' | 'إ' | 'آ' | 'ٱ' => "ا",
        'ى' | 'ی' => "ي",
        'ک' => "ك",
        _ => return None,
    })
}

const fn is_apostrophe(character: char) -> bool {
    matches!(
        character,
        '\'' | '‘' | '’' | '‛' | '`' | '´' | '′' | 'ʼ' | 'ʻ' | 'ʹ' | '＇'
    )
}

fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || is_combining_mark(character)
}

/// The signs of a text without letters, as one word.
fn signs(text: &str) -> Option<String> {
    let signs: String = text
        .chars()
        .filter(|sign| !sign.is_whitespace() && !sign.is_control())
        .take(LONGEST_WORD)
        .collect();
    (!signs.is_empty()).then_some(signs)
}

/// The words of a text in lower case.
fn words(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().take(LONGEST_WORD * MOST_WORDS).collect();
    let at = |place: usize| characters.get(place).copied();
    let is_letter = |place: Option<usize>| place.and_then(at).is_some_and(char::is_alphabetic);
    let is_inside = |place: Option<usize>| place.and_then(at).is_some_and(is_of_word);
    let mut words = Vec::new();
    let mut word = String::new();
    let mut end = |word: &mut String| {
        if !word.is_empty() {
            words.push(std::mem::take(word));
        }
    };
    for (place, &character) in characters.iter().enumerate() {
        let (before, after) = (place.checked_sub(1), Some(place + 1));
        match character {
            _ if is_of_word(character) => word.push(character),
            _ if is_apostrophe(character) => {}
            // P!nk, Ke$ha, $uicideboy$
            '!' if is_letter(before) && is_letter(after) => word.push('i'),
            // 3OH!3
            '!' if is_inside(before) && is_inside(after) => {}
            '$' if is_letter(before) || is_letter(after) => word.push('s'),
            '&' => {
                end(&mut word);
                word.push_str(AND);
                end(&mut word);
            }
            '+' if stands_alone(before.and_then(at), at(place + 1)) => {
                word.push_str(AND);
                end(&mut word);
            }
            '.' if is_of_acronym(&characters, place) => {}
            _ => end(&mut word),
        }
    }
    end(&mut word);
    for word in &mut words {
        if word == "n" {
            AND.clone_into(word);
        }
        if let Some((end, _)) = word.char_indices().nth(LONGEST_WORD) {
            word.truncate(end);
        }
    }
    words
}

fn stands_alone(before: Option<char>, after: Option<char>) -> bool {
    before.is_some_and(char::is_whitespace) && after.is_some_and(char::is_whitespace)
}

/// Whether a full stop is one of R.E.M.'s: between single letters, or after the last of them.
fn is_of_acronym(characters: &[char], place: usize) -> bool {
    let is_single = |letter: usize| {
        characters
            .get(letter)
            .is_some_and(|letter| letter.is_alphabetic())
            && letter
                .checked_sub(1)
                .is_none_or(|before| !is_of_word(characters[before]))
            && characters
                .get(letter + 1)
                .is_none_or(|after| !is_of_word(*after))
    };
    place.checked_sub(1).is_some_and(is_single)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: &str) -> String {
        Folded::of(name).text()
    }

    #[test]
    fn case_accents_and_typographic_variants_dont_count() {
        for (name, folded) in [
            ("Björk", "bjork"),
            ("Sigur Rós", "sigur ros"),
            ("Mötley Crüe", "motley crue"),
            ("Röyksopp", "royksopp"),
            ("MØ", "mo"),
            ("Ænima", "aenima"),
            ("Łona", "lona"),
            ("Þeyr", "theyr"),
            ("İstanbul", "istanbul"),
            ("Ａｉｒ", "air"),
            ("ﬁn", "fin"),
            ("Кипелов", "кипелов"),
            ("Король и Шут", "король и шут"),
            ("ЁЛКА", "елка"),
            ("Άννα Βίσση", "αννα βισση"),
            ("فَيْرُوز", "فيروز"),
            ("福富幸宏", "福富幸宏"),
            ("ﾊﾟﾌｭｰﾑ", "パフューム"),
            ("방탄소년단", "방탄소년단"),
        ] {
            assert_eq!(text(name), folded.nfc().collect::<String>(), "{name}");
        }
    }

    #[test]
    fn punctuation_doesnt_count_but_where_it_stands_for_a_letter() {
        for (name, folded) in [
            ("AC/DC", "ac dc"),
            ("P!nk", "pink"),
            ("Ke$ha", "kesha"),
            ("A$AP Rocky", "asap rocky"),
            ("$uicideboy$", "suicideboys"),
            ("3OH!3", "3oh3"),
            ("Wham!", "wham"),
            ("Panic! at the Disco", "panic at the disco"),
            ("Therapy?", "therapy"),
            ("The La’s", "the las"),
            ("the la's", "the las"),
            ("The Academy Is…", "the academy is"),
            ("The Academy Is...", "the academy is"),
            ("R.E.M.", "rem"),
            ("S.O.A.D. live", "soad live"),
            ("Dr. Dre", "dr dre"),
            ("will.i.am", "will iam"),
            ("blink‐182", "blink 182"),
            ("O’Connor", "oconnor"),
            ("Snail's House", "snails house"),
        ] {
            assert_eq!(text(name), folded, "{name}");
        }
    }

    #[test]
    fn and_is_and_however_it_is_written() {
        for name in [
            "Guns N’ Roses",
            "Guns & Roses",
            "guns and roses",
            "Guns + Roses",
            "Guns&Roses",
        ] {
            assert_eq!(text(name), "guns and roses", "{name}");
        }
    }

    #[test]
    fn a_name_of_signs_alone_is_kept() {
        for (name, folded) in [
            ("!!!", "!!!"),
            (" ! ! ! ", "!!!"),
            ("†††", "†††"),
            ("+/-", "+/-"),
            ("&", "&"),
            ("💩", "💩"),
            ("…", "..."),
            ("\u{0}", ""),
            ("", ""),
        ] {
            assert_eq!(text(name), folded, "{name}");
        }
    }

    #[test]
    fn an_article_at_the_beginning_may_be_part_of_a_word() {
        assert!(Folded::of("A‐ha").is_as(&Folded::of("aha")));
        assert!(Folded::of("The Beatles").is_as(&Folded::of("beatles")));
        assert!(!Folded::of("Ha").is_as(&Folded::of("aha")));
        assert_eq!(Folded::of("A‐ha").keys().collect::<Vec<_>>(), ["ha", "aha"]);
        assert_eq!(Folded::of("Abba").keys().collect::<Vec<_>>(), ["abba"]);
    }

    #[test]
    fn the_key_leaves_out_spaces_and_an_article_at_the_beginning() {
        for (name, key) in [
            ("AC/DC", "acdc"),
            ("The Beatles", "beatles"),
            ("A Perfect Circle", "perfectcircle"),
            ("The The", "the"),
            ("The", "the"),
            ("Blink-182", "blink182"),
            ("!!!", "!!!"),
        ] {
            assert_eq!(Folded::of(name).key(), key, "{name}");
        }
    }

    proptest::proptest! {
        #[test]
        fn folding_again_changes_nothing(name in ".{0,60}") {
            let once = text(&name);
            proptest::prop_assert_eq!(Folded::from_text(&once).text(), once.clone());
            proptest::prop_assert!(!once.contains('\0'));
        }
    }
}
