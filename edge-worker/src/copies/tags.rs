//! Purge tags, within the limits of what carries them.

use linernotes_shared::cache::OVERFLOW_TAG;

/// The most bytes of tags that go on. Cloudflare takes 16 kB of them with a response.
const MOST_BYTES: usize = 15_000;

/// The origin's tags, comma-separated, without what isn't a plain word; `None` if none is left. Of too many, those at
/// the end give way to [`OVERFLOW_TAG`]: the answer's own entity stands first.
pub fn read(field: &str) -> Option<String> {
    let mut tags = String::new();
    for tag in field.split(',').map(str::trim).filter(|tag| is_tag(tag)) {
        if tags.len() + tag.len() + 2 + OVERFLOW_TAG.len() > MOST_BYTES {
            tags.push(',');
            tags.push_str(OVERFLOW_TAG);
            break;
        }
        if !tags.is_empty() {
            tags.push(',');
        }
        tags.push_str(tag);
    }
    (!tags.is_empty()).then_some(tags)
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

    #[test]
    fn too_many_tags_end_in_one_that_stands_for_the_rest() {
        let many: Vec<String> = (0..1_000)
            .map(|number| format!("artist-070d193a-845c-479f-980e-{number:012}"))
            .collect();
        let tags = read(&many.join(",")).unwrap();
        assert!(tags.len() <= MOST_BYTES, "{}", tags.len());
        let tags: Vec<&str> = tags.split(',').collect();
        assert_eq!(tags.last(), Some(&OVERFLOW_TAG));
        assert_eq!(tags[..340], many[..340]);
    }
}
