//! Cloudflare's cache in front of the worker, `cache.enabled` in the Wrangler configuration. A hit there doesn't run the
//! worker at all; this code tells it how long to keep what, and what to forget. It isn't emulated locally.

use worker::Context;
use worker::js_sys::{Array, Function, Object, Reflect, futures::JsFuture};
use worker::wasm_bindgen::{JsCast, JsValue};

/// How long it is told to keep an answer, for a cache that only Cloudflare runs; it doesn't pass this on.
pub const CONTROL: &str = "cloudflare-cdn-cache-control";

/// Seconds that it may go without asking the worker. Marks of purges take up to a minute to reach every data centre; an
/// answer that it took over meanwhile, unknowing, lives no longer than this.
const LONGEST: u64 = 3_600;

/// Tags and paths that one call may name, together. There are five calls a minute.
pub const MOST: usize = 100;

/// The value of [`CONTROL`] for an answer that may be kept for `shared_for` seconds.
///
/// After that, and after a purge, the worker is waited for: it has a stale answer where one is of use. Left to itself, this
/// cache would serve what is stale or purged while it asks, and for ever if the worker answers 503: even "unknown", for
/// which Lidarr would delete what has come since.
pub fn control(shared_for: u64) -> String {
    let keep = shared_for.min(LONGEST);
    format!("public, max-age={keep}, must-revalidate")
}

/// What became of a purge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purged {
    /// There is no such cache here.
    Absent,
    /// What it holds is marked stale, or, by older runtimes, forgotten.
    Done,
    /// It didn't do it.
    Failed,
}

/// Marks as stale, everywhere, what has one of the tags or begins with one of the paths, of which there are [`MOST`] at
/// most. It is one call.
pub async fn purge(context: &Context, tags: &[String], paths: &[String]) -> Purged {
    let attempt = async {
        // `ctx.cache` isn't in the bindings' types yet.
        let cache = Reflect::get(context.as_ref(), &JsValue::from_str("cache"))?;
        if !cache.is_object() {
            return Ok(Purged::Absent);
        }
        let what = Object::new();
        for (name, values) in [("tags", tags), ("pathPrefixes", paths)] {
            if !values.is_empty() {
                let values: Array = values
                    .iter()
                    .map(|value| JsValue::from_str(value))
                    .collect();
                Reflect::set(&what, &JsValue::from_str(name), &values)?;
            }
        }
        let method = |name: &str| Reflect::get(&cache, &JsValue::from_str(name));
        // The soft kind, which keeps the last good answer, where there is one.
        let purge: Function = match method("invalidate")?.dyn_into() {
            Ok(invalidate) => invalidate,
            Err(_) => method("purge")?.dyn_into()?,
        };
        let promise: worker::js_sys::Promise = purge.call1(&cache, &what)?.dyn_into()?;
        let outcome = JsFuture::from(promise).await?;
        let success = Reflect::get(&outcome, &JsValue::from_str("success"))?;
        Ok::<_, JsValue>(if success.as_bool() == Some(false) {
            Purged::Failed
        } else {
            Purged::Done
        })
    };
    attempt.await.unwrap_or(Purged::Failed)
}

#[cfg(test)]
mod tests {
    use super::control;

    #[test]
    fn it_keeps_an_answer_for_an_hour_at_most_and_serves_nothing_stale_by_itself() {
        assert_eq!(control(50), "public, max-age=50, must-revalidate");
        assert_eq!(control(86_400), "public, max-age=3600, must-revalidate");
    }
}
