//! Decoding gzip, which the runtime does better than code of our own.

use web_sys::ReadableWritablePair;
use worker::Response;
use worker::js_sys::{self, Array, Function, Reflect};
use worker::wasm_bindgen::{JsCast, JsValue};

/// The response with its body decoded on the way. Damage shows as an error of the body's.
pub fn decoded(response: Response) -> worker::Result<Response> {
    let coded = web_sys::Response::from(&response);
    let (builder, _) = response.into_parts();
    let Some(body) = coded.body() else {
        return Ok(builder.empty());
    };
    // `web-sys` has this class only with its unstable APIs switched on for the whole build.
    let class: Function =
        Reflect::get(&js_sys::global(), &JsValue::from_str("DecompressionStream"))?.dyn_into()?;
    let gunzip = Reflect::construct(&class, &Array::of1(&JsValue::from_str("gzip")))?;
    let gunzip: ReadableWritablePair = gunzip.unchecked_into();
    Ok(builder.stream(body.pipe_through(&gunzip)))
}
