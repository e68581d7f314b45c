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

/// The value of [`CONTROL`] for an answer of that `age` which may be kept for `shared_for` more seconds, and then served
/// for `revalidate_for` while the worker is asked again.
pub fn control(age: u64, shared_for: u64, revalidate_for: u64) -> String {
    let keep = age.saturating_add(shared_for.min(LONGEST));
    format!("public, max-age={keep}, stale-while-revalidate={revalidate_for}")
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

/// Marks as stale, everywhere, what has one of the tags or begins with one of the paths.
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
    fn it_keeps_an_answer_for_an_hour_at_most_and_serves_it_while_it_asks_again() {
        assert_eq!(
            control(10, 50, 600),
            "public, max-age=60, stale-while-revalidate=600"
        );
        assert_eq!(
            control(10, 86_400, 600),
            "public, max-age=3610, stale-while-revalidate=600"
        );
    }
}
