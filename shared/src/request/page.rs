//! `/browse`: pages for people, in a browser.

use super::RequestError;
use super::field::{mbid, parameter};
use super::search::tidy;
use crate::mbid::Mbid;

/// A page that isn't the front page.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Page {
    /// `/browse?query=`: artists and albums by name. The text is as typed, tidied up; empty for the form alone.
    Search(String),
    /// `/browse/artist/{mbid}`: an artist, and what a profile hides of it.
    Artist(Mbid, Profile),
    /// `/browse/album/{mbid}`: an album with its releases and tracks.
    Album(Mbid, Profile),
    /// `/browse/missing?id=`: why an album isn't in a library. The id may be an artist's, a release group's or a
    /// release's; `None` for the form alone.
    Missing(Option<Mbid>, Profile),
}

/// What a metadata profile of Lidarr's lets through: a bit for each of [`Profile::CHOICES`] boxes, whose names only the
/// origin knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Profile(u32);

impl Profile {
    /// How many boxes can be ticked: 5 primary types, 11 secondary ones, 4 statuses.
    pub const CHOICES: u8 = 20;
    /// Lidarr's own profile "Standard": the primary type Album (0), the secondary type Studio (5), the status
    /// Official (16).
    pub const STANDARD: Self = Self(1 | 1 << 5 | 1 << 16);

    /// Whether a box is ticked.
    pub const fn allows(self, choice: u8) -> bool {
        choice < Self::CHOICES && self.0 >> choice & 1 == 1
    }

    /// With a box ticked.
    pub const fn with(self, choice: u8) -> Self {
        if choice < Self::CHOICES {
            Self(self.0 | 1 << choice)
        } else {
            self
        }
    }

    /// With nothing ticked.
    pub const EMPTY: Self = Self(0);

    /// Reads `allow` parameters, one for each box. Without any it is Lidarr's standard profile, unless `profile` says
    /// that a form was sent: a form says nothing of boxes that aren't ticked.
    fn parse(query: &str) -> Result<Self, RequestError> {
        let mut profile = Self::EMPTY;
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if name != "allow" {
                continue;
            }
            match value.parse() {
                Ok(choice) if choice < Self::CHOICES => profile = profile.with(choice),
                _ => {
                    return Err(RequestError::Invalid {
                        field: "allow",
                        rule: format!("must be a number from 0 to {}", Self::CHOICES - 1),
                    });
                }
            }
        }
        if profile == Self::EMPTY && parameter(query, "profile").is_none() {
            return Ok(Self::STANDARD);
        }
        Ok(profile)
    }

    /// The canonical query, with its `?`; empty for the standard profile.
    pub fn query(self) -> String {
        self.parameters('?')
    }

    fn parameters(self, mut before: char) -> String {
        use std::fmt::Write;
        let mut query = String::new();
        if self == Self::STANDARD {
            return query;
        }
        if self == Self::EMPTY {
            return format!("{before}profile=own");
        }
        for choice in (0..Self::CHOICES).filter(|choice| self.allows(*choice)) {
            let _ = write!(query, "{before}allow={choice}");
            before = '&';
        }
        query
    }
}

impl Page {
    /// Reads the path's segments after `browse`; `None` if there is no such page.
    pub(super) fn parse(segments: &[&str], query: &str) -> Result<Option<Self>, RequestError> {
        Ok(Some(match segments {
            [] => Self::Search(tidy(
                &parameter(query, "query").unwrap_or_default(),
                str::to_owned,
            )),
            ["artist", id] => Self::Artist(mbid(id)?, Profile::parse(query)?),
            ["album", id] => Self::Album(mbid(id)?, Profile::parse(query)?),
            ["missing"] => Self::Missing(id(query)?, Profile::parse(query)?),
            _ => return Ok(None),
        }))
    }

    /// The canonical path and query.
    pub fn canonical_path(&self) -> String {
        match self {
            Self::Search(text) if text.is_empty() => "/browse".to_owned(),
            Self::Search(text) => {
                let query = form_urlencoded::Serializer::new(String::new())
                    .append_pair("query", text)
                    .finish();
                format!("/browse?{query}")
            }
            Self::Artist(mbid, profile) => format!("/browse/artist/{mbid}{}", profile.query()),
            Self::Album(mbid, profile) => format!("/browse/album/{mbid}{}", profile.query()),
            Self::Missing(None, profile) => format!("/browse/missing{}", profile.query()),
            Self::Missing(Some(mbid), profile) => {
                format!("/browse/missing?id={mbid}{}", profile.parameters('&'))
            }
        }
    }
}

