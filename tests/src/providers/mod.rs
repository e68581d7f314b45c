//! Stubs of providers: servers that speak their real JSON over HTTP, and misbehave as told.

mod apple;
mod billboard;
mod fanart;
mod lastfm;
mod misbehave;
mod spotify;
mod the_audio_db;
mod wikimedia;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::serving::{runtime_of_its_own, serving};

pub use misbehave::Mode;

/// A provider that a stub stands in for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// FanArt.tv.
    FanArt,
    /// TheAudioDB.
    TheAudioDb,
    /// Wikidata at `/wikidata`, and Wikipedia at its languages, `/en` and so on.
    Wikimedia,
    /// Apple's feed.
    Apple,
    /// Billboard's pages.
    Billboard,
    /// Last.fm.
    LastFm,
    /// Spotify: its accounts at `/accounts`, the rest at `/api`.
    Spotify,
}

/// A request that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Path and query.
    pub target: String,
    /// Its headers.
    pub headers: HeaderMap,
}

impl Call {
    /// A header's value, empty without it.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.and_then(|value| value.to_str().ok()).unwrap_or("")
    }
}

/// A provider's answer as it should be: status and JSON. A text is a web page.
pub(crate) type Proper = (u16, serde_json::Value);

/// A running stub. It ends with the value.
pub struct ProviderStub {
    /// Its address.
    pub url: String,
    shared: Arc<Shared>,
    _runtime: Runtime,
}

struct Shared {
    provider: Provider,
    state: Mutex<Progress>,
    /// Whether answers that are held back may go.
    released: watch::Sender<bool>,
}

struct Progress {
    mode: Mode,
    /// Answers in place of the provider's own, by a part of the request's path and query.
    set: Vec<(String, Proper)>,
    calls: Vec<Call>,
}

impl ProviderStub {
    /// Starts one, on its best behaviour.
    ///
    /// # Panics
    /// If it doesn't start.
    pub fn start(provider: Provider) -> Self {
        let runtime = runtime_of_its_own();
        let shared = Arc::new(Shared {
            provider,
            state: Mutex::new(Progress {
                mode: Mode::Ok,
                set: Vec::new(),
                calls: Vec::new(),
            }),
            released: watch::Sender::new(false),
        });
        let router = Router::new()
            .fallback(serve)
            .with_state(Arc::clone(&shared));
        Self {
            url: runtime.block_on(serving(router)),
            shared,
            _runtime: runtime,
        }
    }

    /// From now on it behaves so.
    pub fn behave(&self, mode: Mode) {
        self.shared.state().mode = mode;
    }

    /// Lets go what it holds back.
    pub fn release(&self) {
        self.shared.released.send_replace(true);
    }

    /// To requests with this in their path and query, it gives another answer than its own.
    pub fn set(&self, part: &str, status: u16, json: serde_json::Value) {
        let mut state = self.shared.state();
        state.set.retain(|(other, _)| other != part);
        state.set.push((part.to_owned(), (status, json)));
    }

    /// The requests that came.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.state().calls.clone()
    }

    /// Paths and queries of the requests that came since this was asked last.
    pub fn take_targets(&self) -> Vec<String> {
        let calls = std::mem::take(&mut self.shared.state().calls);
        calls.into_iter().map(|call| call.target).collect()
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, Progress> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn proper(&self, uri: &Uri, headers: &HeaderMap, body: &str) -> Proper {
        let target = uri.to_string();
        let set = self.state().set.clone();
        let set = set.into_iter().find(|(part, _)| target.contains(part));
        if let Some((_, answer)) = set {
            return answer;
        }
        match self.provider {
            Provider::FanArt => fanart::answer(uri.path()),
            Provider::TheAudioDb => the_audio_db::answer(uri),
            Provider::Wikimedia => wikimedia::answer(uri),
            Provider::Apple => apple::answer(uri),
            Provider::Billboard => match billboard::page(uri) {
                Some(page) => (200, page.into()),
                None => (404, billboard::empty().into()),
            },
            Provider::LastFm => lastfm::answer(uri),
            Provider::Spotify => spotify::answer(uri, headers, body),
        }
    }

    fn empty(&self, uri: &Uri, headers: &HeaderMap, body: &str) -> Proper {
        match self.provider {
            Provider::FanArt => fanart::not_found(),
            Provider::TheAudioDb => the_audio_db::not_found(uri.path()),
            Provider::Wikimedia => wikimedia::not_found(uri),
            Provider::Apple => apple::empty(),
            Provider::Billboard => (200, billboard::empty().into()),
            Provider::LastFm => lastfm::empty(),
            // It still gives tokens.
            Provider::Spotify if uri.path().starts_with("/accounts") => {
                spotify::answer(uri, headers, body)
            }
            Provider::Spotify => spotify::not_found(),
        }
    }
}

async fn serve(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    const MOST_BYTES: usize = 1 << 20;
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, MOST_BYTES).await;
    let body = String::from_utf8_lossy(&body.unwrap_or_default()).into_owned();
    let mode = {
        let mut state = shared.state();
        state.calls.push(Call {
            target: head.uri.to_string(),
            headers: head.headers.clone(),
        });
        state.mode
    };
    let answer = match mode {
        Mode::Empty => shared.empty(&head.uri, &head.headers, &body),
        _ => shared.proper(&head.uri, &head.headers, &body),
    };
    misbehave::respond(mode, answer, shared.released.subscribe()).await
}
