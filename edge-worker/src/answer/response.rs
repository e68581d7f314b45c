//! From an answer to the response that its client gets.

use std::borrow::Cow;

use serde::{Serialize, Serializer};
use worker::js_sys::JSON;
use worker::wasm_bindgen::{JsCast, JsValue};

use linernotes_shared::http::{REQUEST_ID, none_match};

use super::{Answer, Body};
use crate::client::Client;
use crate::copies::Coding;
use crate::stream;

impl Answer {
    /// Whether the client has the answer already.
    pub(super) fn is_known_to(&self, client: &Client) -> bool {
        let etag = self.fields.iter().find(|(name, _)| *name == "etag");
        match (&client.if_none_match, etag) {
            (Some(if_none_match), Some((_, etag))) => {
                self.status == 200 && none_match(if_none_match, etag)
            }
            _ => false,
        }
    }

    /// The status that the client gets.
    pub fn status_for(&self, client: &Client) -> u16 {
        if self.is_known_to(client) {
            304
        } else {
            self.status
        }
    }

    /// What the response is made from besides its body, as JSON, if that goes to the client as it is.
    pub fn init_around_body(&self, client: &Client) -> Option<String> {
        let has_body = self.coding != Coding::None && !client.is_head();
        let goes_as_it_is = has_body && !self.is_decoded_for(client) && !self.is_known_to(client);
        goes_as_it_is.then(|| self.init(self.status, client))
    }

    /// The response of a [status](Self::status_for), in the form the client wants: without a body for `HEAD` or if the
    /// client has it, as gzip only if the client takes gzip.
    pub fn send(self, status: u16, client: &Client) -> Result<web_sys::Response, JsValue> {
        let init = JSON::parse(&self.init(status, client))?.unchecked_into();
        if status == 304 || client.is_head() {
            discard(self.body);
            return web_sys::Response::new_with_opt_str_and_init(None, &init);
        }
        let is_decoded = self.is_decoded_for(client);
        match self.body {
            Body::Stream(stream) if is_decoded => {
                let plain = stream::gunzip(&stream)?;
                web_sys::Response::new_with_opt_readable_stream_and_init(Some(&plain), &init)
            }
            Body::Stream(stream) => {
                web_sys::Response::new_with_opt_readable_stream_and_init(Some(&stream), &init)
            }
            Body::Bytes(bytes) if is_decoded => {
                let coded = stream::of_bytes(&bytes)?;
                let plain = coded.map(|coded| stream::gunzip(&coded)).transpose()?;
                web_sys::Response::new_with_opt_readable_stream_and_init(plain.as_ref(), &init)
            }
            Body::Bytes(bytes) => {
                let bytes = bytes.of_runtime();
                web_sys::Response::new_with_opt_js_u8_array_and_init(Some(bytes), &init)
            }
            Body::Empty => web_sys::Response::new_with_opt_str_and_init(None, &init),
        }
    }

    /// Whether the client takes no gzip, and the answer is that.
    fn is_decoded_for(&self, client: &Client) -> bool {
        self.coding == Coding::Gzip && !client.gzip
    }

    /// What a response of a [status](Self::status_for) is made from besides its body, as JSON.
    pub(super) fn init(&self, status: u16, client: &Client) -> String {
        let is_known = status == 304;
        let passes_gzip = self.coding == Coding::Gzip && client.gzip;
        let init = Init {
            status,
            headers: Header {
                fields: &self.fields,
                is_known,
                is_decoded: self.is_decoded_for(client),
                coding: (passes_gzip && !is_known).then_some("gzip"),
                request_id: (!self.is_shared).then_some(&*client.request_id),
            },
            // The bytes are gzip already, and stay the origin's.
            encode_body: (passes_gzip && !is_known && !client.is_head()).then_some("manual"),
        };
        serde_json::to_string(&init).expect("names and values are strings")
    }
}

/// What a response is made from besides its body. It goes over to the runtime as one piece of JSON: a call for each
/// field would cost more than all else that is done for a hit.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Init<'a> {
    status: u16,
    headers: Header<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encode_body: Option<&'static str>,
}

struct Header<'a> {
    fields: &'a [(&'static str, String)],
    is_known: bool,
    is_decoded: bool,
    coding: Option<&'a str>,
    request_id: Option<&'a str>,
}

impl Serialize for Header<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = self
            .fields
            .iter()
            .filter(|(name, _)| !(self.is_known && *name == "content-type"))
            .map(|(name, value)| match *name {
                // A strong one stands for the very bytes, which are the gzip's.
                "etag" if self.is_decoded && !value.starts_with("W/") => {
                    (*name, Cow::Owned(format!("W/{value}")))
                }
                _ => (*name, Cow::Borrowed(value.as_str())),
            });
        let own = [
            ("content-encoding", self.coding),
            (REQUEST_ID, self.request_id),
        ];
        let own = own
            .into_iter()
            .filter_map(|(name, value)| Some((name, Cow::Borrowed(value?))));
        serializer.collect_map(fields.chain(own))
    }
}

/// Lets go of a body that isn't wanted, so that the runtime doesn't hold its connection open.
fn discard(body: Body) {
    if let Body::Stream(stream) = body {
        let _ = stream.cancel();
    }
}
