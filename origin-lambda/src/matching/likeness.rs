use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// How alike two names must be to mean the same: 0 for not at all, 1 for equal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Likeness(f64);

impl Likeness {
    /// At least this ratio.
    pub const fn at_least(ratio: f64) -> Self {
        Self(ratio)
    }

    pub(super) fn is_met_by(self, ratio: f64) -> bool {
        // What is right on the mark must not fall under it by rounding.
        ratio + f64::EPSILON * 4.0 >= self.0
    }
}

/// Characters of a name that are looked at: comparing takes time by the product of both lengths, and the names come
/// from elsewhere.
const MOST: usize = 300;

/// The normalised Levenshtein ratio of two names: 1 less the edits between them, in parts of the longer one's length.
/// Accents, capitals and the form of quotes and dashes don't count.
pub(super) fn ratio(one: &str, other: &str) -> f64 {
    strsim::normalized_levenshtein(&folded(one), &folded(other))
}

fn folded(name: &str) -> String {
    let characters = name
        .nfkd()
        .filter(|character| !is_combining_mark(*character))
        .flat_map(char::to_lowercase)
        .map(|character| match character {
            '‘' | '’' | '‛' | '′' | '`' | '´' => '\'',
            '“' | '”' | '„' | '″' => '"',
            '‐' | '‑' | '‒' | '–' | '—' | '−' => '-',
            other => other,
        })
        .take(MOST);
    let folded: String = characters.collect();
    let words: Vec<&str> = folded.split_whitespace().collect();
    words.join(" ").replace(" & ", " and ")
}

#[cfg(test)]
mod tests {
    use super::{Likeness, ratio};

    #[test]
    fn accents_capitals_quotes_and_dashes_dont_count() {
        for (one, other) in [
            ("Björk", "BJORK"),
            ("The La’s", "the la's"),
            ("Wham Bam–Boom", "wham bam-boom"),
            ("Simon & Garfunkel", "Simon and  Garfunkel"),
            ("“Heroes”", "\"heroes\""),
            ("…And Justice", "...and justice"),
            ("Кипелов", "КИПЕЛОВ"),
            ("ﬁfty", "Fifty"),
        ] {
            assert_eq!(ratio(one, other), 1.0, "{one} {other}");
        }
    }

    #[test]
    fn edits_count_in_parts_of_the_longer_name() {
        assert_eq!(ratio("abcde", "abcdx"), 0.8);
        assert_eq!(ratio("abcdefgh", "abcd"), 0.5);
        assert_eq!(ratio("", "a"), 0.0);
        assert!(Likeness::at_least(0.8).is_met_by(ratio("abcde", "abcdx")));
        assert!(!Likeness::at_least(0.8).is_met_by(ratio("abcd", "abcx")));
    }

    #[test]
    fn a_name_of_any_length_is_compared_in_no_time() {
        let long = "a".repeat(1 << 20);
        assert_eq!(ratio(&long, &long), 1.0);
    }

    proptest::proptest! {
        #[test]
        fn every_name_is_like_itself(name in ".{0,50}") {
            proptest::prop_assert_eq!(ratio(&name, &name), 1.0);
        }
    }
}
