//! Search, from the request to the answer: what people mean comes first, and trouble is never "nothing found".

#[path = "search/solr.rs"]
mod solr;

use linernotes_dev::planted;
use linernotes_dev::run::index_for_search;
use linernotes_tests::{Answer, Ask, System, ask, prepared};
use serde_json::{Value, json};

use solr::Solr;

const THE_LAS: &str = "ff3e88b3-7354-4f30-967c-1a61ebc8c642";
const AN_ALBUM: &str = "ac7bcd07-b598-4f3a-94bf-d2531f34979c";

/// A system whose catalogue holds what people look for, without an index.
fn planted_with(settings: &[(&str, &str)]) -> System {
    let system = System::with(settings);
    let mut client = system.postgres.connect().unwrap();
    // A template may be older than a replica may lag.
    client
        .batch_execute("UPDATE musicbrainz.replication_control SET last_replication_date = now()")
        .unwrap();
    planted::plant(&mut client, &planted::artists()).unwrap();
    planted::plant(&mut client, &planted::decoys()).unwrap();
    system
}

fn planted() -> System {
    let system = planted_with(&[]);
    index(&system);
    system
}

fn index(system: &System) {
    index_for_search(&prepared().origin, &system.postgres.url()).unwrap();
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

fn query(kind: &str, text: &str) -> String {
    format!("/search?type={kind}&query={}", encoded(text))
}

fn origin(system: &System, path: &str) -> Ask {
    ask(format!("{}{path}", system.origin.url()))
}

/// The names of what is found, in order.
fn found(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let list = answer.json();
    list.as_array()
        .unwrap()
        .iter()
        .map(|item| {
            let item = match (item.get("artist"), item.get("album")) {
                (Some(Value::Null), Some(album)) => album,
                (Some(artist), Some(Value::Null)) => artist,
                _ => item,
            };
            let name = item.get("artistname").or_else(|| item.get("title"));
            name.unwrap().as_str().unwrap().to_owned()
        })
        .collect()
}

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
    let cache_control = answer.header("cache-control");
    let seconds: u64 = cache_control
        .split("s-maxage=")
        .nth(1)
        .and_then(|rest| rest.split(',').next()?.parse().ok())
        .unwrap();
    assert!((1..=3_600).contains(&seconds), "{cache_control}");

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

#[test]
fn without_an_index_searches_answer_503_until_there_is_one() {
    let system = planted_with(&[]);
    let refused = origin(&system, &query("all", "nothing is called so")).send();
    assert_eq!(
        refused.status_and_json(),
        (
            503,
            json!({"error": "the catalogue can't be read at the moment; try again later"})
        )
    );
    assert_eq!(refused.header("retry-after"), "30");
    assert_eq!(refused.header("cache-control"), "no-store");
    index(&system);
    assert_eq!(
        origin(&system, &query("all", "nothing is called so"))
            .send()
            .status_and_json(),
        (200, json!([]))
    );

    // An index that is too old can't say that there is nothing.
    let mut client = system.postgres.connect().unwrap();
    client
        .batch_execute("UPDATE linernotes_search.state SET as_of = now() - interval '4 days'")
        .unwrap();
    assert_eq!(origin(&system, &query("all", "nor so")).send().status, 503);
    assert_eq!(
        origin(&system, &query("artist", "coldplay")).send().status,
        200
    );
}

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
    let cache_control = answer.header("cache-control");
    let seconds: u64 = cache_control
        .split("s-maxage=")
        .nth(1)
        .and_then(|rest| rest.split(',').next()?.parse().ok())
        .unwrap();
    assert!(seconds <= 60, "{cache_control}");
}

#[test]
fn what_changes_in_the_catalogue_is_brought_in() {
    // Lists are looked for anew after a second.
    let system = planted_with(&[
        ("LINERNOTES_CACHE__FRESH_SECONDS", "1"),
        ("LINERNOTES_CACHE__REVALIDATE", "wait"),
    ]);
    index(&system);
    let first = |kind: &str, text: &str| {
        std::thread::sleep(std::time::Duration::from_millis(1_100));
        found(&origin(&system, &query(kind, text)).send())
            .first()
            .cloned()
    };
    assert_eq!(first("artist", "quetzal quorum"), None);
    assert_eq!(first("artist", "portishead").as_deref(), Some("Portishead"));
    let mut client = system.postgres.connect().unwrap();
    client
        .batch_execute(
            "SET search_path = musicbrainz;
             UPDATE artist SET name = 'Quetzal Quorum', sort_name = 'Quetzal Quorum', last_updated = now()
             WHERE name = 'Portishead' AND id IN (SELECT id FROM artist_meta WHERE rating_count > 100);
             UPDATE release_group SET name = 'Zymurgy', last_updated = now() WHERE name = 'Kid A';
             UPDATE replication_control SET last_replication_date = now()",
        )
        .unwrap();
    index(&system);
    assert_eq!(
        first("artist", "quetzal quorum").as_deref(),
        Some("Quetzal Quorum")
    );
    assert_eq!(
        first("artist", "quetzel quorum").as_deref(),
        Some("Quetzal Quorum")
    );
    // Its albums are found by its new name, though they didn't change.
    assert_eq!(
        first("album", "dummy quetzal quorum").as_deref(),
        Some("Dummy")
    );
    assert_eq!(first("album", "zymurgy").as_deref(), Some("Zymurgy"));
    // Again, and nothing is different.
    index(&system);
    assert_eq!(
        first("artist", "quetzal quorum").as_deref(),
        Some("Quetzal Quorum")
    );
    let mut counts = || -> (i64, i64, i64, i64) {
        let row = client
            .query_one(
                "SELECT artists, albums, (SELECT count(*) FROM linernotes_search.document WHERE entity = 'artist'),
                 (SELECT count(*) FROM linernotes_search.document WHERE entity = 'album')
                 FROM linernotes_search.state",
                &[],
            )
            .unwrap();
        (row.get(0), row.get(1), row.get(2), row.get(3))
    };
    let (artists, albums, artist_rows, album_rows) = counts();
    assert_eq!((artists, albums), (artist_rows, album_rows));
}

