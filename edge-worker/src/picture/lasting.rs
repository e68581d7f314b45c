//! How long a picture may be kept.

use linernotes_shared::images::{Picture, Source};

/// How long the same picture is at its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lasting {
    /// For ever. It is kept for a year: as long as caches keep anything.
    ForEver,
    /// Until another one is chosen. It is kept for a day.
    Chosen,
}

impl Lasting {
    /// The Cover Art Archive's `front` and `back` lead to what is chosen now, in any size; its other files are numbered.
    pub fn of(picture: &Picture) -> Self {
        let address = picture.upstream();
        let file = address.rsplit('/').next().unwrap_or_default();
        let is_chosen = file.starts_with("front") || file.starts_with("back");
        match picture.source() {
            Source::CoverArtArchive if is_chosen => Self::Chosen,
            _ => Self::ForEver,
        }
    }

    /// Seconds for which it may be kept.
    pub const fn seconds(self) -> u64 {
        match self {
            Self::ForEver => 365 * 24 * 3_600,
            Self::Chosen => 24 * 3_600,
        }
    }

    /// `Cache-Control`.
    pub fn control(self) -> String {
        let immutable = match self {
            Self::ForEver => ", immutable",
            Self::Chosen => "",
        };
        format!("public, max-age={}{immutable}", self.seconds())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_archive_chooses_is_kept_for_a_day() {
        for (rest, control) in [
            (
                "cover-art-archive/release-group/x/front-250",
                "public, max-age=86400",
            ),
            ("cover-art-archive/release/x/front", "public, max-age=86400"),
            (
                "cover-art-archive/release/x/back-500.jpg",
                "public, max-age=86400",
            ),
            (
                "cover-art-archive/release/x/1-1200.jpg",
                "public, max-age=31536000, immutable",
            ),
            (
                "cover-art-archive/front/x/1.jpg",
                "public, max-age=31536000, immutable",
            ),
            ("fanart/x/front.jpg", "public, max-age=31536000, immutable"),
        ] {
            let picture = Picture::parse(rest).unwrap();
            assert_eq!(Lasting::of(&picture).control(), control, "{rest}");
        }
    }
}
