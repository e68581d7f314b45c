//! Queries that name an entity instead of describing it.

use linernotes_shared::Mbid;

/// What Lidarr's users put before an MBID.
const PREFIXES: [&str; 3] = ["lidarr:", "lidarrid:", "mbid:"];

/// A query that is, or should be, an MBID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Term {
    /// It is.
    Mbid(Mbid),
    /// It should be, by its prefix, but what follows is none: nothing is called so.
    Malformed,
}

/// What a query, in canonical form, names; `None` for one that describes.
pub(super) fn term(query: &str) -> Option<Term> {
    let named = PREFIXES
        .iter()
        .find_map(|prefix| query.strip_prefix(prefix))
        .map(str::trim);
    match named {
        Some(name) => Some(name.parse().map_or(Term::Malformed, Term::Mbid)),
        None => query.parse().ok().map(Term::Mbid),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_mbid_is_a_name_with_and_without_its_prefix() {
        const LINKIN_PARK: &str = "f59c5520-5f46-4d2c-b2c4-822eabf53419";
        let mbid = Some(Term::Mbid(LINKIN_PARK.parse().unwrap()));
        for (query, expected) in [
            (format!("lidarr:{LINKIN_PARK}"), mbid),
            (format!("lidarrid:{LINKIN_PARK}"), mbid),
            (format!("lidarrid: {LINKIN_PARK}"), mbid),
            (format!("mbid:{LINKIN_PARK}"), mbid),
            (LINKIN_PARK.to_owned(), mbid),
            ("lidarrid:f59c5520-5f46".to_owned(), Some(Term::Malformed)),
            ("lidarr:".to_owned(), Some(Term::Malformed)),
            ("mbid: linkin park".to_owned(), Some(Term::Malformed)),
            ("linkin park".to_owned(), None),
            (format!("{LINKIN_PARK} live"), None),
        ] {
            assert_eq!(term(&query), expected, "{query}");
        }
    }
}
