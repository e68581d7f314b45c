use linernotes_shared::wire::Image;

use crate::catalogue::ArtImage;

/// An album's pictures in the Cover Art Archive.
pub(super) fn album(cover: Option<ArtImage>, disc: Option<ArtImage>) -> Vec<Image> {
    [("Cover", cover), ("Disc", disc)]
        .into_iter()
        .filter_map(|(cover_type, art)| art.map(|art| archived(cover_type, art)))
        .collect()
}

/// The archive's 1200-pixel rendering: always a JPEG, so that the URL ends as Lidarr needs it, and of a size that a
/// library screen can use.
fn archived(cover_type: &'static str, art: ArtImage) -> Image {
    let url = format!(
        "https://coverartarchive.org/release/{}/{}-1200.jpg",
        art.release, art.image
    );
    Image {
        cover_type,
        remote_url: url.clone(),
        url,
    }
}
