//! Asking the origin, under a time limit.

use std::pin::pin;

use futures_util::TryStreamExt;
use futures_util::future::{Either, select};
use worker::js_sys::{self, Reflect, futures::JsFuture};
use worker::wasm_bindgen::{JsCast, JsValue};
use worker::{AbortController, AbortSignal, Delay, Headers, Response, ResponseBody};

use linernotes_shared::http::REQUEST_ID;

use crate::config::Config;
use crate::reply::{Fields, Reply, Trouble};

/// The longest body taken, in bytes; the largest artist answers have about 8 MB, before gzip.
const MAX_BODY: usize = 32 * 1024 * 1024;

/// A question to the origin.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Canonical path and query.
    pub path: &'a str,
    /// The id that ties the tiers' log lines together.
    pub request_id: &'a str,
    /// The entity tag of the copy that a 304 would renew.
    pub etag: Option<&'a str>,
}

/// Asks the origin and reads its whole answer, whatever it is.
///
/// The body is read to its end before anything is done with it: a client must never see the beginning of an answer
/// whose rest didn't come.
pub async fn ask(ask: Ask<'_>, config: &Config) -> Result<Reply, Trouble> {
    let controller = AbortController::default();
    let url = format!("{}{}", config.origin, ask.path);
    let exchange = pin!(exchange(&url, ask, controller.signal()));
    match select(exchange, Delay::from(config.timeout)).await {
        // What the runtime says about a failed exchange may hold the URL, so it goes no further.
        Either::Left((reply, _)) => reply.unwrap_or(Err(Trouble::Unreachable)),
        Either::Right(_) => {
            controller.abort();
            Err(Trouble::Timeout)
        }
    }
}

async fn exchange(
    url: &str,
    ask: Ask<'_>,
    signal: AbortSignal,
) -> worker::Result<Result<Reply, Trouble>> {
    let init = web_sys::RequestInit::new();
    init.set_method(ask.method);
    init.set_headers(header(ask)?.as_ref());
    // A redirect isn't an answer of the origin's, and following one could go anywhere.
    init.set_redirect(web_sys::RequestRedirect::Manual);
    init.set_signal(Some(&signal));
    // Bodies stay as they were sent: gzip is made once, by the origin, and passes through.
    Reflect::set(
        &init,
        &JsValue::from_str("encodeResponseBody"),
        &JsValue::from_str("manual"),
    )?;

    let scope: web_sys::WorkerGlobalScope = js_sys::global().unchecked_into();
    let response = JsFuture::from(scope.fetch_with_str_and_init(url, &init)).await?;
    let mut response = Response::from(response.dyn_into::<web_sys::Response>()?);
    let Some(body) = body(&mut response).await? else {
        return Ok(Err(Trouble::Malformed));
    };
    Ok(Ok(Reply {
        status: response.status_code(),
        fields: Fields::from_iter(response.headers().entries()),
        body,
    }))
}

fn header(ask: Ask<'_>) -> worker::Result<Headers> {
    let headers = Headers::new();
    headers.set("accept", "application/json")?;
    headers.set("accept-encoding", "gzip")?;
    headers.set(
        "user-agent",
        concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")),
    )?;
    headers.set(REQUEST_ID, ask.request_id)?;
    if let Some(etag) = ask.etag {
        headers.set("if-none-match", etag)?;
    }
    Ok(headers)
}

/// The whole body, or `None` if it is too long.
async fn body(response: &mut Response) -> worker::Result<Option<Vec<u8>>> {
    let mut body = Vec::new();
    if matches!(response.body(), ResponseBody::Empty) {
        return Ok(Some(body));
    }
    let mut chunks = response.stream()?;
    while let Some(chunk) = chunks.try_next().await? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_BODY {
            return Ok(None);
        }
    }
    Ok(Some(body))
}
