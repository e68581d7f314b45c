//! One line of JSON per request, and one per fault of the edge's own. No client address, and no value of a setting.

use serde::Serialize;
use worker::console_error;

use crate::asked::Asked;
use crate::config::ConfigError;
use crate::origin::Trouble;
use crate::route::Route;

#[derive(Serialize)]
struct Line<'a> {
    message: &'static str,
    method: &'a str,
    /// The canonical path, without what is confidential; none if the request has none.
    path: Option<String>,
    /// Why the request was refused.
    error: Option<&'a str>,
    status: u16,
    /// How the answer came about.
    cache: &'static str,
    /// What the origin's trouble is, if it shaped the answer.
    trouble: Option<&'static str>,
    request_id: &'a str,
    ms: u64,
}

/// The line for a request that is answered `now`, in unix milliseconds.
pub fn request(
    asked: &Asked,
    status: u16,
    outcome: &'static str,
    trouble: Option<Trouble>,
    now: u64,
) -> String {
    let line = Line {
        message: "answered",
        method: &asked.client.method,
        path: asked.route.as_ref().ok().map(Route::path),
        error: asked.route.as_ref().err().map(|refused| &*refused.error),
        status,
        cache: outcome,
        trouble: trouble.map(Trouble::detail),
        request_id: &asked.client.request_id,
        ms: now.saturating_sub(asked.at),
    };
    serde_json::to_string(&line).expect("texts and numbers serialise")
}

/// Logs which setting can't be used.
pub fn misconfigured(error: &ConfigError) {
    console_error!(r#"{{"message":"misconfigured","error":"{error}"}}"#);
}

/// Logs trouble with something the edge stands on. What that says itself may hold a URL, so only the fact is kept.
pub fn trouble(what: &'static str) {
    console_error!(r#"{{"message":"{what}"}}"#);
}

/// Logs that an answer couldn't be made into a response.
pub fn unsendable(outcome: &'static str) {
    console_error!(r#"{{"message":"the answer can't be sent","cache":"{outcome}"}}"#);
}
