use linernotes_shared::wire::{Album, Artist, ArtistProfile, Image, Link, Rating};
use serde_json::value::RawValue;

use super::*;
use crate::answer::{EnrichedAlbum, EnrichedArtist, Extras, album_parts, artist_parts};
use crate::cache::Segment;
use crate::catalogue::{AlbumRecord, ArtistRecord};

const PRINCE: &str = "070d193a-845c-479f-980e-bef15710653e";
const THE_LAS: &str = "ff3e88b3-7354-4f30-967c-1a61ebc8c642";
const ALBUM: &str = "4c4eee61-da1e-4115-8eb9-07e5b671fefe";

fn mbid(text: &str) -> Mbid {
    text.parse().unwrap()
}

fn raw(json: &str) -> Box<RawValue> {
    RawValue::from_string(json.to_owned()).unwrap()
}

/// With all that needs care in JSON, and all that may be missing.
fn artist_records() -> [ArtistRecord; 2] {
    let prince = ArtistRecord {
        mbid: mbid(PRINCE),
        name: "Prince \"⚥\" \\ }],\"releasestatuses\":[".to_owned(),
        sort_name: "Prince\u{0}\n\u{1f3b8}".to_owned(),
        disambiguation: String::new(),
        kind: Some("Person".to_owned()),
        ended: true,
        rating: Some(87),
        rating_count: 12,
        old_ids: vec![mbid(THE_LAS)],
        aliases: vec!["The Artist".to_owned(), "}".to_owned()],
        genres: vec!["funk".to_owned()],
        links: vec!["https://www.discogs.com/artist/28795".to_owned()],
    };
    let the_las = ArtistRecord {
        mbid: mbid(THE_LAS),
        name: "The La’s".to_owned(),
        kind: None,
        ended: false,
        rating: None,
        rating_count: 0,
        old_ids: Vec::new(),
        aliases: Vec::new(),
        genres: Vec::new(),
        links: Vec::new(),
        ..prince.clone()
    };
    [prince, the_las]
}

/// What both artists' records are on the wire.
fn profiles() -> [ArtistProfile; 2] {
    let prince = ArtistProfile {
        id: mbid(PRINCE),
        artistname: "Prince \"⚥\" \\ }],\"releasestatuses\":[".to_owned(),
        sortname: "Prince\u{0}\n\u{1f3b8}".to_owned(),
        artistaliases: vec!["The Artist".to_owned(), "}".to_owned()],
        disambiguation: String::new(),
        overview: Some("Said \"of\" them: }],{".to_owned()),
        links: vec![Link {
            target: "https://www.discogs.com/artist/28795".to_owned(),
            kind: "discogs".to_owned(),
        }],
        images: vec![picture("Poster")],
        rating: Rating {
            count: 12,
            value: Some(8.7),
        },
        status: "ended",
        genres: vec!["Funk".to_owned()],
        kind: Some("Person".to_owned()),
        oldids: vec![mbid(THE_LAS)],
    };
    let the_las = ArtistProfile {
        id: mbid(THE_LAS),
        artistname: "The La’s".to_owned(),
        artistaliases: Vec::new(),
        links: Vec::new(),
        rating: Rating {
            count: 0,
            value: None,
        },
        status: "active",
        genres: Vec::new(),
        kind: None,
        oldids: Vec::new(),
        ..prince.clone()
    };
    [prince, the_las]
}

