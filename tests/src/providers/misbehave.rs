use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use tokio::sync::watch;

use super::Proper;

/// How a stub behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// As the provider should.
    Ok,
    /// It knows nothing, and says so as the provider would.
    Empty,
    /// Its answers are held back until they are released.
    Slow,
    /// It takes requests and never answers.
    Hung,
    /// It has been asked too often: 429 with `Retry-After`.
    TooMany,
    /// It fails: 500.
    ServerError,
    /// Its answers break off.
    Truncated,
    /// It answers with a web page.
    Html,
    /// It answers with bytes that nothing can be made of.
    Garbage,
    /// Its answers are 50 MB long.
    Huge,
    /// Its answers are in Latin-1, and are said to be in UTF-8.
    WrongCharset,
    /// It redirects to another host.
    Elsewhere,
}

impl Mode {
    /// Every mode.
    pub const ALL: [Self; 12] = [
        Self::Ok,
        Self::Empty,
        Self::Slow,
        Self::Hung,
        Self::TooMany,
        Self::ServerError,
        Self::Truncated,
        Self::Html,
        Self::Garbage,
        Self::Huge,
        Self::WrongCharset,
        Self::Elsewhere,
    ];
}

/// Bytes of a huge answer.
const HUGE: usize = 50 << 20;

pub(super) async fn respond(
    mode: Mode,
    (status, json): Proper,
    mut released: watch::Receiver<bool>,
) -> Response {
    const JSON: &str = "application/json";
    let proper = json.to_string();
    match mode {
        Mode::Ok | Mode::Empty => response(status, JSON, proper),
        Mode::Slow => {
            // Its sender lives as long as the stub.
            let _ = released.wait_for(|released| *released).await;
            response(status, JSON, proper)
        }
        Mode::Hung => std::future::pending().await,
        Mode::TooMany => {
            let mut response = response(429, JSON, "{}");
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("120"));
            response
        }
        Mode::ServerError => response(500, "text/plain", "internal server error"),
        Mode::Truncated => {
            let half = proper[..proper.floor_char_boundary(proper.len() / 2)].to_owned();
            let mut response = response(200, JSON, half);
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_LENGTH, proper.len().into());
            response
        }
        Mode::Html => response(
            200,
            "text/html; charset=utf-8",
            "<!DOCTYPE html><title>Down for maintenance</title>",
        ),
        Mode::Garbage => response(200, JSON, Bytes::from_static(b"\x00\x9f\x92\x96{]\xff")),
        Mode::Huge => {
            const CHUNK: &[u8] = &[b' '; 64 << 10];
            let chunks = std::iter::repeat_n(
                Ok::<_, Infallible>(Bytes::from_static(CHUNK)),
                HUGE / CHUNK.len(),
            );
            response(
                200,
                JSON,
                Body::from_stream(futures_util::stream::iter(chunks)),
            )
        }
        Mode::WrongCharset => response(status, "application/json; charset=utf-8", latin_1(&proper)),
        Mode::Elsewhere => {
            let mut response = response(302, JSON, "{}");
            let headers = response.headers_mut();
            let elsewhere = HeaderValue::from_static("http://127.0.0.2:9/secret");
            headers.insert(header::LOCATION, elsewhere);
            response
        }
    }
}

fn response(status: u16, content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = StatusCode::from_u16(status).expect("stubs use real statuses");
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// What Latin-1 lacks becomes a question mark.
fn latin_1(text: &str) -> Vec<u8> {
    text.chars()
        .map(|character| u8::try_from(u32::from(character)).unwrap_or(b'?'))
        .collect()
}
