use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::event;
use super::post::Queue;

/// The same words from the same place are told once in so long.
const AGAIN: Duration = Duration::from_secs(60);
/// Most words that are remembered for it. They are the code's, so there are never that many.
const REMEMBERED: usize = 1_000;

/// Hands errors of the log over to be sent.
pub(super) struct Reporter {
    queue: Queue,
    environment: &'static str,
    told: Mutex<HashMap<(&'static str, String), Instant>>,
}

/// A span's request id.
struct RequestId(String);

#[derive(Default)]
struct Fields {
    message: String,
    others: BTreeMap<&'static str, String>,
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.take(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.take(field, value.to_owned());
    }
}

impl Fields {
    fn take(&mut self, field: &Field, text: String) {
        if field.name() == "message" {
            self.message = text;
        } else {
            self.others.insert(field.name(), text);
        }
    }
}

impl Reporter {
    pub fn new(queue: Queue, environment: &'static str) -> Self {
        Self {
            queue,
            environment,
            told: Mutex::default(),
        }
    }

    fn is_news(&self, logger: &'static str, words: &str) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        told.retain(|_, at| now.duration_since(*at) < AGAIN);
        if told.len() >= REMEMBERED {
            return false;
        }
        let before = told.insert((logger, words.to_owned()), now);
        if let Some(before) = before {
            // It isn't put off by what comes meanwhile.
            told.insert((logger, words.to_owned()), before);
        }
        before.is_none()
    }
}

impl<S> Layer<S> for Reporter
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let (Some(span), Some(request_id)) =
            (context.span(id), fields.others.remove("request_id"))
        {
            span.extensions_mut().insert(RequestId(request_id));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let metadata = event.metadata();
        if *metadata.level() != Level::ERROR {
            return;
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        if !self.is_news(metadata.target(), &fields.message) {
            return;
        }
        let request_id = context.event_scope(event).and_then(|mut spans| {
            spans.find_map(|span| {
                let extensions = span.extensions();
                extensions.get::<RequestId>().map(|id| id.0.clone())
            })
        });
        fields
            .others
            .extend(request_id.map(|id| ("request_id", id)));
        let event = event::of_error(
            fields.message,
            metadata.target(),
            self.environment,
            fields.others,
        );
        self.queue.put(event);
    }
}
