//! Albums by the recordings on them.

use super::*;

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
            .post(body)
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
