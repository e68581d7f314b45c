//! Trouble behind a search, which never says that there is nothing.

use super::*;

#[test]
fn in_trouble_a_kept_search_is_answered_and_a_new_one_isnt() {
    let mut system = planted();
    let asked = || origin(&system, &query("artist", "coldplay")).send();
    let before = asked().json();
    system.postgres.stop();
    let asked = origin(&system, &query("artist", "coldplay")).send();
    assert_eq!(asked.status_and_json(), (200, before));
    let refused = origin(&system, &query("artist", "metallica")).send();
    assert_eq!(refused.status, 503);
    assert!(refused.json().is_object());
    // A term needs the catalogue, too, and what isn't kept isn't "nothing".
    let term = origin(
        &system,
        &query("album", "lidarr:f59c5520-5f46-4d2c-b2c4-822eabf53419"),
    )
    .send();
    assert_eq!(term.status, 503);
}

#[test]
fn an_item_that_cant_be_had_is_left_out_and_the_answer_soon_made_again() {
    let system = planted();
    let mut client = system.postgres.connect().unwrap();
    client
        .batch_execute("DELETE FROM musicbrainz.artist WHERE name = 'The Coldplay Experience'")
        .unwrap();
    let answer = origin(&system, &query("artist", "coldplay")).send();
    let names = found(&answer);
    assert_eq!(names[0], "Coldplay");
    assert!(
        names.contains(&"Coldplay Tribute Band".to_owned()),
        "{names:?}"
    );
    assert!(
        !names.contains(&"The Coldplay Experience".to_owned()),
        "{names:?}"
    );
    let seconds = answer.shared_for().unwrap();
    assert!(seconds <= 60, "{seconds}");
}
