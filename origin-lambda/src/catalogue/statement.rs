use std::fmt;

/// Every statement the service runs on the replica, by the name of its file under `sql/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statement {
    /// How current the replica is.
    Replication,
    /// Artists by MBID.
    Artist,
    /// An artist's release groups.
    ArtistAlbums,
    /// Release groups by MBID.
    Album,
    /// Releases of release groups.
    AlbumReleases,
}

impl Statement {
    /// All of them, as prepared on every new connection.
    pub const ALL: [Self; 5] = [
        Self::Replication,
        Self::Artist,
        Self::ArtistAlbums,
        Self::Album,
        Self::AlbumReleases,
    ];

    /// The statement's text.
    pub const fn sql(self) -> &'static str {
        match self {
            Self::Replication => include_str!("../../../sql/catalogue/replication.sql"),
            Self::Artist => include_str!("../../../sql/catalogue/artist.sql"),
            Self::ArtistAlbums => include_str!("../../../sql/catalogue/artist_albums.sql"),
            Self::Album => include_str!("../../../sql/catalogue/album.sql"),
            Self::AlbumReleases => include_str!("../../../sql/catalogue/album_releases.sql"),
        }
    }

    const fn file(self) -> &'static str {
        match self {
            Self::Replication => "catalogue/replication.sql",
            Self::Artist => "catalogue/artist.sql",
            Self::ArtistAlbums => "catalogue/artist_albums.sql",
            Self::Album => "catalogue/album.sql",
            Self::AlbumReleases => "catalogue/album_releases.sql",
        }
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.file())
    }
}
