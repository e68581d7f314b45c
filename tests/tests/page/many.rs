//! An artist of many albums.

use linernotes_tests::System;

use super::{THE_LAS, html, page, run, system};

/// The La's with so many albums more, of all types.
pub fn with_albums(number: u32) -> System {
    with_albums_of(THE_LAS, number)
}

/// An artist with so many albums more, of which none has a track.
fn with_albums_of(artist: &str, number: u32) -> System {
    let system = system();
    run(
        &system,
        &format!(
            "SET search_path = musicbrainz, public;
             INSERT INTO release_group (id, gid, name, artist_credit, type)
             SELECT 100000000 + n, ('aaaaaaaa-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
                 'Another album, the ' || n || 'th of them', credit.artist_credit, 1 + n % 3
             FROM generate_series(1, {number}) AS n,
                 (SELECT release_group.artist_credit FROM release_group
                  JOIN artist_credit_name AS credited USING (artist_credit)
                  JOIN artist ON artist.id = credited.artist
                  WHERE artist.gid = '{artist}' AND credited.position = 0 LIMIT 1) AS credit;
             INSERT INTO release_group_secondary_type_join (release_group, secondary_type)
             SELECT 100000000 + n, CASE WHEN n % 4 = 1 THEN 6 ELSE 1 END FROM generate_series(1, {number}) AS n WHERE n % 2 = 1;
             INSERT INTO release (id, gid, name, artist_credit, release_group, status)
             SELECT 100000000 + n, ('bbbbbbbb-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
                 release_group.name, release_group.artist_credit, release_group.id, 1 + n % 3
             FROM generate_series(1, {number}) AS n JOIN release_group ON release_group.id = 100000000 + n"
        ),
    );
    // MusicBrainz's own triggers may make these rows when the transaction ends.
    run(
        &system,
        "INSERT INTO musicbrainz.release_group_meta (id, first_release_date_year, first_release_date_month)
         SELECT id, 1960 + id % 60, 1 + id % 12 FROM musicbrainz.release_group WHERE id > 100000000
         ON CONFLICT (id) DO UPDATE
         SET first_release_date_year = excluded.first_release_date_year,
             first_release_date_month = excluded.first_release_date_month",
    );
    system
}

#[test]
fn a_page_of_300_albums_stays_small_and_says_how_to_get_about() {
    let system = with_albums(300);
    let answer = page(&system, &format!("/browse/artist/{THE_LAS}"));
    let text = html(&answer);
    let albums = text.matches("href=\"/browse/album/").count();
    assert!(albums >= 320, "{albums}");
    println!(
        "{albums} albums in {} bytes, {} each",
        text.len(),
        text.len() / albums
    );
    assert!(text.len() < 300_000, "{}", text.len());
    assert_eq!(
        text.matches("<img ").count(),
        text.matches("loading=\"lazy\"").count()
    );
    for jump in ["#type-album", "#type-ep", "#type-single", "#elsewhere"] {
        assert!(text.contains(&format!("href=\"{jump}\"")), "{jump}");
        assert!(text.contains(&format!("id=\"{}\"", &jump[1..])), "{jump}");
    }
}

#[test]
fn a_page_of_thousands_of_albums_is_cut_and_says_so() {
    let system = with_albums(3_000);
    let text = html(&page(&system, &format!("/browse/artist/{THE_LAS}")));
    println!("{} bytes", text.len());
    assert!(
        text.contains("The first 1500 are shown here; Lidarr gets all."),
        "{text}"
    );
    assert!(text.len() < 1_200_000, "{}", text.len());
}

#[test]
fn albums_of_one_type_stand_by_their_date() {
    let system = with_albums(60);
    let text = html(&page(&system, &format!("/browse/artist/{THE_LAS}")));
    let singles = text.split("id=\"type-single\"").nth(1).unwrap();
    let studio = singles.split("</details>").next().unwrap();
    let dates: Vec<&str> = studio
        .split(|character: char| character.is_whitespace() || "<>".contains(character))
        .filter(|word| word.len() == 10 && word.starts_with(['1', '2']))
        .filter(|word| word.as_bytes()[4] == b'-')
        .collect();
    assert!(dates.len() > 5 && dates.is_sorted(), "{dates:?}");
}

/// Whose single with Queen is Queen's.
const DAVID_BOWIE: &str = "5441c29d-3602-4898-b1a1-b77fa23b8e50";

#[test]
fn albums_without_audio_take_no_room_from_those_that_stand_in_others_lists() {
    let system = with_albums_of(DAVID_BOWIE, 300);
    let text = html(&page(&system, &format!("/browse/artist/{DAVID_BOWIE}")));
    for words in [
        "Lidarr imports <strong>1 of 301 albums</strong>.",
        "<caption>1 album in others’ lists</caption>",
        "<bdi>Under Pressure</bdi>",
        "<bdi>Queen</bdi>",
    ] {
        assert!(text.contains(words), "{words} isn't in {text}");
    }
    assert!(!text.contains("credits this artist first on all"), "{text}");
    let left_out = "Left out: none of its releases has an audio track";
    assert_eq!(text.matches(left_out).count(), 300);
}

#[test]
fn more_albums_without_audio_than_are_looked_at_leave_the_number_open() {
    let system = with_albums_of(DAVID_BOWIE, 1_600);
    let text = html(&page(&system, &format!("/browse/artist/{DAVID_BOWIE}")));
    for words in [
        "Lidarr imports <strong>at most ",
        "Whether there are others without an audio track, which it leaves out, can’t be told.",
        "<caption>1 album in others’ lists</caption>",
    ] {
        assert!(text.contains(words), "{words} isn't in {text}");
    }
}

#[test]
fn of_hundreds_in_others_lists_some_are_shown_and_the_page_says_so() {
    let system = system();
    run(
        &system,
        "SET search_path = musicbrainz, public;
         INSERT INTO release_group (id, gid, name, artist_credit, type)
         SELECT 100000000 + n, ('aaaaaaaa-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'With Queen, ' || n, 5101, 1
         FROM generate_series(1, 300) AS n",
    );
    let text = html(&page(&system, &format!("/browse/artist/{DAVID_BOWIE}")));
    assert!(
        text.contains("<caption>200 albums in others’ lists (there are more)</caption>"),
        "{text}"
    );
}
