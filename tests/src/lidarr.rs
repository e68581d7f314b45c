use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::serving::{runtime_of_its_own, serving};

/// The key that the stub takes.
pub const API_KEY: &str = "0123456789abcdef0123456789abcdef";

/// A stub of Lidarr's API, as far as its metadata source is concerned. It ends with the value.
pub struct LidarrStub {
    /// Its address.
    pub url: String,
    shared: Arc<Mutex<Lidarr>>,
    _runtime: Runtime,
}

struct Lidarr {
    app_name: &'static str,
    /// What stands before all its paths.
    url_base: &'static str,
    settings: Value,
    /// MBIDs of the artists that it has.
    library: Vec<String>,
    server: MetadataServer,
    /// MBIDs that it has asked its metadata server for.
    asked_for: Vec<String>,
    requests: Vec<String>,
}

/// What is at the address of its metadata source.
#[derive(Clone, Copy, PartialEq, Eq)]
enum MetadataServer {
    /// One that knows nothing that is asked for.
    Answers,
    /// Something that answers 404 to everything.
    KnowsNoRoute,
    /// None that can be reached.
    Lost,
}

impl LidarrStub {
    /// Starts one whose settings aren't the defaults.
    ///
    /// # Panics
    /// If it doesn't start.
    pub fn start() -> Self {
        let runtime = runtime_of_its_own();
        let shared = Arc::new(Mutex::new(Lidarr {
            app_name: "Lidarr",
            url_base: "",
            settings: json!({
                "metadataSource": "",
                "writeAudioTags": "allFiles",
                "scrubAudioTags": true,
                "embedCoverArt": false,
                "id": 1
            }),
            library: Vec::new(),
            server: MetadataServer::Answers,
            asked_for: Vec::new(),
            requests: Vec::new(),
        }));
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&shared));
        Self {
            url: runtime.block_on(serving(router)),
            shared,
            _runtime: runtime,
        }
    }

    /// Makes it one of its relatives.
    pub fn be(&self, app_name: &'static str) {
        self.lidarr().app_name = app_name;
    }

    /// Serves it below a path, as behind a proxy.
    pub fn move_to(&self, url_base: &'static str) {
        self.lidarr().url_base = url_base;
    }

    /// Puts an artist into its library.
    pub fn own(&self, mbid: &str) {
        self.lidarr().library.push(mbid.to_owned());
    }

    /// Has look-ups fail as they do when the metadata server can't be reached.
    pub fn lose_server(&self) {
        self.lidarr().server = MetadataServer::Lost;
    }

    /// Has the metadata server answer 404 to everything, as behind a wrong path.
    pub fn misplace_server(&self) {
        self.lidarr().server = MetadataServer::KnowsNoRoute;
    }

    /// The artists that it has asked its metadata server for, which knows none of them.
    pub fn asked_for(&self) -> Vec<String> {
        self.lidarr().asked_for.clone()
    }

    /// Its settings of metadata.
    pub fn settings(&self) -> Value {
        self.lidarr().settings.clone()
    }

    /// What it was asked, e.g. `GET /api/v1/system/status`.
    pub fn requests(&self) -> Vec<String> {
        self.lidarr().requests.clone()
    }

    fn lidarr(&self) -> MutexGuard<'_, Lidarr> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn answer(State(shared): State<Arc<Mutex<Lidarr>>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 64 * 1024)
        .await
        .unwrap_or_default();
    let mut lidarr = shared.lock().unwrap_or_else(PoisonError::into_inner);
    lidarr
        .requests
        .push(format!("{} {}", head.method, head.uri));
    let Some(path) = head.uri.path().strip_prefix(lidarr.url_base) else {
        return Redirect::temporary(&format!("{}{}", lidarr.url_base, head.uri)).into_response();
    };
    if head
        .headers
        .get("X-Api-Key")
        .is_none_or(|key| key != API_KEY)
    {
        return (
            StatusCode::UNAUTHORIZED,
            json!({"error": "Unauthorized"}).to_string(),
        )
            .into_response();
    }
    let (status, answer) = match (head.method.as_str(), path) {
        ("GET", "/api/v1/system/status") => (
            StatusCode::OK,
            json!({"appName": lidarr.app_name, "version": "2.13.3.4711", "branch": "master"}),
        ),
        ("GET", "/api/v1/config/metadataprovider") => (StatusCode::OK, lidarr.settings.clone()),
        ("PUT", "/api/v1/config/metadataprovider/1") => save(&mut lidarr.settings, &body),
        ("GET", "/api/v1/artist/lookup") => {
            look_up(&mut lidarr, head.uri.query().unwrap_or_default())
        }
        _ => (StatusCode::NOT_FOUND, json!({"message": "NotFound"})),
    };
    (
        status,
        [("content-type", "application/json")],
        answer.to_string(),
    )
        .into_response()
}

/// As Lidarr does: what is in its library it asks nobody for, and a 404 is an error unless an artist was asked for.
fn look_up(lidarr: &mut Lidarr, query: &str) -> (StatusCode, Value) {
    let term = query.strip_prefix("term=").unwrap_or_default();
    let is_answered = if let Some(mbid) = term.strip_prefix("lidarr:") {
        if lidarr.library.iter().any(|own| own == mbid) {
            return (StatusCode::OK, json!([{"foreignArtistId": mbid}]));
        }
        lidarr.asked_for.push(mbid.to_owned());
        lidarr.server != MetadataServer::Lost
    } else {
        lidarr.server == MetadataServer::Answers
    };
    if is_answered {
        return (StatusCode::OK, json!([]));
    }
    let message = format!("Search for '{term}' failed. Unable to communicate with LidarrAPI.");
    (
        StatusCode::SERVICE_UNAVAILABLE,
        json!({"message": message, "description": "…"}),
    )
}

/// As Lidarr does: what is missing falls back to its default, except that `null` leaves the source as it is.
fn save(settings: &mut Value, body: &[u8]) -> (StatusCode, Value) {
    let Ok(sent) = serde_json::from_slice::<Value>(body) else {
        return (StatusCode::BAD_REQUEST, json!({"message": "invalid JSON"}));
    };
    let given = |name: &str, default: Value| match sent.get(name) {
        None | Some(Value::Null) => default,
        Some(value) => value.clone(),
    };
    let source = given("metadataSource", settings["metadataSource"].clone());
    let is_valid = source == ""
        || source
            .as_str()
            .is_some_and(|source| source.starts_with("http") && source.contains("://"));
    if !is_valid {
        let problem = json!([{"propertyName": "MetadataSource", "errorMessage": "Invalid Url", "attemptedValue": source}]);
        return (StatusCode::BAD_REQUEST, problem);
    }
    *settings = json!({
        "metadataSource": source,
        "writeAudioTags": given("writeAudioTags", json!("no")),
        "scrubAudioTags": given("scrubAudioTags", json!(false)),
        "embedCoverArt": given("embedCoverArt", json!(false)),
        "id": 1
    });
    (StatusCode::ACCEPTED, settings.clone())
}
