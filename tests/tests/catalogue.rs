//! The catalogue's questions beside artist and album, on MusicBrainz's real schema.

use insta::assert_debug_snapshot;
use linernotes_dev::run::Replica;
use linernotes_dev::setup::MusicBrainzSchema;
use linernotes_origin::catalogue::{CatalogueError, ListedArtist, SpotifyPage, Statement};
use linernotes_origin::matching::{AlbumName, TextMatch};
use linernotes_shared::Mbid;
use linernotes_shared::request::Entity;
use linernotes_tests::AskedCatalogue;

const NOBODY: &str = "66c66aaa-6e2f-4930-8610-912e24c63ed1";

fn subject() -> AskedCatalogue {
    AskedCatalogue::on(Replica::Real(MusicBrainzSchema::V31))
}

fn mbid(text: &str) -> Mbid {
    text.parse().unwrap()
}

#[test]
fn a_series_has_its_own_order() {
    let subject = subject();
    let series = |text| {
        subject
            .wait(subject.catalogue.series(mbid(text)))
            .unwrap()
            .map(|parts| parts.into_iter().map(|part| part.album_title).collect())
    };
    let by_number: Vec<String> = series("5ca6d566-d0a6-4482-b97d-955d4df8c071").unwrap();
    assert_eq!(
        by_number,
        [
            "There She Goes",
            "BBC In Session",
            "You Seem Pretty Sad for a Girl So in Love",
            "The La’s",
            "Timeless Melody",
        ]
    );
    assert_eq!(
        series("91afbe6a-2d62-4d78-ba35-74913ef93663"),
        Some(Vec::new()),
        "a series without albums is known"
    );
    assert_eq!(series(NOBODY), None);
    assert_debug_snapshot!(
        subject
            .wait(
                subject
                    .catalogue
                    .series(mbid("1e0f9904-ccee-480b-84b7-60f80916ae5b"))
            )
            .unwrap()
    );
}

#[test]
fn a_spotify_id_finds_all_it_links_to_ended_links_last() {
    let subject = subject();
    let artists = |id| {
        let found = subject
            .wait(subject.catalogue.by_spotify_id(Entity::Artist, id))
            .unwrap();
        subject.artist_names(&found)
    };
    let albums = |id| {
        let found = subject
            .wait(subject.catalogue.by_spotify_id(Entity::Album, id))
            .unwrap();
        subject.album_titles(&found)
    };
    assert_eq!(artists("4dpARuHxo51G3z768sgnrY"), ["Adele"]);
    assert_eq!(albums("21jF5jlMtzo94wbxmJ18aa"), ["30"]);
    assert_debug_snapshot!([
        (
            "an artist page that two share",
            artists("1SharedSpotifyArtist00")
        ),
        (
            "an artist page whose link has ended",
            artists("1EndedSpotifyArtist000")
        ),
        (
            "an album page that a group has",
            albums("3SampleSpotifyGroup000")
        ),
        (
            "an album page that releases have",
            albums("2SampleSpotifyAlbum000")
        ),
        (
            "the page of a release of The La’s",
            albums("1TheLasSpotifyAlbum000")
        ),
        ("an unknown page", artists("0000000000000000000000")),
        ("no Spotify id at all", artists("%' OR true --")),
    ]);
}

#[test]
fn links_are_read_for_many_pages_at_once() {
    let subject = subject();
    let linked = |entity: Entity, ids: &[&str]| {
        let urls: Vec<String> = ids
            .iter()
            .map(|id| format!("https://open.spotify.com/{entity}/{id}"))
            .collect();
        let found = subject
            .wait(subject.catalogue.by_links(entity, &urls))
            .unwrap();
        let found: Vec<Option<Mbid>> = urls.iter().map(|url| found.get(url).copied()).collect();
        found
    };
    for (entity, ids) in [
        (
            Entity::Artist,
            [
                "4dpARuHxo51G3z768sgnrY",
                "1SharedSpotifyArtist00",
                "1EndedSpotifyArtist000",
                "0000000000000000000000",
            ],
        ),
        (
            Entity::Album,
            [
                "21jF5jlMtzo94wbxmJ18aa",
                "3SampleSpotifyGroup000",
                "2SampleSpotifyAlbum000",
                "' OR true --",
            ],
        ),
    ] {
        // As each is read alone.
        let alone = ids.map(|id| {
            let found = subject.wait(subject.catalogue.by_spotify_id(entity, id));
            found.unwrap().first().copied()
        });
        assert_eq!(linked(entity, &ids), alone);
        assert_eq!(
            alone.map(|found| found.is_some()),
            [true, true, true, false]
        );
    }
    assert_eq!(linked(Entity::Artist, &[]), []);
}

