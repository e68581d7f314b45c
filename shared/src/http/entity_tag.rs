/// Whether an `If-None-Match` header names the entity tag, so that 304 is the answer (RFC 9110 §13.1.2: weak
/// comparison, lists and `*`).
///
/// `etag` is the current tag in its wire form, e.g. `"6fd3…"`.
pub fn none_match(if_none_match: &str, etag: &str) -> bool {
    let etag = opaque(etag);
    if_none_match
        .split(',')
        .map(str::trim)
        .any(|candidate| candidate == "*" || opaque(candidate) == etag)
}

/// The tag without its weakness mark. Our tags hold no comma, so splitting a list at commas can't cut one.
fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

#[cfg(test)]
mod tests {
    use super::none_match;

    #[test]
    fn a_tag_matches_itself_strong_or_weak_alone_or_in_a_list() {
        for header in [
            r#""a1""#,
            r#"W/"a1""#,
            r#""zz", W/"a1""#,
            "*",
            r#""zz","a1""#,
        ] {
            assert!(none_match(header, r#""a1""#), "{header}");
        }
        for header in ["", "a1", r#""a2""#, r#""A1""#] {
            assert!(!none_match(header, r#""a1""#), "{header}");
        }
    }
}
