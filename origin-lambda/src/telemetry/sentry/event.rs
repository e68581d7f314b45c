use std::collections::BTreeMap;

use sentry_types::protocol::v7::{Event, Level};

/// The fields of the log that are told. Others may hold what is nobody's business.
pub(super) const FIELDS: [&str; 9] = [
    "error",
    "next_look_seconds",
    "provider",
    "replication_date",
    "request_id",
    "schema_sequence",
    "seconds",
    "statement",
    "task",
];

/// An error of the log: its words, who said them, and its fields by name, of which those of the list are told.
pub(super) fn of_error(
    words: String,
    logger: &str,
    environment: &'static str,
    fields: BTreeMap<&'static str, String>,
) -> Event<'static> {
    let mut event = Event {
        // Whatever the fields say: one kind of trouble is one issue.
        fingerprint: vec![logger.to_owned().into(), words.clone().into()].into(),
        message: Some(words),
        logger: Some(logger.to_owned()),
        ..bare(environment)
    };
    for (name, text) in fields {
        match name {
            "request_id" | "provider" | "task" | "statement" => {
                event.tags.insert(name.to_owned(), text);
            }
            _ if FIELDS.contains(&name) => {
                event.extra.insert(name.to_owned(), text.into());
            }
            _ => {}
        }
    }
    event
}

/// A panic at a place of the code.
pub(super) fn of_panic(place: String, environment: &'static str) -> Event<'static> {
    Event {
        level: Level::Fatal,
        fingerprint: vec!["panic".into(), place.clone().into()].into(),
        message: Some(format!("panic at {place}")),
        ..bare(environment)
    }
}

fn bare(environment: &'static str) -> Event<'static> {
    Event {
        level: Level::Error,
        platform: "native".into(),
        release: Some(concat!("linernotes@", env!("CARGO_PKG_VERSION")).into()),
        environment: Some(environment.into()),
        ..Event::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_holds_the_fields_of_the_list_and_no_others() {
        let fields = [
            ("error", "no route to host"),
            ("request_id", "r-1"),
            ("path", "/search?query=private"),
            ("client", "192.0.2.1"),
        ];
        let fields = fields.map(|(name, text)| (name, text.to_owned())).into();
        let event = of_error(
            "catalogue unavailable".to_owned(),
            "service",
            "test",
            fields,
        );
        let mut json = serde_json::to_value(&event).unwrap();
        let varying = json.as_object_mut().unwrap();
        assert!(varying.remove("event_id").is_some() && varying.remove("timestamp").is_some());
        assert_eq!(
            json,
            serde_json::json!({
                "fingerprint": ["service", "catalogue unavailable"],
                "message": "catalogue unavailable",
                "logger": "service",
                "platform": "native",
                "release": concat!("linernotes@", env!("CARGO_PKG_VERSION")),
                "environment": "test",
                "tags": {"request_id": "r-1"},
                "extra": {"error": "no route to host"},
            })
        );
    }

    #[test]
    fn a_panic_is_told_by_its_place_alone() {
        let event = of_panic("src/a.rs:1:2".to_owned(), "test");
        assert_eq!(event.message.as_deref(), Some("panic at src/a.rs:1:2"));
        assert_eq!(event.level, Level::Fatal);
        assert!(event.extra.is_empty() && event.tags.is_empty());
    }
}
