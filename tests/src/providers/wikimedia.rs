//! Wikidata's `wbgetentities` and Wikipedia's extracts, after their documentation.

use axum::http::Uri;
use serde_json::{Value, json};

use super::Proper;

/// Whatever it is asked about, it has an English article on.
pub(super) fn answer(uri: &Uri) -> Proper {
    if is_wikidata(uri) {
        let id = parameter(uri, "ids");
        let entity = json!({
            "type": "item",
            "id": id,
            "descriptions": { "en": { "language": "en", "value": "English rock band" } },
            "sitelinks": {
                "dewiki": { "site": "dewiki", "title": "The La’s", "badges": [] },
                "enwiki": { "site": "enwiki", "title": "The La's", "badges": [] },
            },
        });
        return (200, json!({ "entities": { id: entity }, "success": 1 }));
    }
    let title = parameter(uri, "titles");
    let language = uri.path().trim_matches('/').split('/').next().unwrap_or("");
    let page = json!({
        "pageid": 1,
        "ns": 0,
        "title": title,
        "extract": format!("{title} in {language}, naïve.\nA second paragraph."),
    });
    (200, pages(&page))
}

pub(super) fn not_found(uri: &Uri) -> Proper {
    if is_wikidata(uri) {
        let id = parameter(uri, "ids");
        let entity = json!({ "id": id, "missing": "" });
        return (200, json!({ "entities": { id: entity }, "success": 1 }));
    }
    let page = json!({ "ns": 0, "title": parameter(uri, "titles"), "missing": true });
    (200, pages(&page))
}

fn pages(page: &Value) -> Value {
    json!({ "batchcomplete": true, "query": { "pages": [page] } })
}

fn is_wikidata(uri: &Uri) -> bool {
    uri.path().starts_with("/wikidata/")
}

fn parameter(uri: &Uri, name: &str) -> String {
    let query = uri.query().unwrap_or_default();
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(other, _)| other == name)
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}