fn album_record(artists: &[ArtistRecord], statuses: &[&str]) -> AlbumRecord {
    AlbumRecord {
        mbid: mbid(ALBUM),
        title: "Purple \"Rain\"],\"releasestatuses\":[]}".to_owned(),
        disambiguation: String::new(),
        kind: "Album".to_owned(),
        artist: mbid(PRINCE),
        first_release: Some("1984-06-25".parse().unwrap()),
        rating: Some(91),
        rating_count: 40,
        old_ids: Vec::new(),
        secondary_types: vec!["Soundtrack".to_owned()],
        release_statuses: statuses.iter().map(|&status| status.to_owned()).collect(),
        aliases: vec!["Ｐｕｒｐｌｅ".to_owned()],
        genres: vec!["pop".to_owned()],
        links: Vec::new(),
        cover: None,
        disc: None,
        releases: raw(r#"[{"Id":1, "Tracks":[]}]"#),
        artists: artists.to_vec(),
    }
}

/// The same album as one wire value.
fn album(artists: &[ArtistProfile], statuses: &[&str]) -> Album {
    Album {
        id: mbid(ALBUM),
        oldids: Vec::new(),
        disambiguation: String::new(),
        title: "Purple \"Rain\"],\"releasestatuses\":[]}".to_owned(),
        aliases: vec!["Ｐｕｒｐｌｅ".to_owned()],
        kind: "Album".to_owned(),
        secondarytypes: vec!["Soundtrack".to_owned()],
        releasedate: Some("1984-06-25".to_owned()),
        artistid: mbid(PRINCE),
        rating: Rating {
            count: 40,
            value: Some(9.1),
        },
        links: Vec::new(),
        genres: vec!["Pop".to_owned()],
        images: vec![picture("Cover")],
        releases: raw(r#"[{"Id":1, "Tracks":[]}]"#),
        overview: Some("Said \"of\" them: }],{".to_owned()),
        artists: artists.to_vec(),
        releasestatuses: statuses.iter().map(|&status| status.to_owned()).collect(),
    }
}

fn picture(cover_type: &'static str) -> Image {
    let url = "https://example.org/picture.jpg".to_owned();
    Image {
        cover_type,
        url: url.clone(),
        remote_url: url,
    }
}

/// What is added to everything.
fn extras(cover_type: &'static str) -> Extras {
    Extras {
        images: vec![picture(cover_type)],
        overview: Some("Said \"of\" them: }],{".to_owned()),
    }
}

fn enriched_artist(record: ArtistRecord) -> EnrichedArtist {
    EnrichedArtist {
        record,
        extras: extras("Poster"),
    }
}

fn enriched_album(record: AlbumRecord) -> EnrichedAlbum {
    EnrichedAlbum {
        artists: vec![extras("Poster"); record.artists.len()],
        record,
        extras: extras("Cover"),
    }
}

fn text(bytes: impl Into<Vec<u8>>) -> String {
    String::from_utf8(bytes.into()).unwrap()
}

/// The parts, compressed apart and joined, and then read.
fn through_segments(parts: Parts) -> String {
    let between = Segment::new(BETWEEN_PROFILES);
    let profiles: Vec<Segment> = parts
        .profiles
        .iter()
        .map(|profile| Segment::new(profile))
        .collect();
    let frame = parts.frame.map(|piece| Segment::new(&piece));
    let joined = Segment::join(frame.around(&profiles, &between));
    text(joined.plain().unwrap())
}

#[test]
fn an_artists_parts_make_the_answer_that_one_wire_value_gives() {
    for (record, profile) in artist_records().into_iter().zip(profiles()) {
        for albums in ["[]", r#"[{"Id":"}],"}, {"Id":"\u2019"}]"#] {
            let albums = raw(albums);
            let parts = || artist_parts(enriched_artist(record.clone()), &albums).unwrap();
            let whole = serde_json::to_string(&Artist {
                profile: Some(&profile),
                albums: &albums,
            });
            let whole = whole.unwrap();
            assert_eq!(text(Answer::from(parts()).body), whole);
            assert_eq!(through_segments(parts()), whole);
            assert_eq!(parts().frame.artists, [record.mbid]);
        }
    }
}

#[test]
fn an_albums_parts_make_the_answer_that_one_wire_value_gives() {
    let (records, profiles) = (artist_records(), profiles());
    for count in 0..=records.len() {
        for statuses in [&[][..], &["Official"], &["Bootleg", "],\"x\":}"]] {
            let parts =
                || album_parts(enriched_album(album_record(&records[..count], statuses))).unwrap();
            let whole = serde_json::to_string(&album(&profiles[..count], statuses)).unwrap();
            assert_eq!(text(Answer::from(parts()).body), whole);
            assert_eq!(through_segments(parts()), whole);
            let embedded: Vec<Mbid> = records[..count].iter().map(|record| record.mbid).collect();
            assert_eq!(parts().frame.artists, embedded);
        }
    }
}

#[test]
fn an_artists_profile_is_the_same_piece_in_its_own_answer_and_in_an_albums() {
    let [prince, _] = artist_records();
    let own = artist_parts(enriched_artist(prince.clone()), &raw("[]")).unwrap();
    let albums = album_parts(enriched_album(album_record(&[prince], &["Official"]))).unwrap();
    assert_eq!(own.profiles, albums.profiles);
}

#[test]
fn an_answer_is_tagged_with_every_entity_that_shows_in_it() {
    let records = artist_records();
    let of_artist = artist_parts(records[0].clone(), &raw("[]")).unwrap();
    assert_eq!(of_artist.tags, [format!("artist-{PRINCE}")]);
    let of_album = album_parts(album_record(&records, &[])).unwrap();
    assert_eq!(
        of_album.tags,
        [
            format!("album-{ALBUM}"),
            format!("artist-{PRINCE}"),
            format!("artist-{THE_LAS}")
        ]
    );
}
