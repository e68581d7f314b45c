//! Whether a body came to its end. A connection that breaks is told by the runtime; this is about bodies that were cut
//! before they were sent.

use serde::de::IgnoredAny;
use worker::js_sys::futures::JsFuture;
use worker::js_sys::{self, Array, Function, Reflect, Uint8Array};
use worker::wasm_bindgen::{JsCast, JsValue};

use crate::copies::Coding;

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
/// The runtime decodes it. Only the ends of its chunks are looked at, so that the worker's memory, which never shrinks,
/// need not hold an answer's 8 MB of JSON.
async fn last_unzipped(body: &[u8]) -> Result<Option<u8>, JsValue> {
    let call = |this: &JsValue, name: &str| -> Result<Function, JsValue> {
        Reflect::get(this, &JsValue::from_str(name))?.dyn_into()
    };
    let gunzip = super::gunzip()?;
    let writer = Reflect::get(&gunzip, &JsValue::from_str("writable"))?;
    let writer = call(&writer, "getWriter")?.call0(&writer)?;
    let reader = Reflect::get(&gunzip, &JsValue::from_str("readable"))?;
    let reader = call(&reader, "getReader")?.call0(&reader)?;
    let read = call(&reader, "read")?;

    // Not waited for one by one: a write ends when what it makes is read.
    let bytes = Uint8Array::from(body);
    let written: js_sys::Promise = call(&writer, "write")?.call1(&writer, &bytes)?.dyn_into()?;
    let closed: js_sys::Promise = call(&writer, "close")?.call0(&writer)?.dyn_into()?;

    let mut last = None;
    let outcome = async {
        loop {
            let promise: js_sys::Promise = read.call0(&reader)?.dyn_into()?;
            let chunk = JsFuture::from(promise).await?;
            let value = Reflect::get(&chunk, &JsValue::from_str("value"))?;
            let Ok(value) = value.dyn_into::<Uint8Array>() else {
                return Ok::<(), JsValue>(());
            };
            let end = (0..value.length())
                .rev()
                .map(|index| value.get_index(index))
                .find(|byte| !byte.is_ascii_whitespace());
            last = end.or(last);
        }
    }
    .await;
    // Waited for in any case: a rejection that nobody takes is an error of the worker's.
    let both: js_sys::Promise = js_sys::Promise::all_settled(&Array::of2(&written, &closed));
    let settled: Array = JsFuture::from(both).await?.unchecked_into();
    outcome?;
    for end in settled.iter() {
        if Reflect::get(&end, &JsValue::from_str("status"))? != "fulfilled" {
            return Err(JsValue::NULL);
        }
    }
    Ok(last)
}