#[test]
fn the_crawler_builds_the_index_and_brings_it_up_to_date() {
    let system = planted_with(&[]);
    let store = tempfile::tempdir().unwrap();
    let crawl = |provider: &str| {
        let run = std::process::Command::new(&prepared().origin)
            .args(["crawl", "search-index"])
            .env("LINERNOTES_DATABASE__URL", system.postgres.url())
            .env("LINERNOTES_STORE__PATH", store.path())
            .env("LINERNOTES_SEARCH__PROVIDER", provider)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success(), "{told}");
        let outcome: Value = serde_json::from_slice(&run.stdout).unwrap();
        let number = |name: &str| outcome[name].as_u64().unwrap();
        assert_eq!(outcome["complete"], true, "{outcome}");
        (number("looked_at"), number("refreshed"))
    };
    assert_eq!(crawl("solr"), (0, 0), "it isn't ours that is searched");
    let (looked_at, refreshed) = crawl("postgres");
    assert!(looked_at > 0 && looked_at == refreshed);
    assert_eq!(
        found(&origin(&system, &query("artist", "portishead")).send()).first(),
        Some(&"Portishead".to_owned())
    );
    let mut client = system.postgres.connect().unwrap();
    client
        .batch_execute("SET search_path = musicbrainz")
        .unwrap();
    let mut execute = |sql: &str| client.execute(sql, &[]).unwrap();
    let renamed = execute(
        "UPDATE musicbrainz.release_group SET name = 'Zymurgy', last_updated = now() WHERE name = 'Kid A'",
    );
    execute("UPDATE musicbrainz.replication_control SET last_replication_date = now()");
    let (_, refreshed) = crawl("postgres");
    assert_eq!(refreshed, renamed);
    assert_eq!(
        found(&origin(&system, &query("album", "zymurgy")).send()).first(),
        Some(&"Zymurgy".to_owned())
    );
}

#[test]
fn fingerprints_find_the_albums_that_hold_most_of_the_recordings() {
    let system = planted();
    let recordings: Vec<String> = system
        .postgres
        .connect()
        .unwrap()
        .query(
            "SELECT DISTINCT recording.gid::text
             FROM musicbrainz.release_group
             JOIN musicbrainz.release ON release.release_group = release_group.id
             JOIN musicbrainz.medium ON medium.release = release.id
             JOIN musicbrainz.track ON track.medium = medium.id
             JOIN musicbrainz.recording ON recording.id = track.recording
             WHERE release_group.gid = $1::text::uuid",
            &[&AN_ALBUM],
        )
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert!(recordings.len() > 3);
    let post = |body: &str| {
        origin(&system, "/api/v0.4/search/fingerprint")
            .method("POST")
            .header("content-type", "application/json")
            .body(body)
            .send()
    };
    let answer = post(&serde_json::to_string_pretty(&recordings).unwrap());
    assert_eq!(answer.status, 200);
    let album = system.get(&format!("/album/{AN_ALBUM}")).json();
    assert_eq!(answer.json()[0], album);
    assert_eq!(answer.header("cache-control"), "no-store");
    let unknown = json!(["00000000-0000-4000-8000-000000000000"]);
    assert_eq!(
        post(&unknown.to_string()).status_and_json(),
        (200, json!([]))
    );
    assert_eq!(post("[]").status_and_json(), (200, json!([])));

    let too_many: Vec<&String> = recordings.iter().cycle().take(1_001).collect();
    assert_eq!(post(&serde_json::to_string(&too_many).unwrap()).status, 413);
    assert_eq!(post(&"[".repeat(100_000)).status, 413);
    for body in ["", "{}", "[1]", "[", "[\"x\"]"] {
        let answer = post(body);
        assert_eq!(answer.status, 400, "{body:?}");
        let error = answer.json()["error"].as_str().unwrap().to_owned();
        assert!(error.starts_with("body: "), "{error}");
    }
}

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
