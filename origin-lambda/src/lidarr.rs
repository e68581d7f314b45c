//! Pointing Lidarr at a metadata server, by Lidarr's own API. Its pages have no field for that.

use std::time::Duration;

use reqwest::{Method, RequestBuilder, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;
use uuid::Uuid;

use crate::config::Secret;
use crate::network::is_near;
use crate::providers::client::tls;

/// The setting's name in Lidarr's API.
const SOURCE: &str = "metadataSource";
/// What Lidarr has for an answer, a metadata server's included.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A text that may be searched for anywhere.
const TEXT: &str = "beatles";

/// A Lidarr.
pub struct Lidarr {
    url: Url,
    key: Secret,
    http: reqwest::Client,
}

/// Lidarr's settings of metadata, whole: what isn't sent back with the rest falls back to its default.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Settings(Map<String, Value>);

/// What Lidarr got no answer to from its metadata server, and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// An artist.
    Artist(String),
    /// A text.
    Search(String),
}

/// Why Lidarr doesn't do what it is asked. No message holds the key.
#[derive(Debug, thiserror::Error)]
pub enum LidarrError {
    /// The address can't be one.
    #[error(
        "{name}: must be an http:// or https:// URL without user, password, query and fragment"
    )]
    Url {
        /// What it was given as.
        name: &'static str,
    },
    /// The key can't be one.
    #[error("--api-key: {0}")]
    Key(serde_json::Error),
    /// There is no connection, or one that broke off.
    #[error("Lidarr can't be reached at {url}")]
    Unreachable {
        /// Its address.
        url: Url,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
    /// It doesn't know the key.
    #[error("Lidarr doesn't take the API key; the right one is in Lidarr under Settings, General")]
    Refused,
    /// It is served under another address.
    #[error("{url} sends on to {to}: give --url the address with Lidarr's URL base")]
    Elsewhere {
        /// The address that was asked.
        url: Url,
        /// Where it sends.
        to: String,
    },
    /// Something else answers.
    #[error("{url} isn't Lidarr, but {found}")]
    NotLidarr {
        /// Its address.
        url: Url,
        /// What it is, as far as it says.
        found: String,
    },
    /// It refuses the settings.
    #[error("Lidarr refuses the settings: {0}")]
    Invalid(String),
    /// It answers as it never should.
    #[error("Lidarr answers {path} with {what}")]
    Unexpected {
        /// What was asked.
        path: &'static str,
        /// The status, or what is wrong with the body.
        what: String,
    },
    /// It took the settings, and has others.
    #[error("Lidarr took the settings but now has others; look at them")]
    NotKept,
}

