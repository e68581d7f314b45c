//! One line of JSON per request, and one per fault of the edge's own. No client address, and no value of a setting.

use serde::Serialize;
use worker::{console_error, console_log};

use crate::client::Client;
use crate::config::ConfigError;
use crate::now_ms;
use crate::origin::Trouble;
use crate::route::{Refused, Route};

#[derive(Serialize)]
struct Line<'a> {
    message: &'static str,
    method: &'a str,
    /// The canonical path; none if the request has none.
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

/// Logs an answered request that came at `started`, in unix milliseconds.
pub fn request(
    client: &Client,
    route: &Result<Route, Refused>,
    status: u16,
    outcome: &'static str,
    trouble: Option<Trouble>,
    started: u64,
) {
    let line = Line {
        message: "answered",
        method: &client.method,
        path: route.as_ref().ok().map(Route::path),
        error: route.as_ref().err().map(|refused| &*refused.error),
        status,
        cache: outcome,
        trouble: trouble.map(Trouble::detail),
        request_id: &client.request_id,
        ms: now_ms().saturating_sub(started),
    };
    if let Ok(line) = serde_json::to_string(&line) {
        console_log!("{line}");
    }
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
