//! Pictures of the art hosts, passed on as they come.
//!
//! Lidarr asks for each picture with HEAD at every refresh and compares its length, so the length is the host's own or
//! none. Where a picture is made anew, it has another address: it may be kept for ever. Only the Cover Art Archive's
//! `front` and `back` lead to whichever picture is chosen now.

mod lasting;

use std::time::Duration;

use worker::js_sys::{self, futures::JsFuture};
use worker::wasm_bindgen::JsCast;
use worker::{AbortController, AbortSignal, Cache, Headers, Response};

use linernotes_shared::http::{CACHE_STATUS, CacheStatus, Forward, essence};
use linernotes_shared::images::{Picture, Source};

use crate::answer::{Answer, Body};
use crate::client::Client;
use crate::config::Config;
use crate::copies::{Coding, colo};
use crate::origin::Trouble;
use crate::patience::within;
use crate::route::Refused;
use crate::settle::signed;
use crate::{CACHE_NAME, Edge, USER_AGENT, limit, log, now, stream};

use lasting::Lasting;

/// What a host has for the beginning of its answer.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Redirects followed: the Cover Art Archive needs two.
const MOST_REDIRECTS: u32 = 4;
/// Pictures are below 20 MB.
const LARGEST: u64 = 32 * 1024 * 1024;
/// Above that a picture is passed on and not kept: it is held whole while it is put into the cache, and a worker has
/// 128 MB for all that it does.
const LARGEST_KEPT: u64 = 8 * 1024 * 1024;
/// The header that says of a kept picture since when, in unix seconds.
const KEPT_AT: &str = "linernotes-kept-at";
/// "No such picture" is believed for an hour.
const ABSENT: &str = "public, max-age=3600, must-revalidate";

/// A picture's answer as the host gave it, its body not yet read.
struct Upstream {
    status: u16,
    content_type: String,
    length: Option<u64>,
    etag: Option<String>,
    last_modified: Option<String>,
    /// Only of one that was kept.
    kept_at: Option<u64>,
    response: web_sys::Response,
}

/// Answers with a picture.
pub async fn answer(
    picture: &Picture,
    request: &web_sys::Request,
    client: &Client,
    edge: &Edge,
) -> Answer {
    let url = format!("https://{}{picture}", edge.config.cache_host);
    let lasting = Lasting::of(picture);
    if let Some((kept, age)) = kept(&url, lasting).await {
        let status = CacheStatus::hit(CACHE_NAME, signed(lasting.seconds()) - signed(age));
        let mut answer = into_answer(kept, lasting, &status, "hit");
        answer.fields.push(("age", age.to_string()));
        return answer;
    }
    let why = CacheStatus::forwarded(CACHE_NAME, Forward::Miss);
    let found = match limit::count(request, edge).await {
        Ok(()) => fetch(picture, client, &edge.config).await,
        Err(trouble) => Err(trouble),
    };
    match found {
        Ok(upstream) if upstream.status == 200 => {
            let is_kept = !client.is_head() && keep(url, lasting, &upstream, edge);
            into_answer(upstream, lasting, &why.stored(is_kept), "miss")
        }
        Ok(_) => {
            let refused = Refused::new(404, "path: the source has no such picture");
            let mut answer = Answer::refusal(&refused);
            answer.fields.retain(|(name, _)| *name != "cache-control");
            answer.fields.push(("cache-control", ABSENT.to_owned()));
            answer.is_shared = true;
            answer
        }
        Err(trouble) => Answer::unavailable(trouble, &why.detail(trouble.detail())),
    }
}

