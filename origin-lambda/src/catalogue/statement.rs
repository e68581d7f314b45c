use std::fmt;

use tokio_postgres::types::Type;

/// Lists the statements once, with file and parameters: a statement can't be forgotten in a check.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $file:literal ($($parameter:ident),*);)*) => {
        /// Every statement the service runs on the replica, by the name of its file under `sql/catalogue`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Statement {
            $($(#[$doc])* $name,)*
        }

        impl Statement {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The statement's text.
            pub const fn sql(self) -> &'static str {
                match self {
                    $(Self::$name => include_str!(concat!("../../../sql/catalogue/", $file)),)*
                }
            }

            /// The types of the statement's parameters.
            pub const fn parameters(self) -> &'static [Type] {
                match self {
                    $(Self::$name => &[$(Type::$parameter,)*],)*
                }
            }

            const fn file(self) -> &'static str {
                match self {
                    $(Self::$name => $file,)*
                }
            }
        }
    };
}

statements! {
    /// How current the replica is.
    Replication = "replication.sql" ();
    /// Artists by MBID.
    Artist = "artist.sql" (UUID_ARRAY);
    /// An artist's release groups.
    ArtistAlbums = "artist_albums.sql" (UUID, UUID_ARRAY);
    /// Release groups of an artist that its list doesn't show, or Lidarr doesn't take.
    ArtistOverlooked = "artist_overlooked.sql" (UUID, UUID_ARRAY, TEXT_ARRAY, INT8);
    /// Release groups by MBID.
    Album = "album.sql" (UUID_ARRAY);
    /// Releases of release groups.
    AlbumReleases = "album_releases.sql" (UUID_ARRAY);
    /// Release groups that recordings fit.
    AlbumsByRecordings = "albums_by_recordings.sql" (UUID_ARRAY, INT8);
    /// The release groups of a series.
    Series = "series.sql" (UUID);
    /// Artists linked to a Spotify artist.
    ArtistsBySpotifyId = "artists_by_spotify_id.sql" (TEXT);
    /// Release groups linked to a Spotify album.
    AlbumsBySpotifyId = "albums_by_spotify_id.sql" (TEXT);
    /// Artists that pages are about.
    ArtistsByLinks = "artists_by_links.sql" (TEXT_ARRAY);
    /// Release groups that pages are about.
    AlbumsByLinks = "albums_by_links.sql" (TEXT_ARRAY);
    /// Artists of names.
    ArtistsByNames = "artists_by_names.sql" (TEXT_ARRAY);
    /// Release groups that artists' names and titles may mean.
    AlbumsByNames = "albums_by_names.sql" (TEXT_ARRAY, TEXT_ARRAY, UUID_ARRAY);
    /// Artists as lists show them.
    ListedArtists = "listed_artists.sql" (UUID_ARRAY);
    /// Release groups as lists show them.
    ListedAlbums = "listed_albums.sql" (UUID_ARRAY);
    /// All links to Spotify artists.
    SpotifyArtists = "spotify_artists.sql" (TEXT, INT8);
    /// All links to Spotify albums.
    SpotifyAlbums = "spotify_albums.sql" (TEXT, INT8);
    /// All artists' MBIDs.
    ArtistIds = "artist_ids.sql" (UUID, INT8);
    /// All release groups' MBIDs.
    AlbumIds = "album_ids.sql" (UUID, INT8);
    /// The artists credited first for release groups.
    AlbumArtists = "album_artists.sql" (UUID_ARRAY);
    /// About how many artists and release groups there are.
    EntityCounts = "entity_counts.sql" ();
    /// The time by the replica's clock.
    Clock = "clock.sql" ();
    /// Artists changed between two instants.
    ChangedArtists = "changed_artists.sql" (TIMESTAMPTZ, TIMESTAMPTZ);
    /// Release groups changed between two instants, and their artists.
    ChangedAlbums = "changed_albums.sql" (TIMESTAMPTZ, TIMESTAMPTZ);
    /// Which of Linernotes' own indexes the replica has.
    Indexes = "indexes.sql" ();
    /// Whether the replica keeps a change log.
    ChangeLog = "change_log.sql" ();
    /// Which of its triggers the replica has.
    ChangeLogTriggers = "change_log_triggers.sql" ();
    /// Since when it does.
    ChangeLogStart = "change_log_start.sql" ();
    /// What its change log has seen change between two instants.
    LoggedChanges = "logged_changes.sql" (TIMESTAMPTZ, TIMESTAMPTZ);
    /// What the search index holds of artists.
    SearchArtists = "search_artists.sql" (UUID_ARRAY);
    /// What the search index holds of release groups.
    SearchAlbums = "search_albums.sql" (UUID_ARRAY);
    /// Release groups that name artists.
    SearchAlbumsOf = "search_albums_of.sql" (UUID_ARRAY);
    /// Whether there is a search index.
    SearchIndex = "search_index.sql" ();
    /// What it holds, and of which moment.
    SearchState = "search_state.sql" ();
    /// What in it fits some words.
    SearchDocuments = "search_documents.sql" (TEXT, INT8, INT8);
    /// How frequent words are in it.
    SearchWords = "search_words.sql" (TEXT_ARRAY);
    /// Words in it that are spelled alike.
    SearchSpellings = "search_spellings.sql" (TEXT, INT8);
}

impl Statement {
    /// Whether the statement reads the change log, which a replica needn't have.
    pub const fn reads_change_log(self) -> bool {
        matches!(self, Self::ChangeLogStart | Self::LoggedChanges)
    }

    /// Whether the statement reads the search index, which may lie elsewhere, or not be there.
    pub const fn reads_search_index(self) -> bool {
        matches!(
            self,
            Self::SearchState | Self::SearchDocuments | Self::SearchWords | Self::SearchSpellings
        )
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "catalogue/{}", self.file())
    }
}
