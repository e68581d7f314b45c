//! Having the copies dropped that others keep of our answers.
//!
//! An answer carries a tag for every entity that shows in it. When an artist changes, its tag names its own answer and
//! those of all albums that embed it, whoever keeps copies of them.

mod cloudflare;
mod edge;

use async_trait::async_trait;
use url::Url;

use crate::config;
use crate::providers::client::{Courtesy, ProviderError};
use cloudflare::Cloudflare;
use edge::EdgeRoute;

/// Somebody who keeps copies of our answers.
#[async_trait]
pub trait Purger: Send + Sync {
    /// Its name, for logs.
    fn name(&self) -> &'static str;

    /// Has it drop, or revalidate, its copies of all answers with any of these tags. Whether it worked for all.
    async fn purge(&self, tags: &[String]) -> Result<(), PurgeError>;
}

/// Copies weren't purged. No message holds a key.
#[derive(Debug, thiserror::Error)]
pub enum PurgeError {
    /// It wasn't reached, or is in trouble.
    #[error(transparent)]
    Trouble(#[from] ProviderError),
    /// It doesn't do what it is asked.
    #[error("{name} refuses: {why}")]
    Refused {
        /// Who.
        name: &'static str,
        /// In its own words.
        why: String,
    },
}

/// Whoever the settings name.
pub fn open(settings: &config::Purge, courtesy: &Courtesy) -> Vec<Box<dyn Purger>> {
    let mut purgers: Vec<Box<dyn Purger>> = Vec::new();
    if let Some((url, key)) = settings.edge() {
        purgers.push(Box::new(EdgeRoute::new(url, key.clone(), courtesy)));
    }
    if let Some((url, zone, token)) = settings.cloudflare() {
        let public = settings.public_urls.clone();
        purgers.push(Box::new(Cloudflare::new(
            url,
            zone,
            token.clone(),
            public,
            courtesy,
        )));
    }
    purgers
}

/// A URL with more segments.
fn below(url: &Url, segments: &[&str]) -> Url {
    let mut url = url.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url
}
