//! Providers: what others than MusicBrainz know about artists and albums.

pub mod client;

/// The providers' names, as settings write them.
pub fn names() -> Vec<&'static str> {
    vec![
        "cover_art_archive",
        "fanart",
        "the_audio_db",
        "wikidata",
        "wikipedia",
    ]
}
