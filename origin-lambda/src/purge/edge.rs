use std::time::Duration;

use async_trait::async_trait;
use url::Url;

use super::{PurgeError, Purger, below};
use crate::config::Secret;
use crate::providers::client::{Call, Client, Courtesy, Hosts, Terms};

/// Tags in one call: as many as the edge's route takes.
const TAGS: usize = 100;

/// The edge worker's own `POST /purge`.
pub(super) struct EdgeRoute {
    client: Client,
    url: Url,
    key: Secret,
}

impl EdgeRoute {
    pub fn new(url: Url, key: Secret, courtesy: &Courtesy) -> Self {
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
        }
    }
}

#[async_trait]
impl Purger for EdgeRoute {
    fn name(&self) -> &'static str {
        "the edge"
    }

    async fn purge(&self, tags: &[String]) -> Result<(), PurgeError> {
        for tags in tags.chunks(TAGS) {
            let call = Call::post_json(self.url.clone(), &serde_json::json!({ "tags": tags }));
            let reply = self.client.send(call.bearer(&self.key)).await?;
            if !reply.status().is_success() {
                return Err(PurgeError::Refused {
                    name: self.name(),
                    why: format!("status {}", reply.status()),
                });
            }
        }
        Ok(())
    }
}
