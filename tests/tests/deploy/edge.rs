use linernotes_origin::telemetry::with_causes;
use linernotes_tests::{ask, prepared};
use serde_json::json;

use crate::target::Target;

const ARTIST: &str = "ff3e88b3-7354-4f30-967c-1a61ebc8c642";

/// From a client to the worker on workerd, signed to the function's URL, to the function, to PostgreSQL, and into the table.
pub fn the_edge_gets_answers_by_its_key_and_they_are_kept(target: &Target) {
    assert!(target.item(&format!("artist/{ARTIST}"), "head").is_null());
    let edge = target.deployment.edge(&prepared().worker, 0);
    let edge = edge.unwrap_or_else(|error| panic!("{}", with_causes(&error)));
    let get = |path: &str| ask(format!("{}{path}", edge.url())).send();

    let artist = get(&format!("/api/v0.4/artist/{ARTIST}"));
    assert_eq!(
        (artist.status, artist.json()["artistname"].clone()),
        (200, json!("The La’s")),
        "{}\n{}",
        edge.log(),
        target.deployment.aws.log()
    );
    assert!(!target.item(&format!("artist/{ARTIST}"), "head").is_null());
    let unknown = get("/api/v0.4/artist/11111111-1111-4111-8111-111111111111");
    assert_eq!(unknown.status, 404);
    assert_eq!(get("/").json()["version"], env!("CARGO_PKG_VERSION"));
}