impl Lidarr {
    /// A Lidarr at an address, with the key of its API. Nothing is asked yet.
    pub fn new(url: &str, key: &str) -> Result<Self, LidarrError> {
        let url = server(url).ok_or(LidarrError::Url { name: "--url" })?;
        let mut client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls())
            .redirect(reqwest::redirect::Policy::none())
            .timeout(TIMEOUT);
        // A proxy would read the key, which goes over plain HTTP there.
        if is_near(&url) {
            client = client.no_proxy();
        }
        let http = client
            .build()
            .expect("TLS is configured, and the system's resolver needs nothing");
        Ok(Self {
            url,
            key: serde_json::from_value(json!(key)).map_err(LidarrError::Key)?,
            http,
        })
    }

    /// Its version, once it is sure that it is Lidarr: its relatives have an API of the same form.
    pub async fn version(&self) -> Result<String, LidarrError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Status {
            app_name: String,
            version: String,
        }
        const PATH: &str = "system/status";
        let not_lidarr = |found: String| LidarrError::NotLidarr {
            url: self.url.clone(),
            found,
        };
        let answer = self.send(self.ask(Method::GET, PATH)).await?;
        if answer.status != StatusCode::OK {
            return Err(not_lidarr(format!(
                "something that answers {}",
                answer.status
            )));
        }
        let status: Status = serde_json::from_slice(&answer.body)
            .map_err(|_| not_lidarr("something that answers otherwise".to_owned()))?;
        if status.app_name == "Lidarr" {
            Ok(status.version)
        } else {
            Err(not_lidarr(status.app_name))
        }
    }

    /// Its settings of metadata.
    pub async fn settings(&self) -> Result<Settings, LidarrError> {
        const PATH: &str = "config/metadataprovider";
        let answer = self.send(self.ask(Method::GET, PATH)).await?;
        answer.expect(StatusCode::OK, PATH)?;
        let unexpected = |what: &str| LidarrError::Unexpected {
            path: PATH,
            what: what.to_owned(),
        };
        let settings: Settings = serde_json::from_slice(&answer.body)
            .map_err(|_| unexpected("something else than settings"))?;
        match settings.0.get("id") {
            Some(Value::Number(_)) => Ok(settings),
            _ => Err(unexpected("settings without an id")),
        }
    }

    /// Changes the metadata source and nothing else: all the rest is sent back as it came. Returns the settings as Lidarr
    /// has them then.
    pub async fn change(
        &self,
        settings: &Settings,
        source: &Source,
    ) -> Result<Settings, LidarrError> {
        const PATH: &str = "config/metadataprovider/1";
        let mut wanted = settings.clone();
        wanted.0.insert(SOURCE.to_owned(), json!(source.0));
        let id = &wanted.0["id"];
        let request = self
            .ask(Method::PUT, &format!("config/metadataprovider/{id}"))
            .header(reqwest::header::CONTENT_TYPE, "application/json")
            .body(Value::Object(wanted.0.clone()).to_string());
        let answer = self.send(request).await?;
        if answer.status == StatusCode::BAD_REQUEST {
            return Err(LidarrError::Invalid(answer.complaints()));
        }
        answer.expect(StatusCode::ACCEPTED, PATH)?;
        let kept = self.settings().await?;
        if kept == wanted {
            Ok(kept)
        } else {
            Err(LidarrError::NotKept)
        }
    }

    /// Has it ask its metadata server for an artist and for a text, as if somebody had typed them into its search. `None` if
    /// it got answers to both.
    ///
    /// Lidarr asks nobody for an artist that it has, so this one is nobody's: that the server doesn't know it is an answer
    /// too. So is the 404 of a server that answers nothing else; but for a text, Lidarr counts it as an error.
    pub async fn trouble(&self) -> Result<Option<Trouble>, LidarrError> {
        let artist = format!("lidarr:{}", Uuid::new_v4());
        if let Some(told) = self.look_up(&artist).await? {
            return Ok(Some(Trouble::Artist(told)));
        }
        Ok(self.look_up(TEXT).await?.map(Trouble::Search))
    }

    async fn look_up(&self, term: &str) -> Result<Option<String>, LidarrError> {
        let path = format!("artist/lookup?term={term}");
        let answer = self.send(self.ask(Method::GET, &path)).await?;
        Ok((answer.status != StatusCode::OK).then(|| answer.complaints()))
    }

    fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        let base = self.url.as_str().trim_end_matches('/');
        self.http
            .request(method, format!("{base}/api/v1/{path}"))
            .header("X-Api-Key", self.key.reveal())
    }

    async fn send(&self, request: RequestBuilder) -> Result<Answer, LidarrError> {
        let unreachable = |source: reqwest::Error| LidarrError::Unreachable {
            url: self.url.clone(),
            source: source.without_url(),
        };
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        if status == StatusCode::UNAUTHORIZED {
            return Err(LidarrError::Refused);
        }
        if status.is_redirection() {
            let to = response.headers().get(reqwest::header::LOCATION);
            return Err(LidarrError::Elsewhere {
                url: self.url.clone(),
                to: to
                    .and_then(|to| to.to_str().ok())
                    .unwrap_or("nowhere")
                    .to_owned(),
            });
        }
        let body = response.bytes().await.map_err(unreachable)?.to_vec();
        Ok(Answer { status, body })
    }
}

struct Answer {
    status: StatusCode,
    body: Vec<u8>,
}

impl Answer {
    fn expect(&self, status: StatusCode, path: &'static str) -> Result<(), LidarrError> {
        if self.status == status {
            return Ok(());
        }
        Err(LidarrError::Unexpected {
            path,
            what: self.complaints(),
        })
    }

    /// The messages in its body, in either of Lidarr's forms, or else its status.
    fn complaints(&self) -> String {
        let message = |value: &Value| {
            let text = value.get("errorMessage").or_else(|| value.get("message"))?;
            text.as_str().map(str::to_owned)
        };
        let told = match serde_json::from_slice(&self.body) {
            Ok(Value::Array(list)) => list
                .iter()
                .filter_map(message)
                .collect::<Vec<_>>()
                .join("; "),
            Ok(value) => message(&value).unwrap_or_default(),
            Err(_) => String::new(),
        };
        if told.is_empty() {
            format!("status {}", self.status)
        } else {
            told
        }
    }
}

impl Settings {
    /// Which metadata server it asks, for a person.
    pub fn source(&self) -> &str {
        match self.0.get(SOURCE).and_then(Value::as_str) {
            None | Some("") => "the official server",
            Some(source) => source,
        }
    }
}

/// A metadata server, as Lidarr is told; empty for the official one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source(String);

impl Source {
    /// The official server.
    pub const OFFICIAL: Self = Self(String::new());

    /// A server at an address: what stands before `/artist/…`.
    pub fn at(url: &str) -> Result<Self, LidarrError> {
        server(url).ok_or(LidarrError::Url { name: "--set" })?;
        Ok(Self(url.trim_end_matches('/').to_owned()))
    }
}

fn server(url: &str) -> Option<Url> {
    Url::parse(url).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    })
}
