//! Asking a provider over HTTP, with courtesy and without trust.
//!
//! A [`Client`] stands for one provider. It asks no more often and by no more at once than the provider allows, leaves it
//! alone when it fails or asks for that ([`breaker`](self)), reads no more than it must, goes nowhere but to its own
//! hosts, and says in every call who asks.

mod breaker;
mod call;
mod error;
mod health;
mod hosts;
mod reply;

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use reqwest::StatusCode;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;

pub use call::Call;
pub use error::ProviderError;
pub use health::{Asking, Health, Trouble};
pub use hosts::Hosts;
pub use reply::Reply;

use crate::cache::now;
use crate::limiter::{Limiter, Rate};
use crate::telemetry::figures;
use breaker::{Closed, Passage};
use health::{Ward, Watched};

/// Most redirects in a row.
const REDIRECTS: usize = 3;
/// How long a provider that answers 429 is left alone if it doesn't say for how long.
const UNTOLD_PAUSE: Duration = Duration::from_secs(60);

/// What crawlers leave to answers of what a provider allows, as a divisor.
const LEFT_TO_ANSWERS: u32 = 3;

/// How a provider is asked.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Its name, in settings, logs and counts.
    pub provider: &'static str,
    /// Where it is.
    pub hosts: Hosts,
    /// What one call may take. To wait for its turn, it has as long again.
    pub timeout: Duration,
    /// How often it may be asked; `None` for as often as need be.
    pub rate: Option<Rate>,
    /// How many calls may be under way at once; at least 1.
    pub at_once: usize,
    /// Most bytes of an answer, decompressed.
    pub most_bytes: usize,
}

/// What all providers' clients share.
#[derive(Clone)]
pub struct Courtesy {
    user_agent: HeaderValue,
    limiter: Arc<dyn Limiter>,
    tls: rustls::ClientConfig,
    ward: Ward,
}

impl Courtesy {
    /// Calls name the service's version and whom to turn to about it, a URL or an e-mail address, and are counted by
    /// `limiter`.
    pub fn new(contact: Option<&str>, limiter: Arc<dyn Limiter>) -> Self {
        const NAME: &str = concat!("Linernotes/", env!("CARGO_PKG_VERSION"));
        let user_agent = match contact {
            Some(contact) => format!("{NAME} (music metadata for Lidarr; {contact})"),
            None => format!("{NAME} (music metadata for Lidarr; self-hosted)"),
        };
        Self {
            // The settings take no contact that a header can't hold.
            user_agent: HeaderValue::from_str(&user_agent)
                .unwrap_or(HeaderValue::from_static(NAME)),
            limiter,
            tls: tls(),
            ward: Ward::default(),
        }
    }

    /// How those are whose clients share this, by name.
    pub fn health(&self) -> Vec<Health> {
        self.ward.health()
    }
}

