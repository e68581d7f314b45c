//! Stubs of providers: servers that speak their real JSON over HTTP, and misbehave as told.

mod fanart;
mod misbehave;
mod the_audio_db;
mod wikimedia;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;

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

/// A provider's answer as it should be: status and JSON.
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
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime can be started");
        let shared = Arc::new(Shared {
            provider,
            state: Mutex::new(Progress {
                mode: Mode::Ok,
                set: Vec::new(),
                calls: Vec::new(),
            }),
            released: watch::Sender::new(false),
        });
        let listener = runtime
            .block_on(TcpListener::bind(("127.0.0.1", 0)))
            .expect("a port is free");
        let address = listener.local_addr().expect("a listener has an address");
        let router = Router::new()
            .fallback(serve)
            .with_state(Arc::clone(&shared));
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self {
            url: format!("http://{address}"),
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

    fn proper(&self, uri: &Uri) -> Proper {
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
        }
    }

    fn empty(&self, uri: &Uri) -> Proper {
        match self.provider {
            Provider::FanArt => fanart::not_found(),
            Provider::TheAudioDb => the_audio_db::not_found(uri.path()),
            Provider::Wikimedia => wikimedia::not_found(uri),
        }
    }
}

async fn serve(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (head, _) = request.into_parts();
    let mode = {
        let mut state = shared.state();
        state.calls.push(Call {
            target: head.uri.to_string(),
            headers: head.headers,
        });
        state.mode
    };
    let answer = match mode {
        Mode::Empty => shared.empty(&head.uri),
        _ => shared.proper(&head.uri),
    };
    misbehave::respond(mode, answer, shared.released.subscribe()).await
}
