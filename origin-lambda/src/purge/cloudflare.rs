use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use linernotes_shared::cache::OVERFLOW_TAG;
use linernotes_shared::request::API_PREFIX;

use super::{PurgeError, Purger, below, first};
use crate::cache::now;
use crate::config::Secret;
use crate::limiter::Rate;
use crate::providers::client::{Call, Client, Courtesy, Hosts, ProviderError, Reply, Terms};
use crate::telemetry::with_causes;

/// Tags in one call: Cloudflare's API takes a hundred, and one is that of answers whose own tags were too many.
const TAGS: usize = 99;
/// URLs in one call.
const URLS: usize = 30;
/// Paths that an answer has: with the API's prefix and without.
const PATHS: usize = 2;
/// Seconds until one who has refused tags is asked by them again: the plan may be another one then.
const BY_URL: u64 = 60 * 60;
/// Calls a minute: the smallest plan's.
const RATE: Rate = Rate {
    calls: 5,
    window: Duration::from_secs(60),
};

/// A zone's cache, through Cloudflare's API.
pub(super) struct Cloudflare {
    client: Client,
    url: Url,
    token: Secret,
    /// Under which answers are served.
    public: Vec<String>,
    /// Until when it isn't asked by tag, unix seconds, because it has refused that: not every plan has it.
    by_url_until: AtomicU64,
}

/// What the API answers.
#[derive(Debug, Deserialize)]
struct Outcome {
    success: bool,
    #[serde(default)]
    errors: Vec<Problem>,
}

#[derive(Debug, Deserialize)]
struct Problem {
    code: i64,
    #[serde(default)]
    message: String,
}

impl Cloudflare {
    pub fn new(
        url: Url,
        zone: &str,
        token: Secret,
        public: Vec<String>,
        courtesy: &Courtesy,
    ) -> Self {
        let terms = Terms {
            provider: "Cloudflare",
            hosts: Hosts::new(vec![url.clone()], &[]),
            timeout: Duration::from_secs(20),
            rate: Some(RATE),
            at_once: 1,
            most_bytes: 256 * 1024,
        };
        Self {
            client: Client::new(terms, courtesy),
            url: below(&url, &["zones", zone, "purge_cache"]),
            token,
            public,
            by_url_until: AtomicU64::new(0),
        }
    }

    async fn ask(&self, what: &Value) -> Result<Result<(), PurgeError>, PurgeError> {
        let call = Call::post_json(self.url.clone(), what).bearer(&self.token);
        match self.client.send(call).await {
            Ok(reply) => Ok(self.read(&reply)),
            Err(ProviderError::OverLimit { .. }) => Err(PurgeError::OverLimit {
                name: self.name(),
                until: RATE.next_window(now()),
            }),
            Err(error) => Err(error.into()),
        }
    }

    fn read(&self, reply: &Reply) -> Result<(), PurgeError> {
        let refused = |why: String| PurgeError::Refused {
            name: self.name(),
            why,
        };
        match reply.json_of_any_status::<Outcome>() {
            Some(Outcome { success: true, .. }) if reply.status() == StatusCode::OK => Ok(()),
            Some(outcome) => Err(refused(
                outcome
                    .errors
                    .iter()
                    .map(|problem| format!("{} ({})", problem.message, problem.code))
                    .collect::<Vec<_>>()
                    .join("; "),
            )),
            None => Err(refused("with other JSON than documented".to_owned())),
        }
    }

    fn is_asked_by_url(&self) -> bool {
        now() < self.by_url_until.load(Ordering::Relaxed)
    }

    /// Purges the addresses of as many tags as fit one call.
    async fn purge_urls(&self, tags: &[String]) -> Result<usize, PurgeError> {
        let tags = first(tags, self.at_once());
        let urls = self.urls(tags);
        for urls in urls.chunks(URLS) {
            self.ask(&json!({ "files": urls })).await??;
        }
        Ok(tags.len())
    }

    /// The addresses of the answers that are about the tags' entities. Those in which they are embedded can't be told.
    fn urls(&self, tags: &[String]) -> Vec<String> {
        let paths = tags.iter().filter_map(|tag| {
            let (entity, mbid) = tag.split_once('-')?;
            matches!(entity, "artist" | "album").then(|| format!("/{entity}/{mbid}"))
        });
        paths
            .flat_map(|path| {
                self.public.iter().flat_map(move |public| {
                    let public = public.trim_end_matches('/').trim_end_matches(API_PREFIX);
                    [
                        format!("{public}{path}"),
                        format!("{public}{API_PREFIX}{path}"),
                    ]
                })
            })
            .collect()
    }
}

#[async_trait]
impl Purger for Cloudflare {
    fn name(&self) -> &'static str {
        "Cloudflare"
    }

    fn at_once(&self) -> usize {
        if self.is_asked_by_url() {
            (URLS / (PATHS * self.public.len().max(1))).max(1)
        } else {
            TAGS
        }
    }

    async fn purge(&self, tags: &[String]) -> Result<usize, PurgeError> {
        if self.is_asked_by_url() {
            return self.purge_urls(tags).await;
        }
        let by_tag = first(tags, TAGS);
        let with_cut: Vec<&str> = by_tag
            .iter()
            .map(String::as_str)
            .chain([OVERFLOW_TAG])
            .collect();
        let Err(refusal) = self.ask(&json!({ "tags": with_cut })).await? else {
            return Ok(by_tag.len());
        };
        if self.public.is_empty() {
            return Err(refusal);
        }
        tracing::info!(
            why = with_causes(&refusal),
            "Cloudflare doesn't purge by tag, and is asked by URL"
        );
        self.by_url_until.store(now() + BY_URL, Ordering::Relaxed);
        self.purge_urls(tags).await
    }
}
