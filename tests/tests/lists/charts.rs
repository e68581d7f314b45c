use insta::assert_json_snapshot;
use serde_json::{Value, json};

use super::*;

const ADELES_30: &str = "d8a99910-33c2-481d-9b96-085ece5545f6";

/// An Apple page that MusicBrainz links to, under another country's shop than the chart's.
const LINK_AN_ALBUM: &str = "
    INSERT INTO musicbrainz.url (id, gid, url)
    VALUES (77001, '0dd7a7b1-4b7c-4c0f-9f8e-0a5b6f2d7701', 'https://music.apple.com/gb/album/1440881047');
    INSERT INTO musicbrainz.l_release_group_url (id, link, entity0, entity1) VALUES (77001, 96, 3001, 77001);";

/// Titles, or names, of a chart.
fn titles(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let json = answer.json();
    let title = |item: &Value| {
        let name = item.get("albumTitle").unwrap_or(&item["artistName"]);
        name.as_str().unwrap().to_owned()
    };
    json.as_array().unwrap().iter().map(title).collect()
}

#[test]
fn apples_charts_are_mapped_by_links_and_names_and_kept_for_a_day() {
    let (subject, stub) = Subject::asking(Provider::Apple, &[]);
    subject.execute(LINK_AN_ALBUM);
    const TOP: &str = "/chart/apple-music/album/top";
    let top = subject.get(TOP);
    assert_json_snapshot!(top.json());
    assert!((DAY * 9 / 10 - 5..=DAY).contains(&subject.fresh_seconds(TOP)));
    assert_eq!(
        stub.take_targets(),
        ["/api/v2/us/music/most-played/100/albums.json"]
    );

    // Newest first.
    assert_eq!(
        titles(&subject.get("/api/v0.4/chart/itunes/album/new")),
        [
            "You Seem Pretty Sad for a Girl So in Love",
            "30",
            "The La’s"
        ]
    );
    assert_eq!(
        titles(&subject.get("/chart/itunes/album/top")),
        titles(&top)
    );
    assert_eq!(
        titles(&subject.get("/chart/apple-music/album/new")).len(),
        3
    );
    assert_eq!(stub.take_targets().len(), 3, "each chart is asked for once");
}

#[test]
fn a_chart_is_kept_whole_and_cut_to_what_is_wanted() {
    let (subject, stub) = Subject::asking(Provider::Apple, &[]);
    let get = |query: &str| subject.get(&format!("/chart/apple-music/album/top{query}"));
    let whole = subject.get_until("/chart/apple-music/album/top?count=200", Answer::is_stored);
    assert_eq!(titles(&whole), ["30", "The La’s"]);
    let first = get("?count=1");
    assert_eq!(titles(&first), ["30"]);
    assert_ne!(first.header("etag"), whole.header("etag"));
    assert_eq!(
        first.header("linernotes-fresh-until"),
        whole.header("linernotes-fresh-until")
    );
    let same = subject.ask("/chart/apple-music/album/top?count=1");
    let same = same.header("if-none-match", first.header("etag")).send();
    assert_eq!((same.status, same.body.len()), (304, 0));
    let plain = subject.ask("/chart/apple-music/album/top?count=1");
    let plain = plain.header("accept-encoding", "identity").send();
    assert_eq!(plain.text(), first.text());
    let head = subject
        .ask("/chart/apple-music/album/top?count=1")
        .method("HEAD")
        .send();
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(stub.take_targets().len(), 1);
}

#[test]
fn billboards_pages_give_albums_and_artists() {
    let (subject, stub) = Subject::asking(Provider::Billboard, &[]);
    assert_json_snapshot!(
        "billboard_albums",
        subject.get("/chart/billboard/album/top").json()
    );
    assert_json_snapshot!(
        "billboard_artists",
        subject.get("/chart/billboard/artist/top").json()
    );
    assert_eq!(
        stub.take_targets(),
        ["/charts/billboard-200/", "/charts/artist-100/"]
    );
}

#[test]
fn lastfms_mbids_are_believed_where_the_names_fit() {
    let (subject, _stub) = Subject::asking(Provider::LastFm, &[]);
    assert_json_snapshot!(
        "lastfm_albums",
        subject.get("/chart/lastfm/album/top").json()
    );
    assert_json_snapshot!(
        "lastfm_artists",
        subject.get("/chart/lastfm/artist/top").json()
    );
}

#[test]
fn a_users_own_chart_may_be_empty_and_an_unknown_user_has_none() {
    let (subject, stub) = Subject::asking(Provider::LastFm, &[]);
    let get = |path: &str| subject.get(&format!("/chart/lastfm/{path}"));
    assert_eq!(titles(&get("album/top?user=SomeBody")), ["30"]);
    assert_eq!(titles(&get("album/top?user=somebody&count=3")), ["30"]);
    assert_eq!(
        stub.take_targets(),
        ["/2.0?method=user.gettopalbums&format=json&limit=200&api_key=l4stfm-k3y&user=somebody"]
    );
    assert_eq!(titles(&get("artist/top?user=somebody")), ["Prince"]);
    assert_eq!(
        get("album/top?user=silent").status_and_json(),
        (200, json!([]))
    );
    let nobody = get("album/top?user=nobody");
    assert_eq!(
        nobody.status_and_json(),
        (
            404,
            json!({"error": "user: lastfm knows nobody called nobody"})
        )
    );
    assert!(nobody.fresh_seconds() <= 300);
}

#[test]
fn a_chart_that_isnt_served_is_not_found_and_one_without_its_key_is_unavailable() {
    let subject = Subject::with(&[(
        "LINERNOTES_PROVIDERS__BILLBOARD__ENABLED",
        "false".to_owned(),
    )]);
    let unknown = subject.get("/chart/deezer/album/top");
    assert_eq!(unknown.status, 404);
    let told = unknown.json()["error"].as_str().unwrap().to_owned();
    assert!(
        told.starts_with("chart: must be one of apple-music/album/top, "),
        "{told}"
    );
    for (path, source) in [
        ("/chart/lastfm/artist/top", "lastfm"),
        ("/chart/billboard/album/top", "billboard"),
    ] {
        let off = subject.get(path);
        let told = format!("charts of {source} are switched off on this server, or lack their key");
        assert_eq!(off.status_and_json(), (503, json!({"error": told})));
        assert_eq!(off.header("retry-after"), "3600");
    }
    let log = subject.origin.log();
    let told = "LINERNOTES_PROVIDERS__LASTFM__API_KEY isn't set";
    assert_eq!(log.matches(told).count(), 1, "{log}");
}

#[test]
fn how_alike_names_must_be_is_a_setting() {
    let (subject, stub) = Subject::asking(
        Provider::Apple,
        &[
            ("LINERNOTES_LISTS__MATCH_RATIO", "1"),
            ("LINERNOTES_LISTS__STOREFRONT", "us"),
        ],
    );
    let misspelt = json!({"feed": {"results": [
        {"artistName": "Adele", "id": "1", "name": "30", "kind": "albums"},
        {"artistName": "The La's", "id": "2", "name": "The Las", "kind": "albums"},
    ]}});
    stub.set("most-played", 200, misspelt);
    assert_eq!(titles(&subject.get("/chart/itunes/album/top")), ["30"]);
    assert_eq!(
        subject.get("/chart/itunes/album/top").json()[0]["albumId"],
        ADELES_30
    );
}
