//! The Cover Art Archive: pictures of albums, whose addresses the catalogue knows. Nobody is asked.

use std::sync::Arc;

use super::capability::{AlbumImages, Lookup};
use super::record::{CoverType, Record};
use super::registration::{Capabilities, Probe, Registration};
use crate::catalogue::{AlbumRecord, ArtImage};

const NAME: &str = "cover_art_archive";

/// On by default.
pub(super) const REGISTRATION: Registration = Registration {
    name: NAME,
    servers: &[],
    probe: Probe::Nothing,
    open: |opening| {
        opening.enabled(NAME)?;
        Ok(Capabilities {
            album_images: Some(Arc::new(CoverArtArchive)),
            ..Capabilities::default()
        })
    },
};

struct CoverArtArchive;

impl AlbumImages for CoverArtArchive {
    fn album_images(&self, album: &AlbumRecord) -> Lookup {
        Lookup::Known(Record::of_pictures([
            (CoverType::Cover, album.cover.map(archived)),
            (CoverType::Disc, album.disc.map(archived)),
        ]))
    }
}

/// The archive's 1200-pixel rendering: always a JPEG, so that the URL ends as Lidarr needs it, and of a size that a
/// library screen can use.
fn archived(art: ArtImage) -> String {
    format!(
        "https://coverartarchive.org/release/{}/{}-1200.jpg",
        art.release, art.image
    )
}
