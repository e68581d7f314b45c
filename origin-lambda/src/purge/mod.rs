//! Having the copies dropped that others keep of our answers.
//!
//! An answer carries a tag for every entity that shows in it. When an artist changes, its tag names its own answer and
//! those of all albums that embed it, whoever keeps copies of them.

mod cloudflare;
mod edge;

use std::time::Duration;

use async_trait::async_trait;
use url::Url;

use crate::config;
use crate::providers::client::{Courtesy, ProviderError};
use cloudflare::Cloudflare;
use edge::EdgeRoute;

/// Who fails, and isn't asked for so long, may soon be well.
const BLIP: Duration = Duration::from_secs(30);

/// Somebody who keeps copies of our answers.
#[async_trait]
pub trait Purger: Send + Sync {
    /// Its name, for logs.
    fn name(&self) -> &'static str;

    /// Most tags that it takes in one call; it may turn out to take fewer.
    fn at_once(&self) -> usize;

    /// Has it drop, or revalidate, its copies of all answers with any of the first of these tags. Of how many tags: as
    /// many as it takes in one call.
    async fn purge(&self, tags: &[String]) -> Result<usize, PurgeError>;
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
    /// It has been asked as often as it allows.
    #[error("{name} has been asked as often as it allows")]
    OverLimit {
        /// Who.
        name: &'static str,
        /// When it may be asked again, unix seconds.
        until: u64,
    },
}

impl PurgeError {
    /// Whether it was left alone, rather than asked in vain.
    pub const fn is_restraint(&self) -> bool {
        match self {
            Self::Trouble(error) => error.is_restraint(),
            Self::OverLimit { .. } => true,
            Self::Refused { .. } => false,
        }
    }

    /// When it may be asked again, if that is known, and worth waiting for; unix seconds.
    pub fn until(&self, now: u64) -> Option<u64> {
        match self {
            Self::OverLimit { until, .. } => Some(*until),
            // A part of a second counts as one.
            Self::Trouble(ProviderError::Paused { wait, .. }) => Some(now + wait.as_secs() + 1),
            // What fails for longer will do so then, too.
            Self::Trouble(ProviderError::BreakerOpen { wait, .. }) if *wait <= BLIP => {
                Some(now + wait.as_secs() + 1)
            }
            Self::Trouble(_) | Self::Refused { .. } => None,
        }
    }
}

/// The first ones, `most` of them if there are so many.
fn first(tags: &[String], most: usize) -> &[String] {
    &tags[..tags.len().min(most)]
}

/// Whoever the settings name.
pub fn open(settings: &config::Purge, courtesy: &Courtesy) -> Vec<Box<dyn Purger>> {
    let mut purgers: Vec<Box<dyn Purger>> = Vec::new();
    if let Some((url, key)) = settings.edge() {
        purgers.push(Box::new(EdgeRoute::new(
            url,
            key.clone(),
            settings.edge_tags,
            courtesy,
        )));
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
