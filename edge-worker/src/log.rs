//! One line of JSON per request, and one per fault of the edge's own. No client address, and no value of a setting.

use serde::Serialize;
use worker::{Date, console_error, console_log};

use linernotes_shared::request::{Request, RequestError};

use crate::client::Client;
use crate::config::ConfigError;
use crate::reply::Trouble;

#[derive(Serialize)]
struct Line<'a> {
    message: &'static str,
    method: &'a str,
    /// The canonical path, without what is confidential; none if the request has none.
    path: Option<String>,
    /// Why the request was refused.
    error: Option<String>,
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
    question: &Result<Request, RequestError>,
    status: u16,
    outcome: &'static str,
    trouble: Option<Trouble>,
    started: u64,
) {
    let line = Line {
        message: "answered",
        method: &client.method,
        path: question.as_ref().ok().map(Request::path_for_log),
        error: question.as_ref().err().map(ToString::to_string),
        status,
        cache: outcome,
        trouble: trouble.map(Trouble::detail),
        request_id: &client.request_id,
        ms: Date::now().as_millis().saturating_sub(started),
    };
    if let Ok(line) = serde_json::to_string(&line) {
        console_log!("{line}");
    }
}

/// Logs which setting can't be used.
pub fn misconfigured(error: &ConfigError) {
    console_error!(r#"{{"message":"misconfigured","error":"{error}"}}"#);
}

/// Logs that the data centre's cache failed at something. What it says may hold a URL, so only the fact is kept.
pub fn cache_trouble(operation: &'static str) {
    console_error!(r#"{{"message":"the cache failed","operation":"{operation}"}}"#);
}

/// Logs that an answer couldn't be made into a response.
pub fn unsendable(outcome: &'static str) {
    console_error!(r#"{{"message":"the answer can't be sent","cache":"{outcome}"}}"#);
}
