use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use linernotes_tests::serving;
use serde_json::Value;

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing: the emulator answers.
    None,
    /// The emulator does what it is asked, but its answer is lost.
    LostAnswer,
    /// It is one too many.
    Throttled,
    /// The server fails.
    ServerError,
    /// No answer comes.
    Silence,
    /// The answer isn't JSON.
    Garbage,
    /// The answer breaks off.
    Truncated,
    /// All that is asked for is left for later.
    Unprocessed,
    /// Nothing that is asked for is there.
    Absent,
    /// Whoever asks may not.
    Forbidden,
    /// Whoever asks has signed wrongly; the refusal repeats what was signed, with the session's token.
    WrongSignature,
}

/// A request on its way.
#[derive(Clone, Debug)]
pub struct Call {
    /// Its place among all, from 0.
    pub number: usize,
    /// What it asks for, like `PutItem`.
    pub operation: String,
    /// Its JSON.
    pub body: String,
}

type Plan = Box<dyn FnMut(&Call) -> Trouble + Send>;

/// A server in front of an emulator, which makes trouble as planned.
pub struct Troublemaker {
    /// Its address.
    pub url: String,
    shared: Arc<Shared>,
}

struct Shared {
    emulator: String,
    state: Mutex<Progress>,
}

struct Progress {
    plan: Plan,
    calls: Vec<Call>,
    /// Capacity units.
    spent: f64,
}

impl Troublemaker {
    /// Starts one that ends with the runtime. Without a plan it makes no trouble.
    ///
    /// # Panics
    /// If it doesn't start.
    pub async fn before(emulator: &str) -> Self {
        let shared = Arc::new(Shared {
            emulator: emulator.to_owned(),
            state: Mutex::new(Progress {
                plan: Box::new(|_| Trouble::None),
                calls: Vec::new(),
                spent: 0.0,
            }),
        });
        let router = Router::new()
            .fallback(serve)
            .with_state(Arc::clone(&shared));
        Self {
            url: serving(router).await,
            shared,
        }
    }

    /// From now on, and counting from 0 again, what happens is planned so.
    pub fn plan(&self, plan: impl FnMut(&Call) -> Trouble + Send + 'static) {
        let mut state = self.shared.state();
        state.plan = Box::new(plan);
        state.calls.clear();
        state.spent = 0.0;
    }

    /// Every request, for whatever operation, fares so.
    pub fn always(&self, trouble: Trouble) {
        self.plan(move |_| trouble);
    }

    /// The operations asked for since the plan was made.
    pub fn operations(&self) -> Vec<String> {
        let state = self.shared.state();
        state
            .calls
            .iter()
            .map(|call| call.operation.clone())
            .collect()
    }

    /// Capacity units, of reading or writing, that the emulator says were used since the plan was made.
    pub fn spent(&self) -> f64 {
        self.shared.state().spent
    }
}

impl Shared {
    fn state(&self) -> std::sync::MutexGuard<'_, Progress> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn trouble(&self, operation: String, body: String) -> Trouble {
        let mut state = self.state();
        let call = Call {
            number: state.calls.len(),
            operation,
            body,
        };
        let trouble = (state.plan)(&call);
        state.calls.push(call);
        trouble
    }
}

async fn serve(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers
        .get("x-amz-target")
        .and_then(|target| target.to_str().ok())
        .unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
    let text = String::from_utf8_lossy(&body).into_owned();
    let error = |status, code: &str, message: &str| {
        let kind = format!("com.amazonaws.dynamodb.v20120810#{code}");
        let body = serde_json::json!({ "__type": kind, "message": message });
        answer(status, body.to_string())
    };
    match shared.trouble(operation, text) {
        Trouble::None => forward(&shared, &headers, &body).await,
        Trouble::LostAnswer => {
            forward(&shared, &headers, &body).await;
            silence().await
        }
        Trouble::Silence => silence().await,
        Trouble::Throttled => error(
            StatusCode::BAD_REQUEST,
            "ProvisionedThroughputExceededException",
            "too many",
        ),
        Trouble::ServerError => error(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalServerError",
            "internal",
        ),
        Trouble::Forbidden => error(
            StatusCode::BAD_REQUEST,
            "AccessDeniedException",
            "not authorized to perform: dynamodb:BatchGetItem",
        ),
        Trouble::WrongSignature => error(
            StatusCode::BAD_REQUEST,
            "InvalidSignatureException",
            "the Canonical String should have been x-amz-security-token:SECRET",
        ),
        Trouble::Unprocessed => {
            let request: Value = serde_json::from_slice(&body).expect("requests are JSON");
            let left = &request["RequestItems"];
            let body = serde_json::json!({ "Responses": {}, "UnprocessedKeys": left });
            answer(StatusCode::OK, body.to_string())
        }
        Trouble::Absent => answer(StatusCode::OK, r#"{"Responses":{}}"#.to_owned()),
        Trouble::Garbage => answer(StatusCode::OK, "<html>garbage".to_owned()),
        Trouble::Truncated => {
            let mut response = answer(StatusCode::OK, r#"{"Responses":"#.to_owned());
            response.headers_mut().insert("content-length", 100.into());
            response
        }
    }
}

async fn silence() -> Response {
    const LONGER_THAN_ANYBODY_WAITS: Duration = Duration::from_secs(3_600);
    tokio::time::sleep(LONGER_THAN_ANYBODY_WAITS).await;
    Response::new(Body::empty())
}

async fn forward(shared: &Arc<Shared>, headers: &HeaderMap, body: &[u8]) -> Response {
    let mut request = axum::http::Request::post(&shared.emulator);
    for name in [
        "authorization",
        "content-type",
        "x-amz-date",
        "x-amz-target",
    ] {
        if let Some(value) = headers.get(name) {
            request = request.header(name, value);
        }
    }
    let request = request
        .body(asking_for_capacity(body))
        .expect("its parts are a request's");
    let shared = Arc::clone(shared);
    tokio::task::spawn_blocking(move || {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        let mut response = agent.run(request).expect("the emulator answers");
        let text = response
            .body_mut()
            .with_config()
            .limit(MOST_BYTES)
            .read_to_string()
            .expect("its answers are text");
        shared.state().spent += capacity(&text);
        answer(response.status(), text)
    })
    .await
    .expect("forwarding doesn't panic")
}

/// The request, with the wish to be told what it costs, if it concerns items.
fn asking_for_capacity(body: &[u8]) -> Vec<u8> {
    let mut request: Value = serde_json::from_slice(body).expect("requests are JSON");
    let concerns_items = ["Item", "Key", "RequestItems", "KeyConditionExpression"]
        .iter()
        .any(|name| request.get(name).is_some());
    if concerns_items {
        request["ReturnConsumedCapacity"] = "TOTAL".into();
    }
    request.to_string().into_bytes()
}

/// What a response says that it cost.
fn capacity(response: &str) -> f64 {
    let response: Value = serde_json::from_str(response).unwrap_or_default();
    let told = &response["ConsumedCapacity"];
    let parts = told
        .as_array()
        .map_or(std::slice::from_ref(told), Vec::as_slice);
    parts
        .iter()
        .filter_map(|part| part["CapacityUnits"].as_f64())
        .sum()
}

/// DynamoDB's responses are 16 MB at most, and JSON makes a third more of them.
const MOST_BYTES: u64 = 32 << 20;

fn answer(status: StatusCode, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(
        "content-type",
        axum::http::HeaderValue::from_static("application/x-amz-json-1.0"),
    );
    response
}
