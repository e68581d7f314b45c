use std::fmt;

/// A kind of catalogue entity that has an answer of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Entity {
    /// A MusicBrainz artist.
    Artist,
    /// A MusicBrainz release group, which Lidarr calls an album.
    Album,
}

impl Entity {
    /// The word that names the entity in paths, cache keys and tags.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Artist => "artist",
            Self::Album => "album",
        }
    }
}

impl fmt::Display for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