fn into_answer(
    upstream: Upstream,
    lasting: Lasting,
    status: &CacheStatus,
    outcome: &'static str,
) -> Answer {
    let mut fields = vec![
        ("content-type", upstream.content_type),
        ("cache-control", lasting.control()),
        ("access-control-allow-origin", "*".to_owned()),
        ("cross-origin-resource-policy", "cross-origin".to_owned()),
        // SVG isn't passed on, and nothing else is to be taken for a document either.
        ("x-content-type-options", "nosniff".to_owned()),
        (CACHE_STATUS, status.to_string()),
    ];
    let optional = [
        (
            "content-length",
            upstream.length.map(|length| length.to_string()),
        ),
        ("etag", upstream.etag),
        ("last-modified", upstream.last_modified),
    ];
    fields.extend(
        optional
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    Answer {
        status: 200,
        fields,
        body: upstream.response.body().map_or(Body::Empty, Body::Stream),
        coding: Coding::Identity,
        outcome,
        trouble: None,
        is_shared: true,
    }
}

/// A picture that is kept, and its age in seconds.
async fn kept(url: &str, lasting: Lasting) -> Option<(Upstream, u64)> {
    let kept = read(colo::look(url).await?).ok()?;
    let age = kept.kept_at.map_or(0, |at| now().saturating_sub(at));
    if age >= lasting.seconds() {
        discard(&kept.response);
        return None;
    }
    Some((kept, age))
}

/// Keeps a picture whose length is known, beside sending it; whether it does. One that breaks off isn't kept.
fn keep(url: String, lasting: Lasting, upstream: &Upstream, edge: &Edge) -> bool {
    let Some(length) = upstream.length.filter(|length| *length <= LARGEST_KEPT) else {
        return false;
    };
    let Ok(copy) = upstream.response.clone() else {
        return false;
    };
    let mut fields = vec![
        ("content-type", upstream.content_type.clone()),
        ("content-length", length.to_string()),
        ("cache-control", lasting.control()),
        (KEPT_AT, now().to_string()),
    ];
    let optional = [
        ("etag", &upstream.etag),
        ("last-modified", &upstream.last_modified),
    ];
    fields.extend(
        optional
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.clone()?))),
    );
    let headers = Headers::from_iter(fields.iter().map(|(name, value)| (*name, value.as_str())));
    edge.context.wait_until(async move {
        let kept = async {
            // Read to its end first, outside the worker's own memory: a cache might keep the half of a picture.
            let bytes = JsFuture::from(copy.array_buffer()?).await?;
            let bytes: js_sys::Object = bytes.dyn_into()?;
            let copy = web_sys::Response::new_with_opt_buffer_source(Some(&bytes))?;
            let copy = Response::from(copy).with_headers(headers);
            Cache::default().put(&*url, copy).await
        };
        if kept.await.is_err() {
            log::trouble("a picture can't be kept");
        }
    });
    true
}

/// Asks the picture's host.
async fn fetch(picture: &Picture, client: &Client, config: &Config) -> Result<Upstream, Trouble> {
    let controller = AbortController::default();
    let asking = follow(picture, client, config, controller.signal());
    within(TIMEOUT, asking).await.unwrap_or_else(|| {
        controller.abort();
        Err(Trouble::Timeout)
    })
}

async fn follow(
    picture: &Picture,
    client: &Client,
    config: &Config,
    signal: AbortSignal,
) -> Result<Upstream, Trouble> {
    let source = picture.source();
    let mut url = picture.upstream();
    for _ in 0..=MOST_REDIRECTS {
        let response = once(&url, client, config, &signal)
            .await
            .map_err(|_| Trouble::Unreachable)?;
        match response.status() {
            200 | 404 | 410 => return read(response),
            301 | 302 | 303 | 307 | 308 => {
                let location = response.headers().get("location").ok().flatten();
                discard(&response);
                url = location
                    .and_then(|location| next(source, &url, &location))
                    .ok_or(Trouble::Malformed)?;
            }
            429 | 500..=599 => {
                discard(&response);
                return Err(Trouble::Failed { retry_after: None });
            }
            _ => {
                discard(&response);
                return Err(Trouble::Malformed);
            }
        }
    }
    Err(Trouble::Malformed)
}

async fn once(
    url: &str,
    client: &Client,
    config: &Config,
    signal: &AbortSignal,
) -> worker::Result<web_sys::Response> {
    let headers = Headers::new();
    headers.set("accept", "image/*")?;
    // A length is that of what is sent: nothing is to be compressed on the way.
    headers.set("accept-encoding", "identity")?;
    let user_agent = match &config.contact {
        Some(contact) => format!("{USER_AGENT} ({contact})"),
        None => USER_AGENT.to_owned(),
    };
    headers.set("user-agent", &user_agent)?;
    let init = web_sys::RequestInit::new();
    init.set_method(if client.is_head() { "HEAD" } else { "GET" });
    init.set_headers(headers.as_ref());
    init.set_redirect(web_sys::RequestRedirect::Manual);
    init.set_signal(Some(signal));
    let scope: web_sys::WorkerGlobalScope = js_sys::global().unchecked_into();
    let response = JsFuture::from(scope.fetch_with_str_and_init(url, &init)).await?;
    Ok(response.dyn_into()?)
}

