//! Solr in place of the index, and either for the other.

use super::*;

#[test]
fn solr_can_be_asked_instead_and_either_steps_in_for_the_other() {
    let solr = Solr::start();
    let settings = [
        ("LINERNOTES_SEARCH__PROVIDER", "solr"),
        ("LINERNOTES_SEARCH__SOLR_URL", solr.url()),
        ("LINERNOTES_SEARCH__FALLBACK", "postgres"),
    ];
    let system = planted_with(&settings);
    let las = solr::artists(&[(THE_LAS, "The La’s", 100)]);
    solr.answer(200, &las);
    assert_eq!(
        found(&origin(&system, &query("artist", "the la's")).send()),
        ["The La’s"]
    );
    assert_eq!(
        solr.asked(),
        ["/solr/artist/select?wt=mbjson&q=the+la%27s&rows=10"]
    );
    solr.answer(
        200,
        &solr::release_groups(&[(AN_ALBUM, "Essential White LP Vol. 1", 87)]),
    );
    let path = "/search?type=album&query=essential+white&artist=the+beatles";
    assert_eq!(
        found(&origin(&system, path).send()),
        ["Essential White LP Vol. 1"]
    );
    assert_eq!(
        solr.asked(),
        [
            "/solr/release-group/advanced?wt=mbjson&q=%28essential+white%29+AND+%28artist%3A%28the+beatles%29+OR+\
             artistname%3A%28the+beatles%29+OR+creditname%3A%28the+beatles%29%29&rows=10"
        ]
    );
    solr.answer(200, &solr::artists(&[]));
    assert_eq!(
        origin(&system, &query("artist", "nobody"))
            .send()
            .status_and_json(),
        (200, json!([]))
    );

    // In trouble, without an index to fall back on, then with one.
    solr.answer(500, "{}");
    assert_eq!(
        origin(&system, &query("artist", "coldplay")).send().status,
        503
    );
    index(&system);
    assert_eq!(
        found(&origin(&system, &query("artist", "metallica")).send())[0],
        "Metallica"
    );
    solr.answer(200, "{\"unexpected\": true}");
    assert_eq!(
        found(&origin(&system, &query("artist", "radiohead")).send())[0],
        "Radiohead"
    );
}
