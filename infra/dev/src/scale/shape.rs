//! How much of everything there is.

/// The size of a scale replica. Tables grow with `artists`; all other numbers are the same at every size, so that what
/// an answer costs can be compared between sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shape {
    /// Ordinary artists.
    pub artists: u32,
    /// Release groups of the artist with the longest discography.
    pub prolific_albums: u32,
    /// Release groups of Various Artists, with one small release each.
    pub various_albums: u32,
    /// Releases of the release group with the most of them.
    pub pressings: u32,
    /// Media of the box set, of 15 tracks each.
    pub box_media: u32,
    /// Parts of the long series.
    pub series_parts: u32,
    /// One in so many of MusicBrainz's recent changes is made.
    pub quiet: u32,
}

impl Shape {
    /// MusicBrainz in small: its proportions, and extremes as large as its own.
    pub const fn of(artists: u32) -> Self {
        Self {
            artists,
            prolific_albums: 2_000,
            various_albums: 50_000,
            pressings: 240,
            box_media: 100,
            series_parts: 100,
            quiet: 1,
        }
    }

    /// Everything in it, and loaded in some seconds: for tests.
    pub const TINY: Self = Self {
        artists: 300,
        prolific_albums: 40,
        various_albums: 60,
        pressings: 12,
        box_media: 5,
        series_parts: 8,
        quiet: 200,
    };
}
