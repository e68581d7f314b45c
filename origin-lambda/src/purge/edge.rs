use std::time::Duration;

use async_trait::async_trait;
use url::Url;

use super::{PurgeError, Purger, below, first};
use crate::config::Secret;
use crate::providers::client::{Call, Client, Courtesy, Hosts, Terms};

/// The edge worker's own `POST /purge`.
pub(super) struct EdgeRoute {
    client: Client,
    url: Url,
    key: Secret,
    at_once: usize,
}

impl EdgeRoute {
    /// One that takes `at_once` tags in a call.
    pub fn new(url: Url, key: Secret, at_once: usize, courtesy: &Courtesy) -> Self {
        let terms = Terms {
            provider: "the edge",
            hosts: Hosts::new(vec![url.clone()], &[]),
            timeout: Duration::from_secs(10),
            rate: None,
            at_once: 2,
            most_bytes: 64 * 1024,
        };
        Self {
            client: Client::new(terms, courtesy),
            url: below(&url, &["purge"]),
            key,
            at_once,
        }
    }
}

#[async_trait]
impl Purger for EdgeRoute {
    fn name(&self) -> &'static str {
        "the edge"
    }

    fn at_once(&self) -> usize {
        self.at_once
    }

    async fn purge(&self, tags: &[String]) -> Result<usize, PurgeError> {
        let tags = first(tags, self.at_once);
        let call = Call::post_json(self.url.clone(), &serde_json::json!({ "tags": tags }));
        let reply = self.client.send(call.bearer(&self.key)).await?;
        if !reply.status().is_success() {
            return Err(PurgeError::Refused {
                name: self.name(),
                why: format!("status {}", reply.status()),
            });
        }
        Ok(tags.len())
    }
}