#[test]
fn albums_are_listed_by_mbids_of_theirs_or_of_their_releases() {
    let subject = subject();
    let there_she_goes = mbid("ed36dd14-b176-3465-b88a-0973e8216bb6");
    let old = mbid("3dffc6a9-f59d-3d4a-a9e3-f729ec66b568");
    let release = mbid("8aadce19-bc19-4262-9788-e07cefc95fab");
    let found = subject
        .wait(
            subject
                .catalogue
                .listed_albums(&[there_she_goes, old, release, mbid(NOBODY)]),
        )
        .unwrap();
    assert_eq!(found.len(), 3);
    assert_eq!(found[&old], found[&there_she_goes]);
    assert_eq!(found[&release], found[&there_she_goes]);
    assert_debug_snapshot!(found[&there_she_goes]);

    let current = mbid("ff3e88b3-7354-4f30-967c-1a61ebc8c642");
    let old = mbid("d6807b68-c457-45d6-8047-cb9414c3c0c4");
    let found = subject
        .wait(
            subject
                .catalogue
                .listed_artists(&[current, old, mbid(NOBODY)]),
        )
        .unwrap();
    let the_las = ListedArtist {
        artist: current,
        artist_name: "The La’s".to_owned(),
    };
    assert_eq!(found, [(current, the_las.clone()), (old, the_las)].into());
}

#[test]
fn names_find_what_they_may_mean_whatever_the_accents_and_capitals() {
    let subject = subject();
    let albums = |artist: &str, title: &str| -> Vec<String> {
        let names = [
            AlbumName {
                artist: "Nobody Anybody Knows".to_owned(),
                title: title.to_owned(),
            },
            AlbumName {
                artist: artist.to_owned(),
                title: title.to_owned(),
            },
        ];
        let mut found = subject
            .wait(TextMatch::albums(&subject.catalogue, &names))
            .unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(found[0], [], "each name has candidates of its own");
        let found = found.remove(1).into_iter();
        found
            .map(|found| format!("{} — {}", found.credit, found.title))
            .collect()
    };
    let artists = |name: &str| -> Vec<String> {
        let names = [name.to_owned()];
        let mut found = subject
            .wait(TextMatch::artists(&subject.catalogue, &names))
            .unwrap();
        let found = found.remove(0).into_iter();
        found
            .map(|found| {
                let by_alias = if found.by_alias { " (by alias)" } else { "" };
                format!("{}{by_alias}", found.artist.artist_name)
            })
            .collect()
    };
    assert_debug_snapshot!([
        ("a name as it is", albums("Adele", "30")),
        (
            "in capitals, with another quote",
            albums("THE LA'S", "the la's")
        ),
        (
            "titles of about that length",
            albums("The La’s", "Somewhere")
        ),
        (
            "of a special-purpose artist, the very title",
            albums("Various Artists", "Grosse Pointe Blank")
        ),
        (
            "of a special-purpose artist, a title like it",
            albums("Various Artists", "Grosse Point Blank")
        ),
        (
            "of several, the first",
            albums("Brian Eno", "My Life in the Bush of Ghosts")
        ),
        ("another script", albums("岡村靖幸", "家庭教師")),
        (
            "quotes that aren't SQL's end",
            albums("'; --", "' OR true --")
        ),
    ]);
    assert_debug_snapshot!(
        "artists_by_names",
        [
            "adele",
            "THE LA'S",
            "Okamura Yasuyuki",
            "Prince",
            "Nobody Anybody Knows",
            "%"
        ]
        .map(|name| (name, artists(name)))
    );
}