/// Where a redirect leads, if that is still the source's own.
fn next(source: Source, from: &str, location: &str) -> Option<String> {
    let rest = match location.strip_prefix("//") {
        Some(rest) => rest,
        None if location.starts_with('/') => {
            let end = from
                .match_indices('/')
                .nth(2)
                .map_or(from.len(), |(at, _)| at);
            return is_plain(location).then(|| format!("{}{location}", &from[..end]));
        }
        // The Archive's redirects still name http.
        None => location
            .strip_prefix("https://")
            .or_else(|| location.strip_prefix("http://"))?,
    };
    let host = rest.split('/').next()?;
    // With a user or a port it isn't the name of a host that the source owns.
    (source.owns(host) && is_plain(rest)).then(|| format!("https://{rest}"))
}

fn is_plain(text: &str) -> bool {
    text.len() <= 2_048
        && text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

/// Takes what is of use of a host's answer, if it is a picture or says that there is none.
fn read(response: web_sys::Response) -> Result<Upstream, Trouble> {
    let headers = response.headers();
    let field = |name: &str| {
        let value = headers.get(name).ok().flatten();
        value.filter(|value| value.bytes().all(|byte| (b' '..=b'~').contains(&byte)))
    };
    let status = response.status();
    let content_type = field("content-type").unwrap_or_default();
    let length = field("content-length").and_then(|length| length.parse().ok());
    let is_usable = status != 200
        || is_picture(&content_type) && length.is_none_or(|length: u64| length <= LARGEST);
    if !is_usable || status != 200 {
        discard(&response);
    }
    if !is_usable {
        return Err(Trouble::Malformed);
    }
    // One that breaks off must break off for the client and the cache as well.
    let response = match (response.body(), length) {
        (Some(body), Some(length)) => stream::of_length(&body, length)
            .and_then(|body| web_sys::Response::new_with_opt_readable_stream(Some(&body)))
            .map_err(|_| Trouble::Malformed)?,
        _ => response,
    };
    Ok(Upstream {
        status,
        length,
        etag: field("etag"),
        last_modified: field("last-modified"),
        kept_at: field(KEPT_AT).and_then(|second| second.parse().ok()),
        content_type,
        response,
    })
}

/// Pictures made of pixels; SVG can hold scripts.
fn is_picture(content_type: &str) -> bool {
    let essence = essence(content_type).to_ascii_lowercase();
    essence.starts_with("image/") && !essence.contains("svg") && !essence.contains("xml")
}

/// Lets go of a body that isn't wanted.
fn discard(response: &web_sys::Response) {
    if let Some(body) = response.body() {
        let _ = body.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_are_followed_within_the_source_only() {
        let source = Source::CoverArtArchive;
        let from = "https://coverartarchive.org/release/x/1-1200.jpg";
        for (location, expected) in [
            (
                "http://archive.org/download/mbid-x/x-1.jpg",
                Some("https://archive.org/download/mbid-x/x-1.jpg"),
            ),
            (
                "https://ia800100.us.archive.org/1/items/x.jpg",
                Some("https://ia800100.us.archive.org/1/items/x.jpg"),
            ),
            ("//archive.org/x.jpg", Some("https://archive.org/x.jpg")),
            ("/y.jpg", Some("https://coverartarchive.org/y.jpg")),
            ("https://evil.example/x.jpg", None),
            ("https://archive.org.evil.example/x.jpg", None),
            ("https://archive.org@evil.example/x.jpg", None),
            ("https://archive.org:8080/x.jpg", None),
            ("//evil.example/x.jpg", None),
            ("/\\evil.example/x.jpg", None),
            ("ftp://archive.org/x.jpg", None),
            ("x.jpg", None),
            ("", None),
        ] {
            assert_eq!(
                next(source, from, location).as_deref(),
                expected,
                "{location}"
            );
        }
    }

    #[test]
    fn only_pixels_are_pictures() {
        for content_type in ["image/jpeg", "image/png", "IMAGE/WEBP; q=1"] {
            assert!(is_picture(content_type), "{content_type}");
        }
        for content_type in [
            "",
            "text/html",
            "image/svg+xml",
            "application/json",
            "images/x",
        ] {
            assert!(!is_picture(content_type), "{content_type}");
        }
    }
}
