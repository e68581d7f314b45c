use std::sync::Arc;
use std::time::{Duration, SystemTime};

use sentry_types::Dsn;
use sentry_types::protocol::v7::{Envelope, EnvelopeHeaders, Event};
use tokio::sync::{mpsc, watch};

use crate::limiter::{ProcessLimiter, Rate};
use crate::providers::client::{Call, Client, Courtesy, Hosts, ProviderError, Reply, Terms};

/// How the sender names itself.
const AGENT: &str = concat!("linernotes/", env!("CARGO_PKG_VERSION"));
/// Events that wait to be sent. More are dropped: the log has them.
const WAITING: usize = 100;

/// Events on their way.
#[derive(Clone)]
pub(super) struct Queue {
    events: mpsc::Sender<Event<'static>>,
    /// How many aren't sent yet.
    left: watch::Sender<usize>,
}

impl Queue {
    pub fn start(dsn: Dsn) -> Self {
        let (events, mut waiting) = mpsc::channel(WAITING);
        let queue = Self {
            events,
            left: watch::Sender::new(0),
        };
        let left = queue.left.clone();
        tokio::spawn(async move {
            let post = Post::new(dsn);
            while let Some(event) = waiting.recv().await {
                post.send(event).await;
                left.send_modify(|left| *left = left.saturating_sub(1));
            }
        });
        queue
    }

    pub fn put(&self, event: Event<'static>) {
        self.left.send_modify(|left| *left += 1);
        if self.events.try_send(event).is_err() {
            self.left.send_modify(|left| *left = left.saturating_sub(1));
        }
    }

    pub async fn is_empty(&self) {
        let _ = self.left.subscribe().wait_for(|left| *left == 0).await;
    }
}

/// Sends events to a DSN.
pub(super) struct Post {
    client: Client,
    dsn: Dsn,
}

impl Post {
    pub fn new(dsn: Dsn) -> Self {
        let terms = Terms {
            provider: "sentry",
            hosts: Hosts::new(vec![dsn.envelope_api_url()], &[]),
            timeout: Duration::from_secs(2),
            rate: Some(Rate {
                calls: 60,
                window: Duration::from_secs(60),
            }),
            at_once: 1,
            most_bytes: 64 * 1024,
        };
        let courtesy = Courtesy::new(None, Arc::<ProcessLimiter>::default());
        Self {
            client: Client::new(terms, &courtesy),
            dsn,
        }
    }

    /// Sends an event. That this didn't work is in the log, as a warning, which isn't reported.
    pub async fn send(&self, event: Event<'static>) {
        let outcome = match self.call(event) {
            Some(call) => self.client.send(call).await,
            None => return,
        };
        match outcome.as_ref().map(Reply::status) {
            Ok(status) if status.is_success() => {}
            Ok(status) => tracing::warn!(%status, "an error isn't reported: Sentry refuses it"),
            Err(error) if ProviderError::is_restraint(error) => {}
            Err(error) => tracing::warn!(%error, "an error isn't reported"),
        }
    }

    fn call(&self, event: Event<'static>) -> Option<Call> {
        let headers = EnvelopeHeaders::new()
            .with_event_id(event.event_id)
            .with_sent_at(SystemTime::now());
        let envelope = Envelope::from(event).with_headers(headers);
        let mut bytes = Vec::new();
        envelope.to_writer(&mut bytes).ok()?;
        let body = String::from_utf8(bytes).ok()?;
        let auth = self.dsn.to_auth(Some(AGENT)).to_string();
        let call = Call::post(
            self.dsn.envelope_api_url(),
            "application/x-sentry-envelope",
            body,
        );
        Some(call.secret_text("x-sentry-auth", &auth))
    }
}
