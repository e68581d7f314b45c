use std::time::Duration;

use async_trait::async_trait;
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use linernotes_shared::request::API_PREFIX;

use super::{PurgeError, Purger, below};
use crate::config::Secret;
use crate::limiter::Rate;
use crate::providers::client::{Call, Client, Courtesy, Hosts, Reply, Terms};

/// Tags in one call, as Cloudflare's API takes them.
const TAGS: usize = 100;
/// URLs in one call.
const URLS: usize = 30;
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
        }
    }

    async fn ask(&self, what: &Value) -> Result<Result<(), PurgeError>, PurgeError> {
        let call = Call::post_json(self.url.clone(), what).bearer(&self.token);
        let reply = self.client.send(call).await?;
        Ok(self.read(&reply))
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

    async fn purge(&self, tags: &[String]) -> Result<(), PurgeError> {
        for tags in tags.chunks(TAGS) {
            let Err(refusal) = self.ask(&json!({ "tags": tags })).await? else {
                continue;
            };
            // Not every plan purges by tag.
            let urls = self.urls(tags);
            if urls.is_empty() {
                return Err(refusal);
            }
            for urls in urls.chunks(URLS) {
                self.ask(&json!({ "files": urls })).await??;
            }
        }
        Ok(())
    }
}
