//! A replica of MusicBrainz's size in small: made-up rows in MusicBrainz's proportions, for measuring.
//!
//! [`Shape`] says how much of everything there is. The same shape gives the same rows, byte for byte. The MBIDs of what
//! is special, or worth asking for, are constants here and the same in every shape. The look-up rows (types, formats,
//! link types, …) are the sample replica's, with MusicBrainz's own ids and names.

mod album;
mod artist;
mod change;
mod copy;
mod dice;
mod generate;
mod links;
mod load;
mod mbid;
mod names;
mod recording;
mod release;
mod shape;
mod special;
mod tags;
mod writer;

pub use change::REPLICATED_AT;
pub use generate::TableRows;
pub use shape::Shape;
pub use special::{
    BOX_SET, BOXED_ARTIST, LONG_SERIES, PRESSED_ALBUM, PRESSED_ARTIST, PROLIFIC_ARTIST,
    VARIOUS_ARTISTS, WELL_KNOWN_ALBUM, WELL_KNOWN_ALBUM_ON_SPOTIFY, WELL_KNOWN_ARTIST,
    WELL_KNOWN_ARTIST_ON_SPOTIFY, ordinary_albums, ordinary_artists,
};

pub(crate) use load::{load, tidy};

/// The generator's own text: its rows change when it does.
pub(crate) const SOURCES: [&str; 16] = [
    include_str!("album.rs"),
    include_str!("artist.rs"),
    include_str!("change.rs"),
    include_str!("copy.rs"),
    include_str!("dice.rs"),
    include_str!("generate.rs"),
    include_str!("links.rs"),
    include_str!("load.rs"),
    include_str!("mbid.rs"),
    include_str!("names.rs"),
    include_str!("recording.rs"),
    include_str!("release.rs"),
    include_str!("shape.rs"),
    include_str!("special.rs"),
    include_str!("tags.rs"),
    include_str!("writer.rs"),
];
