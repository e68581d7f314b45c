//! AWS Signature Version 4, as far as a Lambda Function URL needs it.
//!
//! The `aws-sigv4` crate builds for WASM but takes 65 kB of the worker's 200 after compression, for forms of requests
//! that are never made here. The tests hold this one against AWS's published vectors and against that crate.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::config::Aws;

/// The service that answers at Function URLs.
const SERVICE: &str = "lambda";
const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// A request to be signed.
#[derive(Clone, Copy, Debug)]
pub struct Unsigned<'a> {
    /// Method.
    pub method: &'a str,
    /// Host, with its port if it isn't the scheme's.
    pub host: &'a str,
    /// Path as it is sent.
    pub path: &'a str,
    /// Query as it is sent, without the `?`.
    pub query: &'a str,
    /// Body.
    pub body: &'a [u8],
    /// The time in AWS's form, `20150830T123600Z`.
    pub time: &'a str,
}

/// The header fields that sign a request.
pub fn sign(request: Unsigned<'_>, aws: &Aws) -> [(&'static str, String); 3] {
    let payload = hex::encode(Sha256::digest(request.body));
    let fields = [
        ("host", request.host),
        ("x-amz-content-sha256", &payload),
        ("x-amz-date", request.time),
    ];
    let scope = Scope {
        region: &aws.region,
        service: SERVICE,
    };
    let authorization = authorization(request, &fields, &payload, scope, aws);
    [
        ("authorization", authorization),
        ("x-amz-content-sha256", payload),
        ("x-amz-date", request.time.to_owned()),
    ]
}

#[derive(Clone, Copy)]
struct Scope<'a> {
    region: &'a str,
    service: &'a str,
}

/// `Authorization`, over `fields`: lower-case names, in order.
fn authorization(
    request: Unsigned<'_>,
    fields: &[(&str, &str)],
    payload: &str,
    scope: Scope<'_>,
    aws: &Aws,
) -> String {
    let names = fields.iter().map(|(name, _)| *name);
    let names = names.collect::<Vec<_>>().join(";");
    let mut canonical = format!(
        "{}\n{}\n{}\n",
        request.method,
        encoded(request.path.as_bytes(), b"/"),
        canonical_query(request.query)
    );
    for (name, value) in fields {
        let _ = writeln!(canonical, "{name}:{}", value.trim());
    }
    let _ = write!(canonical, "\n{names}\n{payload}");

    let day = &request.time[..8];
    let Scope { region, service } = scope;
    let scope = format!("{day}/{region}/{service}/aws4_request");
    let to_sign = format!(
        "{ALGORITHM}\n{}\n{scope}\n{}",
        request.time,
        hex::encode(Sha256::digest(canonical))
    );
    let secret = format!("AWS4{}", aws.secret_access_key.reveal());
    let key = [day, region, service, "aws4_request"]
        .into_iter()
        .fold(secret.into_bytes(), |key, part| mac(&key, part));
    format!(
        "{ALGORITHM} Credential={}/{scope}, SignedHeaders={names}, Signature={}",
        aws.access_key_id,
        hex::encode(mac(&key, &to_sign))
    )
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// Parameters decoded, encoded AWS's way, and sorted.
fn canonical_query(query: &str) -> String {
    let mut parameters: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
        .map(|(name, value)| {
            (
                encoded(name.as_bytes(), b""),
                encoded(value.as_bytes(), b""),
            )
        })
        .collect();
    parameters.sort();
    let parameters = parameters
        .iter()
        .map(|(name, value)| format!("{name}={value}"));
    parameters.collect::<Vec<_>>().join("&")
}

/// Percent-encodes all but the unreserved characters and those `kept`.
fn encoded(bytes: &[u8], kept: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) || kept.contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests;