#[test]
fn names_are_looked_up_in_musicbrainzs_own_indexes() {
    let subject = subject();
    let mut client = subject.cluster.connect().unwrap();
    // So few rows are read faster whole.
    client
        .batch_execute("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan")
        .unwrap();
    for (statement, parameters) in [
        (Statement::AlbumsByNames, "(text[], text[], uuid[]) "),
        (Statement::ArtistsByNames, "(text[]) "),
    ] {
        let nulls = vec!["NULL"; statement.parameters().len()].join(", ");
        let sql = statement.sql();
        let prepare = format!("DEALLOCATE ALL; PREPARE asked {parameters} AS {sql}");
        client.batch_execute(&prepare).unwrap();
        let plan = client
            .query(&format!("EXPLAIN EXECUTE asked ({nulls})"), &[])
            .unwrap();
        let plan: Vec<String> = plan.iter().map(|row| row.get(0)).collect();
        let plan = plan.join("\n");
        for index in [
            "artist_idx_lower_unaccent_name_comment",
            "artist_alias_idx_lower_unaccent_name",
        ] {
            assert!(plan.contains(index), "{statement} without {index}: {plan}");
        }
    }
}

#[test]
fn names_and_links_of_a_replica_that_is_being_loaded_are_told_to_nobody() {
    let subject = subject();
    subject.execute("TRUNCATE musicbrainz.release_group");
    let name = AlbumName {
        artist: "Adele".to_owned(),
        title: "30".to_owned(),
    };
    let by_name = subject.wait(TextMatch::albums(&subject.catalogue, &[name]));
    assert!(
        matches!(by_name, Err(CatalogueError::NotLoaded)),
        "{by_name:?}"
    );
    let by_link = subject.wait(subject.catalogue.by_links(Entity::Album, &[]));
    assert!(
        matches!(by_link, Err(CatalogueError::NotLoaded)),
        "{by_link:?}"
    );
    let current = subject.wait(subject.catalogue.require_current());
    assert!(
        matches!(current, Err(CatalogueError::NotLoaded)),
        "{current:?}"
    );
}

#[test]
fn pages_of_spotify_links_hold_every_current_link_once() {
    let subject = subject();
    for entity in [Entity::Artist, Entity::Album] {
        let page = |after: &str, size| {
            subject
                .wait(subject.catalogue.spotify_links(entity, after, size))
                .unwrap()
        };
        let whole: SpotifyPage = page("", 1000);
        let mut by_pages = Vec::new();
        let mut after = String::new();
        loop {
            let SpotifyPage { links, next } = page(&after, 2);
            by_pages.extend(links);
            match next {
                Some(next) => after = next,
                None => break,
            }
        }
        assert_eq!(by_pages, whole.links);
        let linked: Vec<Mbid> = whole.links.iter().map(|(_, mbid)| *mbid).collect();
        let names = match entity {
            Entity::Artist => subject.artist_names(&linked),
            Entity::Album => subject.album_titles(&linked),
        };
        let ids = whole.links.iter().map(|(id, _)| id.as_str());
        let links: Vec<(&str, String)> = ids.zip(names).collect();
        assert_debug_snapshot!(format!("spotify_links_of_{entity}s"), links);
    }
}

#[test]
fn pages_of_mbids_hold_every_entity_once_in_order() {
    let subject = subject();
    for (entity, table) in [(Entity::Artist, "artist"), (Entity::Album, "release_group")] {
        let mut paged: Vec<Mbid> = Vec::new();
        loop {
            let page = subject
                .wait(subject.catalogue.ids(entity, paged.last().copied(), 7))
                .unwrap();
            if page.is_empty() {
                break;
            }
            paged.extend(page);
        }
        let mut client = subject.cluster.connect().unwrap();
        let all = format!("SELECT gid::text FROM musicbrainz.{table} ORDER BY gid");
        let all: Vec<Mbid> = client
            .query(&all, &[])
            .unwrap()
            .iter()
            .map(|row| mbid(row.get(0)))
            .collect();
        assert_eq!(paged, all);
    }
}

