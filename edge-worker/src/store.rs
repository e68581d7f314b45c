//! Copies of the origin's answers in the data centre's cache.

use worker::{Cache, Headers, Response};

use linernotes_shared::cache::CacheKey;

use crate::config::Config;
use crate::kept::{Coding, Kept, Whole};
use crate::log;
use crate::reply::Fields;

/// A copy as found, its body not yet read.
#[derive(Debug)]
pub struct Found {
    /// All but the body.
    pub kept: Kept,
    response: Response,
}

/// The URL under which the one copy of an answer is kept. Nothing of the client's request is part of it, and no header
/// goes with it: the cache would answer conditional or partial requests by itself.
pub fn url(config: &Config, key: &CacheKey) -> String {
    format!("https://{}/{key}", config.cache_host)
}

/// Looks for a copy. A copy that can't be had or read is none.
pub async fn get(url: &str) -> Option<Found> {
    let response = Cache::default()
        .get(url, false)
        .await
        .inspect_err(|_| log::cache_trouble("get"))
        .ok()??;
    let fields = Fields::from_iter(response.headers().entries());
    let kept = Kept::from_fields(response.status_code(), &fields)?;
    Some(Found { kept, response })
}

/// Keeps a copy from `now` on, in place of an older one, unless it is past use.
pub async fn put(url: String, whole: Whole, now: u64) {
    let Some(fields) = whole.kept.to_fields(now) else {
        return;
    };
    let headers = Headers::from_iter(fields.iter().map(|(name, value)| (*name, value.as_str())));
    let response = Response::builder()
        .with_status(whole.kept.status)
        .with_headers(headers)
        .fixed(whole.body);
    if Cache::default().put(url, response).await.is_err() {
        log::cache_trouble("put");
    }
}

impl Found {
    /// The copy with its body, if that can be read to its end and is what it should be.
    pub async fn read(mut self) -> Option<Whole> {
        let body = self.response.bytes().await.ok()?;
        (Coding::of(&body) == Some(self.kept.coding)).then_some(Whole {
            kept: self.kept,
            body,
        })
    }

    /// The copy with its body to be passed on as it comes.
    pub fn into_parts(self) -> (Kept, worker::ResponseBody) {
        let (_, body) = self.response.into_parts();
        (self.kept, body)
    }
}
