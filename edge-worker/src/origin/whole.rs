//! Whether a body came to its end. A connection that breaks is told by the runtime; this is about bodies that were cut
//! before they were sent.

use futures_util::TryStreamExt;
use serde::de::IgnoredAny;
use worker::Response;

use crate::copies::{Bytes, Coding};
use crate::stream;

/// Whether a body in that coding has nothing missing: all of it if it is plain JSON, its compressed form and its last
/// character, which must be one of `ends`, if it is gzip.
pub async fn is_whole(body: &Bytes, coding: Coding, ends: &[u8]) -> bool {
    match coding {
        Coding::None => body.is_empty(),
        Coding::Identity => serde_json::from_slice::<IgnoredAny>(body).is_ok(),
        Coding::Gzip => last_unzipped(body)
            .await
            .is_ok_and(|last| last.is_some_and(|last| ends.contains(&last))),
    }
}

/// The last byte of what a gzip body holds that isn't white space; an error if the body is damaged or cut.
///
/// The runtime decodes it, and its pieces are let go of one by one: the worker's memory never shrinks, so it shouldn't
/// have to hold an answer's 8 MB of JSON.
async fn last_unzipped(body: &Bytes) -> worker::Result<Option<u8>> {
    let mut last = None;
    let Some(coded) = stream::of_bytes(body)? else {
        return Ok(last);
    };
    let mut pieces = Response::builder()
        .stream(stream::gunzip(&coded)?)
        .stream()?;
    while let Some(piece) = pieces.try_next().await? {
        last = piece.trim_ascii_end().last().copied().or(last);
    }
    Ok(last)
}
