//! What is found is given as the artists and albums themselves.

use serde_json::json;

use super::{NOBODY, PRINCE, Searched, THE_LAS, THE_LAS_ALBUM};

#[test]
fn artists_and_albums_are_whole_and_in_the_searchers_order() {
    let searched = Searched::start();
    searched
        .solr
        .find("/artist/", &[(PRINCE, 100), (THE_LAS, 40)]);
    searched
        .solr
        .find("/release-group/", &[(THE_LAS_ALBUM, 90)]);
    let (prince, the_las) = (searched.artist(PRINCE), searched.artist(THE_LAS));
    let album = searched.album(THE_LAS_ALBUM);
    for (path, expected) in [
        ("/search?type=artist&query=prince", json!([prince, the_las])),
        ("/search/artist?query=prince", json!([prince, the_las])),
        ("/search?type=artist&query=prince&limit=1", json!([prince])),
        (
            "/search?type=album&query=the%20la%27s&artist=&includeTracks=1",
            json!([album]),
        ),
        (
            "/search?type=all&query=prince",
            json!([
                { "score": 100, "artist": prince },
                { "score": 90, "album": album },
                { "score": 40, "artist": the_las },
            ]),
        ),
    ] {
        assert_eq!(searched.json(path), expected, "{path}");
    }
}

#[test]
fn nothing_found_is_an_empty_list() {
    let searched = Searched::start();
    for scope in ["artist", "album", "all"] {
        let path = format!("/search?type={scope}&query=adjalkwdjkalwdjklawjdlkajd");
        assert_eq!(searched.json(&path), json!([]), "{scope}");
    }
}

#[test]
fn what_has_gone_since_is_left_out() {
    let searched = Searched::start();
    searched
        .solr
        .find("/artist/", &[(NOBODY, 100), (THE_LAS, 40)]);
    assert_eq!(
        searched.json("/search?type=artist&query=x"),
        json!([searched.artist(THE_LAS)])
    );
}

#[test]
fn an_answer_is_kept_for_an_hour_at_most_and_tagged_with_all_that_it_holds() {
    let searched = Searched::start();
    searched.solr.find("/artist/", &[(THE_LAS, 100)]);
    searched
        .solr
        .find("/release-group/", &[(THE_LAS_ALBUM, 90)]);
    let path = "/search?type=all&query=The%20%20La%27s";
    let first = searched.get(path);
    let headers = |name: &str| first.header(name).to_owned();
    assert_eq!(
        (first.status, headers("cache-tag")),
        (200, format!("album-{THE_LAS_ALBUM},artist-{THE_LAS}"))
    );
    let seconds: u64 = headers("cache-control")
        .split("s-maxage=")
        .nth(1)
        .and_then(|rest| rest.split(',').next())
        .and_then(|seconds| seconds.parse().ok())
        .unwrap();
    assert!((3_500..=3_600).contains(&seconds), "{first:?}");

    let asked = searched.solr.calls().len();
    let other_spelling = searched.get("/search/all?query=the%20la%27S&unknown=1");
    assert_eq!(other_spelling.header("etag"), first.header("etag"));
    assert_eq!(searched.solr.calls().len(), asked, "the list is kept");
    assert!(
        other_spelling
            .header("cache-status")
            .starts_with("linernotes-origin; hit"),
        "{other_spelling:?}"
    );
}

#[test]
fn solr_is_asked_as_musicbrainz_asks_it() {
    let searched = Searched::start();
    searched.json("/search?type=artist&query=AC%2FDC");
    searched.json("/search?type=album&query=Evolve&artist=Imagine%20Dragons&limit=3");
    assert_eq!(
        searched.solr.take_targets(),
        [
            "/solr/artist/select?wt=mbjson&q=ac%2Fdc&rows=10",
            "/solr/release-group/advanced?wt=mbjson&q=%28evolve%29+AND+%28artist%3A%28imagine+dragons%29+OR+artistname%3A%28imagine+dragons%29+OR+creditname%3A%28imagine+dragons%29%29&rows=3",
        ]
    );
}

#[test]
fn a_question_that_breaks_a_rule_is_told_which() {
    let searched = Searched::start();
    for (path, error) in [
        ("/search?query=x", "type: must be artist, album or all"),
        (
            "/search?type=song&query=x",
            "type: must be artist, album or all",
        ),
        (
            "/search?type=all",
            "query: must hold a text to look for",
        ),
        (
            "/search?type=all&query=%00%20",
            "query: must hold a text to look for",
        ),
        (
            "/search?type=all&query=x&limit=-1",
            "limit: must be a whole number of results, 1 or more",
        ),
    ] {
        assert_eq!(
            searched.get(path).status_and_json(),
            (400, json!({ "error": error })),
            "{path}"
        );
    }
}

#[test]
fn any_text_is_safe() {
    let searched = Searched::start();
    for query in [
        "%2B%2B%2B",
        "-",
        "%22",
        "%00x",
        "%F0%9F%92%A9",
        "%FF%FE",
        "a%5C%22%29%20OR%20%2A%3A%2A",
        &"x".repeat(10_000),
    ] {
        let path = format!("/search?type=all&query={query}");
        assert_eq!(searched.json(&path), json!([]), "{query}");
    }
}
