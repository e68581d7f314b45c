//! The tags under which answers are purged, as a header field carries them.

use crate::mbid::Mbid;
use crate::request::Entity;

/// The tag of an answer that shows more than its tags can name, in place of those that are left out. Whoever purges a tag
/// at the edge purges it too.
pub const OVERFLOW_TAG: &str = "overflow";

/// The most bytes of tags and the commas between them. Cloudflare takes 16 kB of tags with a response, and so do most
/// servers.
const MOST_BYTES: usize = 15_000;

/// The tag under which every answer that shows the entity can be purged, e.g. `artist-070d193a-…`.
pub fn tag(entity: Entity, mbid: Mbid) -> String {
    format!("{entity}-{mbid}")
}

/// The first tags that fit into a header field. Where others are left out, the last one is [`OVERFLOW_TAG`], since a cache
/// can't tell that they are missing.
pub fn fitting<'tags>(tags: impl IntoIterator<Item = &'tags str>) -> Vec<&'tags str> {
    let mut fitting = Vec::new();
    let mut room = MOST_BYTES - OVERFLOW_TAG.len();
    for tag in tags {
        if room < tag.len() + 1 {
            fitting.push(OVERFLOW_TAG);
            break;
        }
        room -= tag.len() + 1;
        fitting.push(tag);
    }
    fitting
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(count: usize) -> Vec<String> {
        (0..count)
            .map(|number| format!("artist-070d193a-845c-479f-980e-{number:012}"))
            .collect()
    }

    #[test]
    fn tags_that_fit_go_on_as_they_are() {
        let few = numbered(340);
        assert_eq!(fitting(few.iter().map(String::as_str)), few);
    }

    #[test]
    fn too_many_tags_end_in_one_that_stands_for_the_rest() {
        let many = numbered(1_000);
        let tags = fitting(many.iter().map(String::as_str));
        assert!(tags.join(",").len() <= MOST_BYTES);
        assert_eq!(tags.last(), Some(&OVERFLOW_TAG));
        assert_eq!(tags[..tags.len() - 1], many[..340]);
    }
}
