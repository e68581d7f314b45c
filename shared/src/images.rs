//! Pictures: the hosts they come from, and the paths under which the edge serves them.
//!
//! Answers name a picture by a path of our own, `/images/{source}/{path}`; the edge fetches it from the source's host.
//! Nothing but these sources can be asked for, so that the edge is no open proxy.

use std::fmt;

/// The path under which pictures are served.
pub const PATH: &str = "/images/";

/// Where a picture comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// FanArt.tv's files.
    FanArt,
    /// TheAudioDB's files.
    TheAudioDb,
    /// The Cover Art Archive, which redirects to the Internet Archive.
    CoverArtArchive,
}

impl Source {
    /// Every source.
    pub const ALL: [Self; 3] = [Self::FanArt, Self::TheAudioDb, Self::CoverArtArchive];

    /// The word that names it in paths.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FanArt => "fanart",
            Self::TheAudioDb => "the-audio-db",
            Self::CoverArtArchive => "cover-art-archive",
        }
    }

    /// The host that is asked.
    pub const fn host(self) -> &'static str {
        match self {
            Self::FanArt => "assets.fanart.tv",
            Self::TheAudioDb => "r2.theaudiodb.com",
            Self::CoverArtArchive => "coverartarchive.org",
        }
    }

    /// Whether the host belongs to the source: of a picture's address as the source gives it, or of a redirect.
    pub fn owns(self, host: &str) -> bool {
        let is = |name: &str| host.eq_ignore_ascii_case(name);
        match self {
            Self::FanArt => is("assets.fanart.tv"),
            Self::TheAudioDb => {
                is("r2.theaudiodb.com") || is("www.theaudiodb.com") || is("theaudiodb.com")
            }
            Self::CoverArtArchive => {
                is("coverartarchive.org")
                    || is("archive.org")
                    || host
                        .len()
                        .checked_sub(".archive.org".len())
                        .and_then(|start| host.get(start..))
                        .is_some_and(|end| end.eq_ignore_ascii_case(".archive.org"))
            }
        }
    }

    /// The source of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.name() == name)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A picture of one of the sources.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Picture {
    source: Source,
    path: String,
}

/// A path names no picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPicture {
    /// Not one of the sources.
    #[error("source: must be fanart, the-audio-db or cover-art-archive")]
    Source,
    /// Not a plain path.
    #[error("path: must be segments of the characters a-z A-Z 0-9 . _ ~ - with a / between them")]
    Path,
}

/// The longest path, in bytes.
const LONGEST_PATH: usize = 512;

impl Picture {
    /// Reads what follows [`PATH`] in a request's path, as sent.
    ///
    /// Percent signs are refused with all else that isn't plain, so that no encoded dot or slash gets through; the
    /// sources' own file names are plain.
    pub fn parse(rest: &str) -> Result<Self, InvalidPicture> {
        let (source, path) = rest.split_once('/').ok_or(InvalidPicture::Path)?;
        let source = Source::from_name(source).ok_or(InvalidPicture::Source)?;
        let is_plain = path.len() <= LONGEST_PATH
            && path.split('/').all(|segment| {
                !segment.is_empty()
                    && !segment.bytes().all(|byte| byte == b'.')
                    && segment
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || b"._~-".contains(&byte))
            });
        is_plain
            .then(|| Self {
                source,
                path: path.to_owned(),
            })
            .ok_or(InvalidPicture::Path)
    }

    /// Where it comes from.
    pub const fn source(&self) -> Source {
        self.source
    }

    /// Its address at the source.
    pub fn upstream(&self) -> String {
        format!("https://{}/{}", self.source.host(), self.path)
    }
}

/// Its path at the edge.
impl fmt::Display for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PATH}{}/{}", self.source, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_named_by_its_source_and_its_path_there() {
        for (rest, upstream) in [
            (
                "fanart/fanart/music/x/artistthumb/y.jpg",
                "https://assets.fanart.tv/fanart/music/x/artistthumb/y.jpg",
            ),
            (
                "the-audio-db/images/media/artist/logo/x.png",
                "https://r2.theaudiodb.com/images/media/artist/logo/x.png",
            ),
            (
                "cover-art-archive/release/x/1-1200.jpg",
                "https://coverartarchive.org/release/x/1-1200.jpg",
            ),
        ] {
            let picture = Picture::parse(rest).unwrap();
            assert_eq!(picture.upstream(), upstream);
            assert_eq!(picture.to_string(), format!("/images/{rest}"));
        }
    }

    #[test]
    fn no_other_host_and_no_trick_with_the_path() {
        for (rest, error) in [
            ("evil/x.jpg", InvalidPicture::Source),
            ("assets.fanart.tv/x.jpg", InvalidPicture::Source),
            ("FANART/x.jpg", InvalidPicture::Source),
            ("fanart", InvalidPicture::Path),
            ("fanart/", InvalidPicture::Path),
            ("fanart//evil.example/x.jpg", InvalidPicture::Path),
            ("fanart/../x.jpg", InvalidPicture::Path),
            ("fanart/a/./x.jpg", InvalidPicture::Path),
            ("fanart/a/.../x.jpg", InvalidPicture::Path),
            ("fanart/%2e%2e/x.jpg", InvalidPicture::Path),
            ("fanart/a%2fx.jpg", InvalidPicture::Path),
            ("fanart/@evil.example/x.jpg", InvalidPicture::Path),
            ("fanart/a:8080/x.jpg", InvalidPicture::Path),
            ("fanart/a\\x.jpg", InvalidPicture::Path),
            ("fanart/a?x.jpg", InvalidPicture::Path),
            ("fanart/é.jpg", InvalidPicture::Path),
        ] {
            assert_eq!(Picture::parse(rest), Err(error), "{rest}");
        }
        let long = format!("fanart/{}", "x".repeat(LONGEST_PATH + 1));
        assert_eq!(Picture::parse(&long), Err(InvalidPicture::Path));
    }

    #[test]
    fn redirects_stay_with_the_source() {
        for (source, host) in [
            (Source::CoverArtArchive, "archive.org"),
            (Source::CoverArtArchive, "ia800100.us.archive.org"),
            (Source::TheAudioDb, "www.theaudiodb.com"),
            (Source::FanArt, "assets.fanart.tv"),
        ] {
            assert!(source.owns(host), "{source} {host}");
        }
        for (source, host) in [
            (Source::CoverArtArchive, "notarchive.org"),
            (Source::CoverArtArchive, "archive.org.evil.example"),
            (Source::CoverArtArchive, "org"),
            (Source::FanArt, "archive.org"),
            (Source::FanArt, "fanart.tv.evil.example"),
            (Source::TheAudioDb, "assets.fanart.tv"),
        ] {
            assert!(!source.owns(host), "{source} {host}");
        }
    }
}
