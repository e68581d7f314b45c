//! Streams of bytes that the runtime transforms on their way: without copies in the worker's memory.

use web_sys::{ReadableStream, ReadableWritablePair};
use worker::js_sys::{self, Array, Function, Reflect};
use worker::wasm_bindgen::{JsCast, JsValue};

use crate::copies::Bytes;

/// Decodes gzip. Damage is an error of the stream's.
pub fn gunzip(stream: &ReadableStream) -> Result<ReadableStream, JsValue> {
    through(stream, "DecompressionStream", &JsValue::from_str("gzip"))
}

/// A stream of these bytes; none of no bytes.
pub fn of_bytes(bytes: &Bytes) -> Result<Option<ReadableStream>, JsValue> {
    Ok(web_sys::Response::new_with_opt_js_u8_array(Some(bytes.of_runtime()))?.body())
}

/// Lets exactly so many bytes through. Fewer or more are an error of the stream's.
pub fn of_length(stream: &ReadableStream, bytes: u64) -> Result<ReadableStream, JsValue> {
    through(
        stream,
        "FixedLengthStream",
        &JsValue::from_f64(bytes as f64),
    )
}

/// `web-sys` has the first class only with its unstable APIs switched on for the whole build, and the second not at all.
fn through(
    stream: &ReadableStream,
    class: &str,
    argument: &JsValue,
) -> Result<ReadableStream, JsValue> {
    let class: Function = Reflect::get(&js_sys::global(), &JsValue::from_str(class))?.dyn_into()?;
    let transform = Reflect::construct(&class, &Array::of1(argument))?;
    let transform: ReadableWritablePair = transform.unchecked_into();
    Ok(stream.pipe_through(&transform))
}
