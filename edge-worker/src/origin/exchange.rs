//! One request to the origin and all of its answer.

use futures_util::TryStreamExt;
use worker::js_sys::{self, Reflect, Uint8Array, futures::JsFuture};
use worker::wasm_bindgen::{JsCast, JsValue};
use worker::{AbortSignal, Date, DateInit, Headers, Response, ResponseBody};

use linernotes_shared::http::{CLIENT, OPERATOR_KEY, ORIGIN_KEY, REQUEST_ID};

use super::Ask;
use super::reply::{Fields, Reply, Trouble};
use super::sigv4::{self, Unsigned};
use crate::config::{Access, Origin};
use crate::now_ms;

/// The longest body taken, in bytes; the largest artist answers have about 8 MB, before gzip.
const MAX_BODY: usize = 32 * 1024 * 1024;

/// Asks once and reads the whole answer, whatever it is.
///
/// The body is read to its end before anything is done with it: a client must never see the beginning of an answer
/// whose rest didn't come.
pub(super) async fn exchange(
    ask: &Ask,
    origin: &Origin,
    signal: &AbortSignal,
) -> worker::Result<Result<Reply, Trouble>> {
    // In a query, a plus may mean a space or itself; what signs requests and what checks them needn't agree on that.
    let path = ask.path.replace('+', "%20");
    let init = web_sys::RequestInit::new();
    init.set_method(ask.method);
    init.set_headers(header(ask, &path, origin)?.as_ref());
    if let Some(body) = &ask.body {
        init.set_body(&Uint8Array::from(&body[..]));
    }
    // A redirect is an answer or it isn't, but nothing to be followed: it could lead anywhere.
    init.set_redirect(web_sys::RequestRedirect::Manual);
    init.set_signal(Some(signal));
    // Bodies stay as they were sent: gzip is made once, by the origin, and passes through.
    Reflect::set(
        &init,
        &JsValue::from_str("encodeResponseBody"),
        &JsValue::from_str("manual"),
    )?;

    let scope: web_sys::WorkerGlobalScope = js_sys::global().unchecked_into();
    let url = format!("{}{path}", origin.url);
    let response = JsFuture::from(scope.fetch_with_str_and_init(&url, &init)).await?;
    let mut response = Response::from(response.dyn_into::<web_sys::Response>()?);
    let Some(body) = body(&mut response).await? else {
        return Ok(Err(Trouble::Malformed));
    };
    let reply = Reply {
        status: response.status_code(),
        fields: Fields::from_iter(response.headers().entries()),
        body: body.into(),
    };
    let is_short = reply.status != 304
        && reply
            .fields
            .number("content-length")
            .is_some_and(|length| length != reply.body.len() as u64);
    Ok(if is_short {
        Err(Trouble::Incomplete)
    } else {
        Ok(reply)
    })
}

fn header(ask: &Ask, path: &str, origin: &Origin) -> worker::Result<Headers> {
    let headers = Headers::new();
    headers.set("accept", ask.accept)?;
    headers.set("accept-encoding", "gzip")?;
    headers.set("user-agent", crate::USER_AGENT)?;
    headers.set(REQUEST_ID, &ask.request_id)?;
    if ask.body.is_some() {
        headers.set("content-type", "application/json")?;
    }
    if let Some(key) = &ask.operator_key {
        headers.set(OPERATOR_KEY, key)?;
    }
    if let Some(network) = &ask.asked_by {
        headers.set(CLIENT, network)?;
    }
    if let Some(etag) = &ask.etag {
        headers.set("if-none-match", etag)?;
    }
    match &origin.access {
        Access::Open => {}
        Access::Key(key) => headers.set(ORIGIN_KEY, key.reveal())?,
        Access::Aws(aws) => {
            let (host, prefix) = host_and_prefix(&origin.url);
            let path = format!("{prefix}{path}");
            let (path, query) = path.split_once('?').unwrap_or((&path, ""));
            let request = Unsigned {
                method: ask.method,
                host,
                path,
                query,
                body: ask.body.as_deref().unwrap_or_default(),
                time: &amz_time(now_ms()),
            };
            for (name, value) in sigv4::sign(request, aws) {
                headers.set(name, &value)?;
            }
        }
    }
    Ok(headers)
}

/// The host and the path of the origin's URL, which has no other parts.
fn host_and_prefix(url: &str) -> (&str, &str) {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').map_or((rest, ""), |at| rest.split_at(at))
}

/// `20150830T123600Z`
fn amz_time(milliseconds: u64) -> String {
    let date: js_sys::Date = js_sys::Date::from(Date::new(DateInit::Millis(milliseconds)));
    let iso = String::from(date.to_iso_string());
    let seconds = iso.split('.').next().unwrap_or_default();
    seconds.replace(['-', ':'], "") + "Z"
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

#[cfg(test)]
mod tests {
    use super::host_and_prefix;

    #[test]
    fn a_url_is_taken_apart_for_its_signature() {
        for (url, parts) in [
            ("https://a.example", ("a.example", "")),
            ("http://127.0.0.1:5001/x/y", ("127.0.0.1:5001", "/x/y")),
        ] {
            assert_eq!(host_and_prefix(url), parts);
        }
    }
}
