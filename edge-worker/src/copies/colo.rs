//! Copies in the data centre's cache (the Cache API): near, quick, and gone whenever the cache needs the room.

use std::cell::OnceCell;

use worker::js_sys::{self, futures::JsFuture};
use worker::wasm_bindgen::JsCast;
use worker::worker_sys::ext::CacheStorageExt as _;
use worker::{Cache, Headers, Response};

use linernotes_shared::http::CACHE_TAG;

use super::{Bytes, Kept, Whole};
use crate::answer::Body;
use crate::config::Config;
use crate::log;

/// The header that holds all that is known of a copy: one look is cheaper than ten. `entry.mjs` reads it too.
const KEPT: &str = "linernotes-kept";
/// The longest time, in seconds, a copy is given to the cache for.
const MAX_KEEP: u64 = 365 * 24 * 3_600;

/// A copy as found, its body not yet read.
#[derive(Debug)]
pub struct Found {
    /// All but the body.
    pub kept: Kept,
    response: web_sys::Response,
}

/// The URL under which the one copy of a path's answer is kept. Nothing of the client's request is part of it but the
/// canonical path, and no header goes with it: the cache would answer conditional or partial requests by itself.
pub fn url(config: &Config, path: &str) -> String {
    format!("https://{}/kept{path}", config.cache_host)
}

/// Looks for a copy. A copy that can't be had or read is none.
pub async fn get(url: &str) -> Option<Found> {
    Found::of(look(url).await?)
}

/// Keeps a copy from `now` on, in place of an older one, unless it is past use.
///
/// To the cache a copy is opaque bytes. With `Content-Encoding` or a JSON media type it would be decoded, coded again or
/// compressed on the way in or out, differently on different runtimes; an `ETag` could be weakened, and a status other
/// than 200 kept by the cache's own rules.
pub async fn put(url: &str, kept: &Kept, body: &Bytes, now: u64) {
    let keep = kept.freshness.stale_until.saturating_sub(now).min(MAX_KEEP);
    if keep == 0 {
        return;
    }
    let keep = format!("public, max-age={keep}");
    let line = kept.to_line();
    let mut fields = vec![
        ("content-type", "application/octet-stream"),
        ("cache-control", &*keep),
        (KEPT, &*line),
    ];
    if let Some(tags) = &kept.tags {
        fields.push((CACHE_TAG, tags));
    }
    store(url, &fields, body).await;
}

/// Notes at `url` for some seconds that something is under way; `false` if that was noted already.
pub async fn claim(url: &str, seconds: u64) -> bool {
    if look(url).await.is_some() {
        return false;
    }
    let keep = format!("public, max-age={seconds}");
    store(url, &[("cache-control", &keep)], &Bytes::default()).await;
    true
}

/// Takes back a note, so that the next one can be made at once.
pub async fn release(url: &str) {
    if Cache::default().delete(url, false).await.is_err() {
        log::trouble("the cache failed to delete");
    }
}

thread_local! {
    static CACHE: OnceCell<web_sys::Cache> = const { OnceCell::new() };
}

/// The data centre's cache, which is the same for as long as the isolate lives.
fn cache() -> Option<web_sys::Cache> {
    CACHE.with(|cache| {
        if let Some(cache) = cache.get() {
            return Some(cache.clone());
        }
        let scope: web_sys::WorkerGlobalScope = js_sys::global().unchecked_into();
        let found = scope.caches().ok()?.default();
        Some(cache.get_or_init(|| found).clone())
    })
}

/// What the data centre's cache has at a URL.
pub async fn look(url: &str) -> Option<web_sys::Response> {
    let found = JsFuture::from(cache()?.match_with_str(url))
        .await
        .inspect_err(|_| log::trouble("the cache failed to look"))
        .ok()?;
    // A response or undefined: told apart without asking the runtime for its class.
    (!found.is_undefined()).then(|| found.unchecked_into())
}

async fn store(url: &str, fields: &[(&str, &str)], body: &Bytes) {
    let headers = Headers::from_iter(fields.iter().copied());
    let stored = async {
        let response = web_sys::Response::new_with_opt_js_u8_array(Some(body.of_runtime()))?;
        let response = Response::from(response).with_headers(headers);
        Cache::default().put(url, response).await
    };
    if stored.await.is_err() {
        log::trouble("the cache failed to store");
    }
}

impl Found {
    /// What the cache had at a copy's URL, if that is one.
    pub fn of(response: web_sys::Response) -> Option<Self> {
        let line = response.headers().get(KEPT).ok()??;
        let kept = Kept::from_line(&line)?;
        Some(Self { kept, response })
    }

    /// The copy without its body, which is let go of.
    pub fn into_kept(self) -> Kept {
        if let Some(body) = self.response.body() {
            // One that is neither read nor given up is kept open.
            let _ = body.cancel();
        }
        self.kept
    }

    /// The copy with its body, if that can be read to its end and is what it should be.
    pub async fn read(self) -> Option<Whole> {
        let body = Response::from(self.response).bytes().await.ok()?;
        Whole::sound(self.kept, body)
    }

    /// The copy with its body to be passed on as it comes.
    pub fn into_parts(self) -> (Kept, Body) {
        let body = match self.response.body() {
            Some(stream) => Body::Stream(stream),
            None => Body::Empty,
        };
        (self.kept, body)
    }
}
