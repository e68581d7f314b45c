//! Other ways to write what charts and shops write.

use std::iter::{once, successors};

/// What shops put behind a title to sell it again. MusicBrainz keeps such editions in one release group.
///
/// "Version" isn't among them: `Fearless (Taylor’s Version)` is another album than `Fearless`.
const EDITIONS: [&str; 10] = [
    "anniversary",
    "bonus",
    "deluxe",
    "edition",
    "expanded",
    "explicit",
    "feat.",
    "reissue",
    "remaster",
    "remastered",
];

/// What shops put behind a title to tell what it is.
const KINDS: [&str; 2] = [" - Single", " - EP"];

/// What stands between artists.
const SEPARATORS: [&str; 14] = [
    " Featuring ",
    " featuring ",
    " Feat. ",
    " feat. ",
    " ft. ",
    " With ",
    " with ",
    " And ",
    " and ",
    " & ",
    " + ",
    " / ",
    " x ",
    " X ",
];

/// A title as it is, then without its additions, one by one.
pub(super) fn title_spellings(title: &str) -> impl Iterator<Item = &str> {
    successors(Some(title), |title| without_addition(title))
}

fn without_addition(title: &str) -> Option<&str> {
    let title = title.trim_end();
    let bare = KINDS
        .iter()
        .find_map(|kind| title.strip_suffix(kind))
        .or_else(|| without_edition(title))?
        .trim_end();
    (!bare.is_empty()).then_some(bare)
}

fn without_edition(title: &str) -> Option<&str> {
    let (bare, addition) = [(')', '('), (']', '[')]
        .into_iter()
        .find_map(|(close, open)| title.strip_suffix(close)?.rsplit_once(open))?;
    let addition = addition.to_lowercase();
    addition
        .split_whitespace()
        .any(|word| {
            EDITIONS.contains(&word.trim_matches(|mark| matches!(mark, ',' | ';' | ':' | '-')))
        })
        .then_some(bare)
}

/// An artist as it is, then the first of those that it names.
pub(super) fn artist_spellings(artist: &str) -> impl Iterator<Item = &str> {
    let first = SEPARATORS
        .iter()
        .chain(&[", "])
        .filter_map(|separator| artist.find(separator))
        .min()
        .map(|end| artist[..end].trim())
        .filter(|first| !first.is_empty());
    once(artist).chain(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_loses_what_shops_add_and_keeps_what_makes_it_another_album() {
        for (title, expected) in [
            (
                "1989 (Deluxe Edition)",
                &["1989 (Deluxe Edition)", "1989"][..],
            ),
            (
                "Rumours (Deluxe) [2001 Remaster]",
                &[
                    "Rumours (Deluxe) [2001 Remaster]",
                    "Rumours (Deluxe)",
                    "Rumours",
                ],
            ),
            (
                "Levitating (feat. DaBaby) - Single",
                &[
                    "Levitating (feat. DaBaby) - Single",
                    "Levitating (feat. DaBaby)",
                    "Levitating",
                ],
            ),
            (
                "Fearless (Taylor’s Version)",
                &["Fearless (Taylor’s Version)"],
            ),
            ("Live (Unplugged)", &["Live (Unplugged)"]),
            ("(Deluxe Edition)", &["(Deluxe Edition)"]),
            (" - EP", &[" - EP"]),
            ("", &[""]),
            (")(", &[")("]),
        ] {
            assert_eq!(
                title_spellings(title).collect::<Vec<_>>(),
                expected,
                "{title}"
            );
        }
    }

    #[test]
    fn of_several_artists_the_first_is_looked_for_too() {
        for (artist, expected) in [
            ("Adele", &["Adele"][..]),
            ("Drake & 21 Savage", &["Drake & 21 Savage", "Drake"]),
            (
                "Future, Metro Boomin & The Weeknd",
                &["Future, Metro Boomin & The Weeknd", "Future"],
            ),
            (
                "Lady Gaga and Bruno Mars",
                &["Lady Gaga and Bruno Mars", "Lady Gaga"],
            ),
            ("Tyler, The Creator", &["Tyler, The Creator", "Tyler"]),
            (" & ", &[" & "]),
            ("", &[""]),
        ] {
            assert_eq!(
                artist_spellings(artist).collect::<Vec<_>>(),
                expected,
                "{artist}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic_or_go_on_for_ever(text in "[ ()\\[\\]a-eé&,-]{0,60}") {
            proptest::prop_assert!(title_spellings(&text).count() < 70);
            proptest::prop_assert!(artist_spellings(&text).count() < 3);
        }
    }
}
