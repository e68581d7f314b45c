//! Questions that have no copies: they go to the origin every time.

use worker::ResponseBody;

use linernotes_shared::http::{CACHE_STATUS, CacheStatus, Forward, JSON, NO_STORE};
use linernotes_shared::request::Request;

use crate::CACHE_NAME;
use crate::answer::Answer;
use crate::client::Client;
use crate::config::Config;
use crate::kept::Coding;
use crate::lookup::joined;
use crate::origin::{self, Ask};
use crate::reply::{Reply, Trouble};

/// Passes a question on and its answer back.
pub async fn answer(question: &Request, client: &Client, config: &Config) -> Answer {
    let path = question.canonical_path();
    let question = Ask {
        // The origin answers HEAD as it answers GET, so GET serves both.
        method: if client.method == "POST" {
            "POST"
        } else {
            "GET"
        },
        path: &path,
        request_id: &client.request_id,
        etag: None,
    };
    passed_on(origin::ask(question, config).await)
}

fn passed_on(reply: Result<Reply, Trouble>) -> Answer {
    let own = CacheStatus::forwarded(CACHE_NAME, Forward::Bypass);
    let judged = reply.and_then(|reply| {
        let coding = reply.passable()?;
        Ok((reply, coding))
    });
    match judged {
        Ok((reply, coding)) => passed(reply, coding, &own),
        Err(trouble) => Answer::unavailable(trouble, &own.detail(trouble.detail())),
    }
}

fn passed(reply: Reply, coding: Coding, own: &CacheStatus) -> Answer {
    let cache_control = reply.fields.get("cache-control").unwrap_or(NO_STORE);
    Answer {
        status: reply.status,
        fields: vec![
            ("content-type", JSON.to_owned()),
            ("cache-control", cache_control.to_owned()),
            ("vary", "accept-encoding".to_owned()),
            (CACHE_STATUS, joined(reply.cache_status(), own)),
        ],
        body: ResponseBody::Body(reply.body),
        coding,
        outcome: "passed",
        trouble: None,
    }
}

#[cfg(test)]
mod tests {
    use crate::reply::Fields;

    use super::*;

    fn reply(status: u16, fields: &[(&str, &str)], body: &str) -> Reply {
        Reply {
            status,
            fields: fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect::<Fields>(),
            body: body.as_bytes().to_vec(),
        }
    }

    const PLAIN_JSON: (&str, &str) = ("content-type", "application/json");

    #[test]
    fn the_origins_own_answers_are_passed_on() {
        for status in [200, 400, 501] {
            let answer = passed_on(Ok(reply(
                status,
                &[PLAIN_JSON, ("x-secret", "1"), ("cache-control", "no-store")],
                "{}",
            )));
            assert_eq!(answer.status, status);
            let expected = [
                ("content-type", "application/json; charset=utf-8"),
                ("cache-control", "no-store"),
                ("vary", "accept-encoding"),
                ("cache-status", "linernotes-edge; fwd=bypass"),
            ]
            .map(|(name, value)| (name, value.to_owned()));
            assert_eq!(answer.fields, expected);
            assert!(matches!(answer.body, ResponseBody::Body(body) if body == b"{}"));
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
            let answer = passed_on(reply);
            assert_eq!(
                (answer.status, answer.trouble),
                (503, Some(trouble)),
                "{case}"
            );
        }
    }
}
