//! Bodies of clients' requests.

use futures_util::TryStreamExt;

use crate::client::field;

/// The request's whole body, or `None` if it is longer than `limit` bytes or breaks off.
pub async fn read(request: &web_sys::Request, limit: usize) -> Option<Vec<u8>> {
    let length = field(request, "content-length");
    let is_long = |length: String| length.parse().is_ok_and(|length: usize| length > limit);
    if length.is_some_and(is_long) {
        return None;
    }
    let mut body = Vec::new();
    // The same object under another name: its own `clone` would make two bodies of one. Without a body there is nothing to read.
    let Ok(mut chunks) = worker::Request::from(Clone::clone(request)).stream() else {
        return Some(body);
    };
    while let Some(chunk) = chunks.try_next().await.ok()? {
        if body.len() + chunk.len() > limit {
            return None;
        }
        body.extend_from_slice(&chunk);
    }
    Some(body)
}
