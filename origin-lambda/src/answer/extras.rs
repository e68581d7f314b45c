use linernotes_shared::Mbid;
use linernotes_shared::wire::Image;

use crate::catalogue::{AlbumRecord, ArtistRecord};

/// What providers add to what the catalogue knows of an artist or album. There may be nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extras {
    /// Pictures, one of each type at most, in a fixed order of types.
    pub images: Vec<Image>,
    /// A text about it.
    pub overview: Option<String>,
}

/// An artist with its additions.
#[derive(Clone, Debug)]
pub struct EnrichedArtist {
    /// As the catalogue has it.
    pub record: ArtistRecord,
    /// What providers add.
    pub extras: Extras,
}

/// An album with its additions and those to its artists.
#[derive(Clone, Debug)]
pub struct EnrichedAlbum {
    /// As the catalogue has it.
    pub record: AlbumRecord,
    /// What providers add.
    pub extras: Extras,
    /// What providers add to its artists, in their order. Those that are missing get nothing.
    pub artists: Vec<Extras>,
}

/// Without additions.
impl From<ArtistRecord> for EnrichedArtist {
    fn from(record: ArtistRecord) -> Self {
        Self {
            record,
            extras: Extras::default(),
        }
    }
}

/// Without additions.
impl From<AlbumRecord> for EnrichedAlbum {
    fn from(record: AlbumRecord) -> Self {
        Self {
            record,
            extras: Extras::default(),
            artists: Vec::new(),
        }
    }
}

impl EnrichedAlbum {
    /// The artists with their additions, and their MBIDs; the album keeps none.
    pub(super) fn take_artists(&mut self) -> (Vec<Mbid>, Vec<EnrichedArtist>) {
        let mut extras = std::mem::take(&mut self.artists).into_iter();
        let artists: Vec<EnrichedArtist> = std::mem::take(&mut self.record.artists)
            .into_iter()
            .map(|record| EnrichedArtist {
                record,
                extras: extras.next().unwrap_or_default(),
            })
            .collect();
        let mbids = artists.iter().map(|artist| artist.record.mbid).collect();
        (mbids, artists)
    }
}
