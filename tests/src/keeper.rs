use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::serving::serving;

/// How somebody who keeps copies takes a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reception {
    /// As Cloudflare's API and the edge's route do when all is well.
    Done,
    /// As Cloudflare refuses a zone whose plan has no such purge.
    NotOnThisPlan,
    /// As Cloudflare refuses a token that may not.
    NotAllowed,
    /// Too many calls; after a second again.
    TooMany,
    /// A failure of its own.
    Broken,
    /// No answer.
    Silence,
}

/// A call as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurgeCall {
    /// Method and path.
    pub line: String,
    /// `Authorization`.
    pub authorization: String,
    /// The body.
    pub body: Value,
}

/// A stub of whoever keeps copies: Cloudflare's API or the edge's purge route, over HTTP.
pub struct Keeper {
    /// Its address.
    pub url: String,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    calls: Vec<PurgeCall>,
    plan: VecDeque<Reception>,
    always: Option<Reception>,
}

impl Keeper {
    /// Starts one that ends with the runtime.
    ///
    /// # Panics
    /// If it doesn't start.
    pub fn start(runtime: &Runtime) -> Self {
        let shared = Arc::<Mutex<Shared>>::default();
        let router = Router::new()
            .fallback(serve)
            .with_state(Arc::clone(&shared));
        Self {
            url: runtime.block_on(serving(router)),
            shared,
        }
    }

    /// The next calls are taken so, later ones well.
    pub fn plan(&self, receptions: &[Reception]) {
        let mut shared = lock(&self.shared);
        shared.plan = receptions.iter().copied().collect();
        shared.always = None;
    }

    /// All calls are taken so.
    pub fn always(&self, reception: Reception) {
        lock(&self.shared).always = Some(reception);
    }

    /// The calls since this was last asked.
    pub fn calls(&self) -> Vec<PurgeCall> {
        std::mem::take(&mut lock(&self.shared).calls)
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(
    State(shared): State<Arc<Mutex<Shared>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let reception = {
        let mut shared = lock(&shared);
        shared.calls.push(PurgeCall {
            line: format!("{method} {uri}"),
            authorization: headers
                .get("authorization")
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
                .to_owned(),
            body: serde_json::from_slice(&body).unwrap_or_default(),
        });
        let planned = shared.plan.pop_front();
        shared.always.or(planned).unwrap_or(Reception::Done)
    };
    let refusal = |code: u32, message: &str| {
        json!({
            "success": false,
            "errors": [{ "code": code, "message": message }],
            "messages": [],
            "result": null,
        })
    };
    let (status, body) = match reception {
        Reception::Done => (
            StatusCode::OK,
            json!({
                "success": true,
                "errors": [],
                "messages": [],
                "result": { "id": "023e105f4ecef8ad9ca31a8372d0c353" },
            }),
        ),
        Reception::NotOnThisPlan => (
            StatusCode::BAD_REQUEST,
            refusal(1107, "Only enterprise zones can purge by tag."),
        ),
        Reception::NotAllowed => (
            StatusCode::FORBIDDEN,
            refusal(10000, "Authentication error"),
        ),
        Reception::TooMany => (
            StatusCode::TOO_MANY_REQUESTS,
            refusal(
                971,
                "Please wait and consider throttling your request speed",
            ),
        ),
        Reception::Broken => (
            StatusCode::INTERNAL_SERVER_ERROR,
            json!({ "success": false }),
        ),
        Reception::Silence => {
            const LONGER_THAN_ANYBODY_WAITS: Duration = Duration::from_secs(3_600);
            tokio::time::sleep(LONGER_THAN_ANYBODY_WAITS).await;
            (StatusCode::OK, Value::Null)
        }
    };
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        "content-type",
        axum::http::HeaderValue::from_static("application/json"),
    );
    if reception == Reception::TooMany {
        headers.insert("retry-after", axum::http::HeaderValue::from_static("1"));
    }
    response
}