#[test]
fn recordings_find_the_album_whose_tracks_fit_best() {
    let subject = subject();
    let mut client = subject.cluster.connect().unwrap();
    let mut recordings_of = |release: i32| -> Vec<Mbid> {
        client
            .query(
                "SELECT recording.gid::text
                 FROM musicbrainz.medium
                 JOIN musicbrainz.track ON track.medium = medium.id
                 JOIN musicbrainz.recording ON recording.id = track.recording
                 WHERE medium.release = $1
                 ORDER BY medium.position, track.position",
                &[&release],
            )
            .unwrap()
            .iter()
            .map(|row| mbid(row.get(0)))
            .collect()
    };
    let album = recordings_of(6001);
    let other = recordings_of(7020);
    let fit = |recordings: &[Mbid]| {
        let found = subject
            .wait(subject.catalogue.albums_by_recordings(recordings, 5))
            .unwrap();
        subject.album_titles(&found)
    };
    let merged = mbid("dae76a66-5ea8-43c2-856d-cce2aa7fbe49");
    let nobodys = mbid(NOBODY);
    assert_debug_snapshot!([
        ("a whole album", fit(&album)),
        ("its first track alone", fit(&album[..1])),
        ("another album, in part", fit(&other)),
        ("a recording that was merged", fit(&[merged])),
        ("an unknown recording", fit(&[nobodys])),
        ("nothing", fit(&[])),
    ]);
}

#[test]
fn a_batch_is_answered_by_the_mbids_asked() {
    let subject = subject();
    let current = mbid("ff3e88b3-7354-4f30-967c-1a61ebc8c642");
    let old = mbid("d6807b68-c457-45d6-8047-cb9414c3c0c4");
    let other = mbid("66c662b6-6e2f-4930-8610-912e24c63ed1");
    let asked = [current, old, other, current, mbid(NOBODY)];
    let artists = subject.wait(subject.catalogue.artists(&asked)).unwrap();
    let mut answered: Vec<(Mbid, Mbid)> = artists
        .iter()
        .map(|(asked, artist)| (*asked, artist.mbid))
        .collect();
    answered.sort();
    let mut expected = [(current, current), (old, current), (other, other)];
    expected.sort();
    assert_eq!(answered, expected);

    let album = mbid("4c4eee61-da1e-4115-8eb9-07e5b671fefe");
    let old_album = mbid("1a887836-fbc3-4794-a175-2b89cbedd41a");
    let albums = subject
        .wait(subject.catalogue.albums(&[album, old_album, mbid(NOBODY)]))
        .unwrap();
    let mut asked: Vec<Mbid> = albums.keys().copied().collect();
    asked.sort();
    let mut expected = [album, old_album];
    expected.sort();
    assert_eq!(asked, expected);
    assert_eq!(
        albums[&album].releases.get(),
        albums[&old_album].releases.get()
    );
}

#[test]
fn special_purpose_artists_have_an_identity_and_no_list() {
    let subject = subject();
    let various = mbid("89ad4ac3-39f7-470e-963a-56509c546377");
    let answer = subject.wait(subject.catalogue.artist(various)).unwrap();
    let answer = answer.unwrap();
    assert_eq!(
        (answer.artist.name.as_str(), answer.albums.get()),
        ("Various Artists", "[]")
    );
}

#[test]
fn a_replica_that_is_being_loaded_tells_no_changes() {
    let subject = subject();
    subject.execute("TRUNCATE musicbrainz.replication_control");
    let asked = subject.wait(
        subject
            .catalogue
            .changed_since("2026-07-01T00:00:00Z".parse().unwrap()),
    );
    assert!(matches!(asked, Err(CatalogueError::NotLoaded)), "{asked:?}");
}
