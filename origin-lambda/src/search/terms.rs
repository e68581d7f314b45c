//! Terms that name an entity by its MBID, as Lidarr's users write them: `lidarr:`, `lidarrid:`, `mbid:`, or nothing
//! before it.

use linernotes_shared::Mbid;

const PREFIXES: [&str; 3] = ["lidarr:", "lidarrid:", "mbid:"];

/// What a search text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// Words to look for.
    Text,
    /// The MBID of an artist or album, current or old.
    Mbid(Mbid),
    /// What should be an MBID, and names nothing.
    Malformed,
}

impl Term {
    /// Reads a canonical search text.
    pub fn of(text: &str) -> Self {
        match PREFIXES.iter().find_map(|prefix| text.strip_prefix(prefix)) {
            Some(id) => id.trim().parse().map_or(Self::Malformed, Self::Mbid),
            // Without a prefix only the usual spelling is meant: 32 hexadecimal digits could be a title.
            None if text.len() == 36 => text.parse().map_or(Self::Text, Self::Mbid),
            None => Self::Text,
        }
    }
}

/// A text without what is in brackets at its end, such as `(Deluxe Edition)`; `None` without such, or if nothing else is
/// there.
pub(super) fn without_addition(text: &str) -> Option<&str> {
    let text = text.trim_end();
    let open = match text.chars().next_back()? {
        ')' => '(',
        ']' => '[',
        _ => return None,
    };
    let bare = text[..text.rfind(open)?].trim_end();
    (!bare.is_empty()).then_some(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "f59c5520-5f46-4d2c-b2c4-822eabf53419";

    #[test]
    fn an_mbid_is_read_with_and_without_its_prefix() {
        let mbid = Term::Mbid(ID.parse().unwrap());
        for text in [
            ID.to_owned(),
            format!("lidarr:{ID}"),
            format!("lidarrid:{ID}"),
            format!("lidarrid: {ID}"),
            format!("mbid: {ID}"),
        ] {
            assert_eq!(Term::of(&text), mbid, "{text}");
        }
    }

    #[test]
    fn a_prefix_without_an_mbid_names_nothing_and_other_texts_are_words() {
        for text in ["lidarrid:", "lidarrid: adele", "mbid:12", "lidarr:{"] {
            assert_eq!(Term::of(text), Term::Malformed, "{text}");
        }
        for text in [
            "coldplay",
            "mbid",
            "a lidarr:x",
            "00000000000000000000000000000000",
        ] {
            assert_eq!(Term::of(text), Term::Text, "{text}");
        }
    }

    #[test]
    fn what_is_in_brackets_at_the_end_can_be_left_out() {
        assert_eq!(without_addition("hysteria (deluxe)"), Some("hysteria"));
        assert_eq!(
            without_addition("hysteria [live] (2 cd) "),
            Some("hysteria [live]")
        );
        for text in ["hysteria", "(deluxe)", "hysteria)", "(a) b"] {
            assert_eq!(without_addition(text), None, "{text}");
        }
    }
}