/// TLS that trusts the public authorities, compiled in: to read the system's takes longer than a cold start may.
pub(crate) fn tls() -> rustls::ClientConfig {
    let mut roots = rustls::RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let mut tls = rustls::ClientConfig::builder_with_provider(Arc::new(
        rustls::crypto::ring::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .expect("ring has what TLS 1.2 and 1.3 need")
    .with_root_certificates(roots)
    .with_no_client_auth();
    // A configuration that is handed over isn't completed.
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    tls
}

/// Asks one provider.
pub struct Client {
    terms: Terms,
    http: reqwest::Client,
    limiter: Arc<dyn Limiter>,
    watched: Arc<Watched>,
    turns: Semaphore,
}

impl Client {
    /// A client for a provider. Nothing is sent yet.
    pub fn new(terms: Terms, courtesy: &Courtesy) -> Self {
        const MOST_FOR_CONNECTING: Duration = Duration::from_secs(3);
        let hosts = terms.hosts.clone();
        let redirect = reqwest::redirect::Policy::custom(move |attempt| {
            if attempt.previous().len() > REDIRECTS || !hosts.include(attempt.url()) {
                attempt.stop()
            } else {
                attempt.follow()
            }
        });
        let mut http = reqwest::Client::builder()
            .tls_backend_preconfigured(courtesy.tls.clone())
            .user_agent(courtesy.user_agent.clone())
            .redirect(redirect)
            // It would tell one server the path asked of another, in which a key may stand.
            .referer(false)
            .connect_timeout(terms.timeout.min(MOST_FOR_CONNECTING))
            .pool_max_idle_per_host(terms.at_once);
        if terms.hosts.are_here() {
            http = http.no_proxy();
        }
        Self {
            http: http
                .build()
                .expect("TLS is configured, and the system's resolver needs nothing"),
            limiter: Arc::clone(&courtesy.limiter),
            watched: courtesy.ward.admit(terms.provider),
            turns: Semaphore::new(terms.at_once.max(1)),
            terms,
        }
    }

    /// The provider's name.
    pub const fn provider(&self) -> &'static str {
        self.terms.provider
    }

    /// Asks for JSON; `None` if the provider says that there is nothing, by 404 or 410.
    pub async fn json<T: DeserializeOwned>(&self, call: Call) -> Result<Option<T>, ProviderError> {
        self.send(call).await?.json()
    }

    /// Asks once. A provider in trouble, or that turns us away, is an error; any other status is a reply.
    pub async fn send(&self, call: Call) -> Result<Reply, ProviderError> {
        let provider = self.terms.provider;
        if !self.terms.hosts.include(&call.url) {
            return Err(ProviderError::Foreign { provider });
        }
        self.watched
            .breaker
            .check(Instant::now())
            .map_err(|closed| self.left_alone(closed))?;
        let turn = tokio::time::timeout(self.terms.timeout, self.turns.acquire()).await;
        let _turn = turn
            .map_err(|_| ProviderError::Busy { provider })?
            .expect("never closed");
        // It may have closed while others had their turn.
        let passage = self
            .watched
            .breaker
            .enter(Instant::now())
            .map_err(|closed| self.left_alone(closed))?;
        let asked = now();
        if let Some(rate) = self.terms.rate
            && !self.limiter.permits(provider, rate, asked).await
        {
            let wait = rate.left_of_window(asked);
            return Err(ProviderError::OverLimit { provider, wait });
        }
        let started = Instant::now();
        let outcome = tokio::time::timeout(self.terms.timeout, self.exchange(call))
            .await
            .unwrap_or(Err(ProviderError::Slow { provider }));
        let word = outcome.as_ref().err().map_or("ok", ProviderError::word);
        figures().called(provider, word, started.elapsed());
        self.judge(passage, &outcome);
        outcome
    }

    /// Before a crawler asks: it leaves a part of what the provider allows to answers, which can't wait.
    pub async fn leave_some(&self) -> Result<(), ProviderError> {
        let provider = self.terms.provider;
        let Some(rate) = self.terms.rate else {
            return Ok(());
        };
        let most = Rate {
            calls: (rate.calls / LEFT_TO_ANSWERS * (LEFT_TO_ANSWERS - 1)).max(1),
            ..rate
        };
        let asked = now();
        let counted = format!("{provider}/crawler");
        if self.limiter.permits(&counted, most, asked).await {
            return Ok(());
        }
        let wait = most.left_of_window(asked);
        Err(ProviderError::OverLimit { provider, wait })
    }

    /// Leaves the provider alone for a while, because it said so in an answer of its own kind.
    pub fn pause(&self, wait: Option<Duration>) -> ProviderError {
        let wait = wait.unwrap_or(UNTOLD_PAUSE);
        self.watched.breaker.pause(Instant::now(), wait);
        ProviderError::Paused {
            provider: self.terms.provider,
            wait,
        }
    }

    const fn left_alone(&self, closed: Closed) -> ProviderError {
        let provider = self.terms.provider;
        match closed {
            Closed::Paused(wait) => ProviderError::Paused { provider, wait },
            Closed::Open(wait) => ProviderError::BreakerOpen { provider, wait },
        }
    }

    /// Tells the breaker how it went.
    fn judge(&self, passage: Passage<'_>, outcome: &Result<Reply, ProviderError>) {
        self.watched.note(outcome.as_ref().err());
        match outcome {
            Ok(_) => passage.succeeded(),
            // It works, and is being waited for.
            Err(ProviderError::Paused { .. }) => passage.succeeded(),
            Err(_) => passage.failed(Instant::now()),
        }
    }

    async fn exchange(&self, call: Call) -> Result<Reply, ProviderError> {
        let provider = self.terms.provider;
        let may_be_html = call.may_be_html;
        let mut response = self
            .request(call)
            .send()
            .await
            .map_err(|error| self.broken(error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        self.see_status(status, &headers)?;
        if status.is_success() && !may_be_html && reply::is_html(&headers) {
            return Err(ProviderError::Html { provider });
        }
        Ok(Reply {
            provider,
            status,
            charset: reply::charset(&headers),
            retry_after: reply::retry_after(&headers, SystemTime::now()),
            body: self.read(&mut response).await?,
        })
    }

    fn request(&self, call: Call) -> reqwest::RequestBuilder {
        let accept = if call.may_be_html {
            "text/html"
        } else {
            "application/json"
        };
        let mut request = self
            .http
            .request(call.method, call.url)
            .header(ACCEPT, HeaderValue::from_static(accept));
        for (name, value) in call.headers {
            request = request.header(name, value);
        }
        match call.body {
            Some((kind, body)) => request
                .header(CONTENT_TYPE, HeaderValue::from_static(kind))
                .body(body),
            None => request,
        }
    }

    /// Statuses that say more than what was asked for.
    fn see_status(&self, status: StatusCode, headers: &HeaderMap) -> Result<(), ProviderError> {
        let provider = self.terms.provider;
        let retry_after = reply::retry_after(headers, SystemTime::now());
        match status {
            StatusCode::TOO_MANY_REQUESTS => Err(self.pause(retry_after)),
            StatusCode::SERVICE_UNAVAILABLE if retry_after.is_some() => {
                Err(self.pause(retry_after))
            }
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Err(ProviderError::Refused { provider, status })
            }
            // A redirection that isn't followed leads elsewhere.
            status if status.is_server_error() || status.is_redirection() => {
                Err(ProviderError::Status { provider, status })
            }
            _ => Ok(()),
        }
    }

    /// The body, up to as many bytes as are sensible.
    async fn read(&self, response: &mut reqwest::Response) -> Result<Vec<u8>, ProviderError> {
        let (provider, most) = (self.terms.provider, self.terms.most_bytes);
        let too_long = ProviderError::TooLong { provider, most };
        // Of a compressed body, this is the length of that.
        if response
            .content_length()
            .is_some_and(|length| length > most as u64)
        {
            return Err(too_long);
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.broken(error))? {
            if body.len() + chunk.len() > most {
                return Err(too_long);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn broken(&self, error: reqwest::Error) -> ProviderError {
        let provider = self.terms.provider;
        if error.is_timeout() {
            ProviderError::Slow { provider }
        } else {
            ProviderError::Unreachable {
                provider,
                source: error.without_url(),
            }
        }
    }
}
