//! Questions whose answers aren't kept: they go to the origin every time.

use std::time::Duration;

use linernotes_shared::http::{CacheStatus, Forward};
use linernotes_shared::request::{LARGEST_BODY, POST, Request, check_ids};

use crate::answer::Answer;
use crate::client::{self, Client};
use crate::origin::{self, Ask, OWN_WORDS, Reply, Trouble};
use crate::route::Refused;
use crate::{CACHE_NAME, Edge, body, limit};

/// What the origin has for a run of invalidation: longer than it takes for one at a client's request.
const RUN: Duration = Duration::from_secs(90);

/// Passes a question on and its answer back.
pub async fn answer(
    question: &Request,
    request: &web_sys::Request,
    client: &Client,
    edge: &Edge,
) -> Answer {
    let body = match ids(question, request).await {
        Ok(body) => body,
        Err(refused) => return Answer::refusal(&refused),
    };
    let html = wants_html(question, request);
    let ask = Ask {
        accept: if html {
            "text/html"
        } else {
            "application/json"
        },
        // The origin answers HEAD as it answers GET, so GET serves both.
        method: match question.allowed() {
            POST => "POST",
            _ => "GET",
        },
        body,
        operator_key: operator_key(question, request),
        asked_by: asked_by(question, request),
        own_words: own_words(question),
        may_be_repeated: may_be_repeated(question),
        patience: matches!(question, Request::Invalidate(_)).then_some(RUN),
        ..Ask::lookup(question.canonical_path(), None, client.request_id.clone())
    };
    let reply = match limit::count(request, edge).await {
        Ok(()) => origin::ask(&ask, &edge.config.origin).await,
        Err(trouble) => Err(trouble),
    };
    let mut answer = passed_on(reply, ask.own_words, html);
    if question.may_be_html() {
        answer.depends_on("accept");
    }
    answer
}

/// Whether the answer is to be a page.
fn wants_html(question: &Request, request: &web_sys::Request) -> bool {
    match question {
        Request::Page(_) => true,
        Request::Status => client::prefers_html(request),
        _ => false,
    }
}

/// The statuses that are the origin's own word on a question.
const fn own_words(question: &Request) -> &'static [u16] {
    match question {
        Request::Refresh(..) => &[200, 401, 404, 429],
        Request::Invalidate(_) => &[200, 400, 401, 409],
        Request::SpotifyAuth(_) => &[302, 400],
        Request::Page(_) => &[200, 301, 404, 503],
        _ => OWN_WORDS,
    }
}

/// Whether nothing is done by asking. A code of Spotify's is good for once.
fn may_be_repeated(question: &Request) -> bool {
    let is_done = matches!(
        question,
        Request::Invalidate(_) | Request::SpotifyAuth(_) | Request::SpotifyRenew(_)
    );
    question.allowed() != POST && !is_done
}

/// The client's `Authorization`, for the questions that are the operator's. Others' stays here.
fn operator_key(question: &Request, request: &web_sys::Request) -> Option<String> {
    match question {
        Request::Refresh(..) | Request::Invalidate(_) => client::field(request, "authorization"),
        _ => None,
    }
}

/// The client's network, for the question that each may ask so often only.
fn asked_by(question: &Request, request: &web_sys::Request) -> Option<String> {
    match question {
        Request::Refresh(..) => limit::client(request),
        _ => None,
    }
}

/// The body of a question that has one, a list of ids.
async fn ids(question: &Request, request: &web_sys::Request) -> Result<Option<Vec<u8>>, Refused> {
    if !question.has_body() {
        return Ok(None);
    }
    let content_type = client::field(request, "content-type");
    let too_large = linernotes_shared::request::BodyError::TooLarge;
    let body = body::read(request, LARGEST_BODY).await.ok_or(too_large)?;
    check_ids(content_type.as_deref(), &body)?;
    Ok(Some(body))
}

fn passed_on(reply: Result<Reply, Trouble>, own_words: &[u16], html: bool) -> Answer {
    let own = CacheStatus::forwarded(CACHE_NAME, Forward::Bypass);
    let judged = reply.and_then(|reply| {
        let coding = if html {
            reply.showable(own_words)?
        } else {
            reply.passable(own_words)?
        };
        Ok((reply, coding))
    });
    match judged {
        Ok((reply, coding)) if html => Answer::page(reply, coding, &own),
        Ok((reply, coding)) => Answer::passed(reply, coding, &own),
        Err(trouble) => {
            let answer = Answer::unavailable(trouble, &own.detail(trouble.detail()));
            if html {
                answer.for_browser(&trouble.told())
            } else {
                answer
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::answer::Body;
    use crate::origin::Fields;

    use super::*;

    fn reply(status: u16, fields: &[(&str, &str)], body: &str) -> Reply {
        Reply {
            status,
            fields: fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect::<Fields>(),
            body: body.as_bytes().to_vec().into(),
        }
    }

    const PLAIN_JSON: (&str, &str) = ("content-type", "application/json");

    #[test]
    fn the_origins_own_answers_are_passed_on() {
        for status in [200, 400, 413, 415] {
            let answer = passed_on(
                Ok(reply(
                    status,
                    &[PLAIN_JSON, ("x-secret", "1"), ("cache-control", "no-store")],
                    "{}",
                )),
                OWN_WORDS,
                false,
            );
            assert_eq!(answer.status, status);
            let expected = [
                ("content-type", "application/json; charset=utf-8"),
                ("cache-control", "no-store"),
                ("vary", "accept-encoding"),
                ("cache-status", "linernotes-edge; fwd=bypass"),
            ]
            .map(|(name, value)| (name, value.to_owned()));
            assert_eq!(answer.fields, expected);
            assert!(matches!(answer.body, Body::Bytes(body) if &*body == b"{}"));
        }
    }

    #[test]
    fn anything_else_is_a_503() {
        for (reply, trouble) in [
            (Err(Trouble::Timeout), Trouble::Timeout),
            (Err(Trouble::Unreachable), Trouble::Unreachable),
            (
                Ok(reply(503, &[PLAIN_JSON], "{}")),
                Trouble::Failed { retry_after: None },
            ),
            (
                Ok(reply(429, &[PLAIN_JSON], "{}")),
                Trouble::Failed { retry_after: None },
            ),
            (Ok(reply(403, &[PLAIN_JSON], "{}")), Trouble::Malformed),
            (Ok(reply(404, &[PLAIN_JSON], "{}")), Trouble::Malformed),
            (Ok(reply(302, &[PLAIN_JSON], "{}")), Trouble::Malformed),
            (Ok(reply(200, &[PLAIN_JSON], "")), Trouble::Malformed),
            (
                Ok(reply(200, &[("content-type", "text/html")], "{}")),
                Trouble::Malformed,
            ),
        ] {
            let case = format!("{reply:?}");
            let answer = passed_on(reply, OWN_WORDS, false);
            assert_eq!(
                (answer.status, answer.trouble),
                (503, Some(trouble)),
                "{case}"
            );
        }
    }
}
