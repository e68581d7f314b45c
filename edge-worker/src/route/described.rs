//! `docs/openapi.yaml` names each route that is served, and no other.

use std::collections::BTreeSet;

use linernotes_shared::request::{ChartSource, Entity, Page, Request};
use serde_json::Value;

use super::Route;

const DESCRIPTION: &str = include_str!("../../../docs/openapi.yaml");

macro_rules! operations {
    ($($route:pat $(if $which:expr)? => $($operation:literal),+;)*) => {
        /// The operations that the description must have.
        const OPERATIONS: &[&str] = &[$($($operation),+),*];

        /// Those of a route. A new one doesn't compile until it is described.
        fn operations(route: &Route) -> &'static [&'static str] {
            match route {
                $($route $(if $which)? => &[$($operation),+],)*
            }
        }
    };
}

operations! {
    Route::Api(Request::Status) => "GET /";
    Route::Api(Request::Page(Page::Search(_))) => "GET /browse";
    Route::Api(Request::Page(Page::Artist(..))) => "GET /browse/artist/{mbid}";
    Route::Api(Request::Page(Page::Album(..))) => "GET /browse/album/{mbid}";
    Route::Api(Request::Page(Page::Missing(..))) => "GET /browse/missing";
    Route::Api(Request::Lookup(Entity::Artist, _)) => "GET /artist/{mbid}";
    Route::Api(Request::Lookup(Entity::Album, _)) => "GET /album/{mbid}";
    Route::Api(Request::Recent(..)) => "GET /recent/{entity}";
    Route::Api(Request::Refresh(Entity::Artist, _)) => "POST /artist/{mbid}/refresh";
    Route::Api(Request::Refresh(Entity::Album, _)) => "POST /album/{mbid}/refresh";
    Route::Api(Request::Invalidate(_)) => "GET /invalidate";
    Route::Api(Request::Search(_)) => "GET /search", "GET /search/{kind}";
    Route::Api(Request::Fingerprint) => "POST /search/fingerprint";
    Route::Api(Request::Series(_)) => "GET /series/{mbid}";
    Route::Api(Request::Chart(chart)) if chart.source() == ChartSource::LastFm => "GET /chart/lastfm/{entity}/top";
    Route::Api(Request::Chart(chart)) if chart.source() == ChartSource::Billboard => "GET /chart/billboard/{entity}/top";
    Route::Api(Request::Chart(_)) => "GET /chart/{source}/album/{selection}";
    Route::Api(Request::Spotify(Entity::Artist, _)) => "GET /spotify/artist/{id}";
    Route::Api(Request::Spotify(Entity::Album, _)) => "GET /spotify/album/{id}";
    Route::Api(Request::SpotifyLookup) => "POST /spotify/lookup";
    Route::Api(Request::SpotifyAuth(_)) => "GET /spotify/auth";
    Route::Api(Request::SpotifyRenew(_)) => "GET /spotify/renew";
    Route::Picture(_) => "GET /images/{source}/{path}";
    Route::Purge => "POST /purge";
}

struct Description(Value);

impl Description {
    fn read() -> Self {
        Self(serde_saphyr::from_str(DESCRIPTION).unwrap())
    }

    /// What stands here, or where this points to.
    fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(pointer) => self
                .0
                .pointer(pointer.trim_start_matches('#'))
                .unwrap_or_else(|| panic!("{pointer} leads nowhere")),
            None => value,
        }
    }

    /// Values that a parameter may have, as the description gives them.
    fn values(&self, parameter: &Value) -> Vec<String> {
        let examples = parameter["examples"].as_object();
        let several = examples.map(|several| several.values().map(|one| &one["value"]).collect());
        let one = || parameter.get("example").map(|one| vec![one]);
        let closed = || {
            let schema = self.resolved(&parameter["schema"]);
            schema["enum"].as_array().map(|all| all.iter().collect())
        };
        let values: Vec<&Value> = several.or_else(one).or_else(closed).unwrap_or_default();
        let text = |value: &Value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        };
        values.into_iter().map(text).collect()
    }

    /// Paths and queries that an operation has, by the values that its parameters may have.
    fn targets(&self, path: &str, operation: &Value) -> Vec<(String, String)> {
        let mut paths = vec![path.to_owned()];
        let mut query = form_urlencoded::Serializer::new(String::new());
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let parameter = self.resolved(parameter);
            let name = parameter["name"].as_str().unwrap();
            let values = self.values(parameter);
            let is_required = parameter["required"] == true;
            assert!(
                !is_required || !values.is_empty(),
                "{path}: {name} has no example"
            );
            match (parameter["in"].as_str().unwrap(), values.first()) {
                ("path", _) => {
                    let with = |path: &String| -> Vec<String> {
                        let put = |value: &String| path.replace(&format!("{{{name}}}"), value);
                        values.iter().map(put).collect()
                    };
                    paths = paths.iter().flat_map(with).collect();
                }
                ("query", Some(value)) => {
                    query.append_pair(name, value);
                }
                _ => {}
            }
        }
        let query = query.finish();
        paths
            .into_iter()
            .map(|path| (path, query.clone()))
            .collect()
    }

    /// Before which prefixes a path is served, and before which it isn't.
    fn prefixes(&self, item: &Value) -> (Vec<&str>, Vec<&str>) {
        let all = self.0["servers"].as_array().unwrap();
        let of_it = item["servers"].as_array().unwrap_or(all);
        all.iter()
            .map(|server| server["url"].as_str().unwrap())
            .partition(|url| of_it.iter().any(|own| own["url"] == *url))
    }
}

/// A path with a prefix, either of which may be `/`.
fn under(prefix: &str, path: &str) -> String {
    format!("{}{path}", prefix.trim_end_matches('/'))
}

#[test]
fn the_description_names_each_route_and_no_other() {
    let description = Description::read();
    let mut described = BTreeSet::new();
    for (path, item) in description.0["paths"].as_object().unwrap() {
        let (served, unserved) = description.prefixes(item);
        for (method, operation) in item.as_object().unwrap() {
            if method == "servers" {
                continue;
            }
            let method = method.to_uppercase();
            let name = format!("{method} {path}");
            for (path, query) in description.targets(path, operation) {
                for prefix in &served {
                    let path = under(prefix, &path);
                    let route = Route::parse(&method, &path, &query)
                        .unwrap_or_else(|refused| panic!("{method} {path}?{query}: {refused:?}"));
                    assert!(operations(&route).contains(&&*name), "{path} is {route:?}");
                }
                for prefix in &unserved {
                    let path = under(prefix, &path);
                    let refused = Route::parse(&method, &path, &query);
                    assert!(
                        matches!(refused, Err(refused) if refused.status == 404),
                        "{path}"
                    );
                }
            }
            described.insert(name);
        }
    }
    let routes: BTreeSet<String> = OPERATIONS.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(described, routes);
}
