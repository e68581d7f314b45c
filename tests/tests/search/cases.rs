//! What Lidarr's users look for, and what they find.

use super::*;

#[test]
fn lidarrs_own_cases_hold() {
    let system = planted();
    let first = |path: &str| found(&system.get(path)).first().cloned();
    for (text, name) in [
        ("Coldplay", "Coldplay"),
        ("Avenged Sevenfold", "Avenged Sevenfold"),
        ("3OH!3", "3OH!3"),
        ("The Academy Is...", "The Academy Is…"),
        ("beatles", "The Beatles"),
        ("the la's", "The La’s"),
        ("las", "The La’s"),
        ("!!!", "!!!"),
        ("acdc", "AC/DC"),
        ("kipelov", "Кипелов"),
        ("coldpaly", "Coldplay"),
    ] {
        let path = query("artist", text);
        assert_eq!(first(&path).as_deref(), Some(name), "{text}");
    }
    assert_eq!(
        first("/search?type=album&query=Evolve&artist=Imagine%20Dragons&includeTracks=1")
            .as_deref(),
        Some("Evolve")
    );
    assert_eq!(
        first("/api/v0.4/search/album?query=Hysteria&artist=").as_deref(),
        Some("Hysteria")
    );
    assert_eq!(first(&query("all", "Eminem")).as_deref(), Some("Eminem"));
    assert_eq!(
        first("/search/all?query=beatles").as_deref(),
        Some("The Beatles")
    );

    let both = system.get(&query("all", "Eminem Kamikaze")).json();
    assert_eq!(both[0]["artist"]["artistname"], "Eminem");
    assert_eq!(both[0]["album"], Value::Null);
    assert_eq!(both[1]["album"]["title"], "Kamikaze");
    assert_eq!(both[1]["album"]["artists"][0]["artistname"], "Eminem");
    assert_eq!(both[1]["artist"], Value::Null);
    let scores: Vec<u64> = both
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["score"].as_u64().unwrap())
        .collect();
    assert!(
        scores.is_sorted_by(|one, next| one >= next) && scores[0] <= 100,
        "{scores:?}"
    );

    for nonsense in [
        "adjalkwdjkalwdjklawjdlKAJD",
        "lidarrid:",
        "lidarrid: 12",
        "mbid:f59c",
    ] {
        for kind in ["artist", "album", "all"] {
            let answer = system.get(&query(kind, nonsense));
            assert_eq!(answer.status_and_json(), (200, json!([])), "{nonsense}");
        }
    }
}

#[test]
fn what_is_found_is_what_its_own_address_answers() {
    let system = planted();
    let artist = system.get(&format!("/artist/{THE_LAS}")).json();
    assert_eq!(
        system.get("/search/artist?query=the+la%27s&limit=1").json(),
        json!([artist])
    );
    let album = system.get(&format!("/album/{AN_ALBUM}")).json();
    assert!(
        !album["Releases"][0]["Tracks"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    let path = "/search?type=album&query=essential+white+lp+vol+1&limit=1";
    assert_eq!(system.get(path).json(), json!([album]));

    let answer = origin(&system, path).send();
    assert_eq!(answer.header("content-encoding"), "gzip");
    assert_eq!(
        answer.header("content-type"),
        "application/json; charset=utf-8"
    );
    let tags: Vec<&str> = answer.header("cache-tag").split(',').collect();
    assert_eq!(tags[0], format!("album-{AN_ALBUM}"));
    for artist in album["artists"].as_array().unwrap() {
        let tag = format!("artist-{}", artist["id"].as_str().unwrap());
        assert!(tags.contains(&tag.as_str()), "{tag}");
    }
    let seconds = answer.shared_for().unwrap();
    assert!((1..=3_600).contains(&seconds), "{seconds}");

    let plain = origin(&system, path)
        .header("accept-encoding", "identity")
        .send();
    assert_eq!(plain.header("content-encoding"), "");
    assert_eq!(plain.json(), answer.json());
    let again = origin(&system, path)
        .header("if-none-match", answer.header("etag"))
        .send();
    assert_eq!(again.status, 304);
}

#[test]
fn an_mbid_finds_its_entity_by_old_ids_too() {
    let system = planted();
    let mut client = system.postgres.connect().unwrap();
    let old: String = client
        .query_one(
            "SELECT redirect.gid::text FROM musicbrainz.artist_gid_redirect AS redirect
             JOIN musicbrainz.artist ON artist.id = redirect.new_id WHERE artist.gid = $1::text::uuid LIMIT 1",
            &[&THE_LAS],
        )
        .unwrap()
        .get(0);
    for text in [
        THE_LAS.to_owned(),
        THE_LAS.to_uppercase(),
        format!("lidarr:{THE_LAS}"),
        format!("lidarrid: {THE_LAS} "),
        format!("mbid:{old}"),
    ] {
        for kind in ["artist", "all"] {
            assert_eq!(
                found(&system.get(&query(kind, &text))),
                ["The La’s"],
                "{text}"
            );
        }
        assert_eq!(
            found(&system.get(&query("album", &text))),
            [""; 0],
            "{text}"
        );
    }
    let album = system
        .get(&query("all", &format!("lidarr:{AN_ALBUM}")))
        .json();
    assert_eq!(album[0]["score"], 100);
    assert_eq!(album[0]["album"]["id"], AN_ALBUM);
}

#[test]
fn any_text_is_safe_and_what_isnt_a_search_is_refused() {
    let system = planted();
    let long = "x".repeat(5_000);
    for text in [
        "+",
        "-",
        "\"",
        "'",
        "\\",
        "\0",
        "%",
        "*",
        ":*",
        "a & b | !c",
        "'; DROP TABLE x; --",
        "<->",
        "💩",
        "\u{feff}",
        "́",
        "ＡＣ／ＤＣ",
        &long,
    ] {
        for kind in ["artist", "album", "all"] {
            let answer = origin(&system, &query(kind, &format!("{text} x"))).send();
            assert_eq!(answer.status, 200, "{text:?}: {}", answer.text());
        }
        let answer = origin(&system, &query("all", text)).send();
        assert!(
            [200, 400].contains(&answer.status),
            "{text:?}: {}",
            answer.text()
        );
    }
    for (path, error) in [
        ("/search?type=artist", "query: must hold a text to look for"),
        (
            "/search?type=artist&query=%20",
            "query: must hold a text to look for",
        ),
        (
            "/search?type=song&query=x",
            "type: must be artist, album or all",
        ),
        ("/search?query=x", "type: must be artist, album or all"),
        (
            "/search/all?query=x&limit=0",
            "limit: must be a whole number of results, 1 or more",
        ),
    ] {
        let answer = system.get(path);
        assert_eq!(
            answer.status_and_json(),
            (400, json!({ "error": error })),
            "{path}"
        );
    }
    let artists =
        |limit| found(&system.get(&format!("/search/artist?query=tribute&limit={limit}"))).len();
    assert_eq!(artists("3"), 3);
    assert!((4..=100).contains(&artists("1000")));
}