/// The MBID in what somebody pasted: the MBID itself, or an address of MusicBrainz's that has it between slashes.
fn id(query: &str) -> Result<Option<Mbid>, RequestError> {
    let text = parameter(query, "id").unwrap_or_default();
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    text.split(['/', '?', '#'])
        .find_map(|piece| piece.trim().parse().ok())
        .map(Some)
        .ok_or_else(|| RequestError::Invalid {
            field: "id",
            rule: "must be a MusicBrainz identifier, or the address of an artist or release group at MusicBrainz"
                .to_owned(),
        })
}

#[cfg(test)]
mod tests {
    use crate::request::{Method, Request};

    use super::*;

    const MBID: &str = "070d193a-845c-479f-980e-bef15710653e";

    fn get(path: &str, query: &str) -> Result<Request, RequestError> {
        Request::parse(Method::Get, path, query)
    }

    #[test]
    fn a_page_has_one_canonical_path_that_means_the_page_itself() {
        for (path, query, canonical) in [
            ("/browse", "", "/browse".to_owned()),
            ("/browse/", "query=%20%20", "/browse".to_owned()),
            (
                "/api/v0.4/browse",
                "query=+The++La%E2%80%99s&x=1",
                "/browse?query=The+La%E2%80%99s".to_owned(),
            ),
            (
                "/browse/artist/070D193A845C479F980EBEF15710653E",
                "",
                format!("/browse/artist/{MBID}"),
            ),
            (
                "/browse/artist/070d193a-845c-479f-980e-bef15710653e",
                "profile=own&allow=16&allow=0&allow=5",
                format!("/browse/artist/{MBID}"),
            ),
            (
                "/browse/artist/070d193a-845c-479f-980e-bef15710653e",
                "allow=5&allow=1&allow=5&allow=16",
                format!("/browse/artist/{MBID}?allow=1&allow=5&allow=16"),
            ),
            (
                "/browse/album/070d193a-845c-479f-980e-bef15710653e",
                "profile=own",
                format!("/browse/album/{MBID}?profile=own"),
            ),
            ("/browse/missing", "id=", "/browse/missing".to_owned()),
            (
                "/browse/missing",
                "id=https%3A%2F%2Fmusicbrainz.org%2Frelease-group%2F070d193a-845c-479f-980e-bef15710653e%2Faliases&allow=1",
                format!("/browse/missing?id={MBID}&allow=1"),
            ),
        ] {
            let request = get(path, query).unwrap();
            assert_eq!(request.canonical_path(), canonical, "{path}?{query}");
            let (path, query) = canonical.split_once('?').unwrap_or((&canonical, ""));
            assert_eq!(get(path, query), Ok(request));
        }
    }

    #[test]
    fn what_a_page_cant_take_is_named_with_its_rule() {
        for (path, query, error) in [
            (
                "/browse/artist/prince",
                "",
                "mbid: must be a MusicBrainz identifier (a UUID such as 070d193a-845c-479f-980e-bef15710653e)",
            ),
            (
                "/browse/missing",
                "allow=20",
                "allow: must be a number from 0 to 19",
            ),
            (
                "/browse/missing",
                "allow=-1",
                "allow: must be a number from 0 to 19",
            ),
            (
                "/browse/missing",
                "id=thriller",
                "id: must be a MusicBrainz identifier, or the address of an artist or release group at MusicBrainz",
            ),
            ("/browse/label/x", "", "path: no such route"),
            ("/browse/artist", "", "path: no such route"),
        ] {
            assert_eq!(get(path, query).unwrap_err().to_string(), error);
        }
        assert_eq!(
            Request::parse(Method::Post, "/browse", ""),
            Err(RequestError::MethodNotAllowed {
                allowed: "GET, HEAD"
            })
        );
    }

    #[test]
    fn a_text_is_cut_where_no_name_is_longer() {
        let Ok(Request::Page(Page::Search(text))) =
            get("/browse", &format!("query={}", "x".repeat(10_000)))
        else {
            panic!("a search");
        };
        assert_eq!(text.len(), 200);
    }
}
