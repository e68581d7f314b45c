//! Trouble is never an empty list.

use linernotes_tests::providers::Mode;
use serde_json::json;

use super::{Searched, THE_LAS};

const PATH: &str = "/search?type=artist&query=la%27s";

#[test]
fn a_search_that_fails_is_503_and_soon_tried_again() {
    for mode in [
        Mode::ServerError,
        Mode::Html,
        Mode::Garbage,
        Mode::Truncated,
    ] {
        let searched = Searched::start();
        searched.solr.behave(mode);
        let answer = searched.get(PATH);
        assert_eq!(
            (answer.status, answer.header("retry-after")),
            (503, "30"),
            "{mode:?}"
        );
        assert!(answer.json()["error"].is_string(), "{mode:?}");
    }
}

#[test]
fn what_was_found_before_is_given_while_nobody_can_search() {
    let searched = Searched::with(&[
        ("LINERNOTES_SEARCH__FRESH_SECONDS", "0".to_owned()),
        ("LINERNOTES_CACHE__REVALIDATE", "wait".to_owned()),
    ]);
    searched.solr.find("/artist/", &[(THE_LAS, 100)]);
    let before = searched.json(PATH);
    assert_eq!(before, json!([searched.artist(THE_LAS)]));
    searched.solr.behave(Mode::ServerError);
    assert_eq!(searched.json(PATH), before);
}
