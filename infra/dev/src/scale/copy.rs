//! Rows in PostgreSQL's binary COPY format, collected by table.
//!
//! The driver's own writer of this format fills one open COPY; here many tables grow side by side, so rows are
//! collected in memory and go out in pieces, each a COPY of its own.

/// Seconds from 1970 to 2000, which PostgreSQL counts from.
const POSTGRES_EPOCH: i64 = 946_684_800;

/// What a piece starts with: the signature, no flags, no extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// What a piece ends with.
const TRAILER: [u8; 2] = (-1_i16).to_be_bytes();
/// How large a piece gets before it goes out.
const PIECE: usize = 1 << 20;

/// Lists the tables once, with the columns that rows fill.
macro_rules! tables {
    ($($name:ident = $schema:ident . $table:ident ($($column:ident),*);)*) => {
        /// A table that rows are made for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Table {
            $($name,)*
        }

        impl Table {
            pub(super) const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its name, without the schema.
            pub(super) const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($table),)*
                }
            }

            /// The statement that takes rows in.
            pub(super) const fn copy(self) -> &'static str {
                match self {
                    $(Self::$name => concat!(
                        "COPY ", stringify!($schema), ".", stringify!($table),
                        " (", tables!(@list $($column),*), ") FROM STDIN (FORMAT binary)"
                    ),)*
                }
            }

            const fn columns(self) -> i16 {
                match self {
                    $(Self::$name => [$(stringify!($column),)*].len() as i16,)*
                }
            }
        }
    };
    (@list $first:ident $(, $column:ident)*) => {
        concat!(stringify!($first), $(", ", stringify!($column),)*)
    };
}

tables! {
    Label = musicbrainz.label (id, gid, name, last_updated);
    Genre = musicbrainz.genre (id, gid, name, last_updated);
    Tag = musicbrainz.tag (id, name, ref_count);
    Artist = musicbrainz.artist (id, gid, name, sort_name, begin_date_year, begin_date_month, begin_date_day, end_date_year, type, area, comment, ended, last_updated);
    ArtistAlias = musicbrainz.artist_alias (id, artist, name, sort_name, locale, type, last_updated);
    ArtistRedirect = musicbrainz.artist_gid_redirect (gid, new_id, created);
    ArtistMeta = musicbrainz.artist_meta (id, rating, rating_count);
    ArtistTag = musicbrainz.artist_tag (artist, tag, count, last_updated);
    ArtistCredit = musicbrainz.artist_credit (id, gid, name, artist_count, ref_count, created);
    ArtistCreditName = musicbrainz.artist_credit_name (artist_credit, position, artist, name, join_phrase);
    ReleaseGroup = musicbrainz.release_group (id, gid, name, artist_credit, type, comment, last_updated);
    ReleaseGroupAlias = musicbrainz.release_group_alias (id, release_group, name, sort_name, type, last_updated);
    ReleaseGroupRedirect = musicbrainz.release_group_gid_redirect (gid, new_id, created);
    ReleaseGroupMeta = musicbrainz.release_group_meta (id, release_count, first_release_date_year, first_release_date_month, first_release_date_day, rating, rating_count);
    ReleaseGroupSecondaryType = musicbrainz.release_group_secondary_type_join (release_group, secondary_type, created);
    ReleaseGroupTag = musicbrainz.release_group_tag (release_group, tag, count, last_updated);
    Release = musicbrainz.release (id, gid, name, artist_credit, release_group, status, comment, last_updated);
    ReleaseRedirect = musicbrainz.release_gid_redirect (gid, new_id, created);
    ReleaseMeta = musicbrainz.release_meta (id, date_added, cover_art_presence);
    ReleaseCountry = musicbrainz.release_country (release, country, date_year, date_month, date_day);
    ReleaseUnknownCountry = musicbrainz.release_unknown_country (release, date_year, date_month, date_day);
    ReleaseLabel = musicbrainz.release_label (id, release, label, catalog_number, last_updated);
    Medium = musicbrainz.medium (id, gid, release, position, format, name, track_count, last_updated);
    Recording = musicbrainz.recording (id, gid, name, artist_credit, length, video, last_updated);
    RecordingRedirect = musicbrainz.recording_gid_redirect (gid, new_id, created);
    Track = musicbrainz.track (id, gid, recording, medium, position, number, name, artist_credit, length, is_data_track, last_updated);
    TrackRedirect = musicbrainz.track_gid_redirect (gid, new_id, created);
    Url = musicbrainz.url (id, gid, url, last_updated);
    ArtistUrl = musicbrainz.l_artist_url (id, link, entity0, entity1, last_updated);
    ReleaseGroupUrl = musicbrainz.l_release_group_url (id, link, entity0, entity1, last_updated);
    ReleaseUrl = musicbrainz.l_release_url (id, link, entity0, entity1, last_updated);
    Link = musicbrainz.link (id, link_type, attribute_count, end_date_year, ended, created);
    LinkAttribute = musicbrainz.link_attribute (link, attribute_type, created);
    LinkAttributeText = musicbrainz.link_attribute_text_value (link, attribute_type, text_value);
    Series = musicbrainz.series (id, gid, name, type, ordering_type, last_updated);
    ReleaseGroupSeries = musicbrainz.l_release_group_series (id, link, entity0, entity1, link_order, last_updated);
    CoverArt = cover_art_archive.cover_art (id, release, ordering, edit, mime_type, date_uploaded);
    CoverArtType = cover_art_archive.cover_art_type (id, type_id);
    ReleaseGroupCoverArt = cover_art_archive.release_group_cover_art (release_group, release);
}

