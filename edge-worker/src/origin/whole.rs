//! Whether a body came to its end. A connection that breaks is told by the runtime; this is about bodies that were cut
//! before they were sent.

use futures_util::TryStreamExt;
use serde::de::IgnoredAny;
use worker::Response;

use crate::copies::Coding;
use crate::gzip;

/// Whether a body in that coding is JSON with nothing missing: all of it if it is plain, its compressed form and its
/// last character if it is gzip.
pub async fn is_whole(body: &[u8], coding: Coding) -> bool {
    match coding {
        Coding::None => body.is_empty(),
        Coding::Identity => serde_json::from_slice::<IgnoredAny>(body).is_ok(),
        Coding::Gzip => last_unzipped(body)
            .await
            .is_ok_and(|last| matches!(last, Some(b'}' | b']'))),
    }
}

/// The last byte of what a gzip body holds that isn't white space; an error if the body is damaged or cut.
///
/// The runtime decodes it, and its pieces are let go of one by one: the worker's memory never shrinks, so it shouldn't
/// have to hold an answer's 8 MB of JSON.
async fn last_unzipped(body: &[u8]) -> worker::Result<Option<u8>> {
    let response = Response::builder().fixed(body.to_vec());
    let mut last = None;
    let mut pieces = gzip::decoded(response)?.stream()?;
    while let Some(piece) = pieces.try_next().await? {
        last = piece.trim_ascii_end().last().copied().or(last);
    }
    Ok(last)
}
