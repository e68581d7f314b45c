use serde_json::json;

use super::*;

const BY_HAND: &str = "1e0f9904-ccee-480b-84b7-60f80916ae5b";

#[test]
fn a_series_lists_its_albums_in_its_own_order() {
    let subject = Subject::with(&[]);
    let path = format!("/series/{BY_HAND}");
    let answer = subject.get(&path);
    insta::assert_json_snapshot!(answer.json());
    assert_eq!(answer.header("cache-tag"), format!("series-{BY_HAND}"));
    assert!((27 * DAY - 5..=30 * DAY).contains(&subject.fresh_seconds(&path)));
    let again = subject.get(&format!("/api/v0.4/series/{}", BY_HAND.to_uppercase()));
    assert_eq!(again.text(), answer.text());
    assert!(
        again.header("cache-status").contains("hit"),
        "{:?}",
        again.headers
    );

    let head = subject
        .ask(&format!("/series/{BY_HAND}"))
        .method("HEAD")
        .send();
    assert_eq!((head.status, head.body.len()), (200, 0));
    let etag = answer.header("etag").to_owned();
    let same = subject.ask(&format!("/series/{BY_HAND}"));
    assert_eq!(same.header("if-none-match", etag).send().status, 304);
}

#[test]
fn a_series_without_albums_is_empty_and_an_unknown_one_not_found() {
    let subject = Subject::with(&[]);
    let empty = subject.get("/series/91afbe6a-2d62-4d78-ba35-74913ef93663");
    assert_eq!(empty.status_and_json(), (200, json!([])));
    let unknown = "66c66aaa-6e2f-4930-8610-912e24c63ed1";
    assert_eq!(
        subject.get(&format!("/series/{unknown}")).status_and_json(),
        (
            404,
            json!({"error": format!("series {unknown} isn't in MusicBrainz")})
        )
    );
    let malformed = subject.get("/series/the-best-of");
    assert_eq!(malformed.status, 400);
}

#[test]
fn a_catalogue_in_trouble_never_says_that_a_series_is_empty_or_unknown() {
    let mut subject = Subject::with(&[
        ("LINERNOTES_CACHE__FRESH_SECONDS", "1".to_owned()),
        ("LINERNOTES_CACHE__REVALIDATE", "wait".to_owned()),
    ]);
    let path = format!("/series/{BY_HAND}");
    let good = subject.get(&path);
    let unknown = "/series/66c66aaa-6e2f-4930-8610-912e24c63ed1";

    subject.execute("UPDATE musicbrainz.replication_control SET last_replication_date = now() - interval '80 hours'");
    let refused = subject.get(unknown);
    assert_eq!((refused.status, refused.header("retry-after")), (503, "30"));

    subject.execute("TRUNCATE musicbrainz.release_group");
    std::thread::sleep(Duration::from_millis(1_100));
    let stale = subject.get(&path);
    assert_eq!(stale.status_and_json(), good.status_and_json());
    assert!(
        stale
            .header("cache-status")
            .contains("catalogue-unavailable")
    );
    assert_eq!(
        subject
            .get("/series/5ca6d566-d0a6-4482-b97d-955d4df8c071")
            .status,
        503
    );

    subject.cluster.stop();
    assert_eq!(
        subject
            .get("/series/91afbe6a-2d62-4d78-ba35-74913ef93663")
            .status,
        503
    );
    assert_eq!(subject.get(&path).text(), good.text());
}