/// Rows of all tables that haven't gone out yet.
pub(super) struct Rows {
    pieces: Vec<Vec<u8>>,
    counts: Vec<u32>,
}

/// A row being filled, column by column in the table's order.
#[must_use]
pub(super) struct Row<'a>(&'a mut Vec<u8>);

impl Rows {
    pub(super) fn new() -> Self {
        Self {
            pieces: vec![HEADER.to_vec(); Table::ALL.len()],
            counts: vec![0; Table::ALL.len()],
        }
    }

    /// How many rows a table has got so far.
    pub(super) fn count(&self, table: Table) -> u32 {
        self.counts[table as usize]
    }

    /// Begins a row.
    pub(super) fn row(&mut self, table: Table) -> Row<'_> {
        self.counts[table as usize] += 1;
        let piece = &mut self.pieces[table as usize];
        piece.extend(table.columns().to_be_bytes());
        Row(piece)
    }

    /// Takes out a piece that is large enough to go, complete as a COPY of its own.
    pub(super) fn full_piece(&mut self) -> Option<(Table, Vec<u8>)> {
        self.piece_over(PIECE)
    }

    /// Takes out a piece that holds anything at all.
    pub(super) fn last_piece(&mut self) -> Option<(Table, Vec<u8>)> {
        self.piece_over(HEADER.len())
    }

    fn piece_over(&mut self, size: usize) -> Option<(Table, Vec<u8>)> {
        let &table = Table::ALL
            .iter()
            .find(|&&table| self.pieces[table as usize].len() > size)?;
        let mut next = Vec::with_capacity(PIECE + PIECE / 8);
        next.extend(HEADER);
        let mut piece = std::mem::replace(&mut self.pieces[table as usize], next);
        piece.extend(TRAILER);
        Some((table, piece))
    }
}

impl Row<'_> {
    fn field(self, bytes: &[u8]) -> Self {
        let length = i32::try_from(bytes.len()).expect("a field is short");
        self.0.extend(length.to_be_bytes());
        self.0.extend(bytes);
        self
    }

    /// NULL of any type.
    pub(super) fn null(self) -> Self {
        self.0.extend((-1_i32).to_be_bytes());
        self
    }

    /// `SMALLINT`
    pub(super) fn small(self, value: impl Into<Option<i16>>) -> Self {
        match value.into() {
            Some(value) => self.field(&value.to_be_bytes()),
            None => self.null(),
        }
    }

    /// `INTEGER`
    pub(super) fn int(self, value: impl Into<Option<i32>>) -> Self {
        match value.into() {
            Some(value) => self.field(&value.to_be_bytes()),
            None => self.null(),
        }
    }

    /// `BIGINT`
    pub(super) fn big(self, value: i64) -> Self {
        self.field(&value.to_be_bytes())
    }

    /// `VARCHAR`, `TEXT` or an enumeration.
    pub(super) fn text<'t>(self, value: impl Into<Option<&'t str>>) -> Self {
        match value.into() {
            Some(value) => self.field(value.as_bytes()),
            None => self.null(),
        }
    }

    /// `BOOLEAN`
    pub(super) fn bool(self, value: bool) -> Self {
        self.field(&[u8::from(value)])
    }

    /// `UUID`
    pub(super) fn uuid(self, value: u128) -> Self {
        self.field(&value.to_be_bytes())
    }

    /// `TIMESTAMP WITH TIME ZONE`, from seconds since 1970.
    pub(super) fn timed(self, seconds: i64) -> Self {
        self.big((seconds - POSTGRES_EPOCH) * 1_000_000)
    }

    /// `TIMESTAMP WITH TIME ZONE` as the row's last column.
    pub(super) fn time(self, seconds: i64) {
        self.timed(seconds).end();
    }

    /// Ends a row without a time.
    pub(super) fn end(self) {}
}
