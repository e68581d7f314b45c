//! The index behind it: built, brought up to date, missing.

use super::*;

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
    let renamed = client
        .execute(
            "UPDATE release_group SET name = 'Zymurgy', last_updated = now() WHERE name = 'Kid A'",
            &[],
        )
        .unwrap();
    replicated_now(&system.postgres).unwrap();
    let (_, refreshed) = crawl("postgres");
    assert_eq!(refreshed, renamed);
    assert_eq!(
        found(&origin(&system, &query("album", "zymurgy")).send()).first(),
        Some(&"Zymurgy".to_owned())
    );
}
