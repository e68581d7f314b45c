//! Purge tags, within the limits of what carries them.

use linernotes_shared::cache::fitting;

/// The origin's tags, comma-separated, without what isn't a plain word, as far as they fit; `None` if none is left. Those
/// at the end give way: the answer's own entity stands first.
pub fn read(field: &str) -> Option<String> {
    let tags = fitting(field.split(',').map(str::trim).filter(|tag| is_tag(tag)));
    (!tags.is_empty()).then(|| tags.join(","))
}

/// Whether a text can be a tag.
pub fn is_tag(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.:/".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_tags_go_on_as_they_are() {
        assert_eq!(
            read("artist-a, album-b").as_deref(),
            Some("artist-a,album-b")
        );
        assert_eq!(read("two words,artist-a,,é").as_deref(), Some("artist-a"));
        assert_eq!(read(" ,\"x\""), None);
    }
}
