//! The edge: a Cloudflare Worker in front of the origin.
//!
//! It reads the question, answers lookups from copies it keeps in the data centre's cache, and asks the origin for the
//! rest under a time limit. Lidarr deletes library items on a 404 and loses refreshes on anything that isn't whole, so
//! trouble behind the edge becomes a stale copy if there is one, and 503 otherwise; see [`lookup`].

mod answer;
mod client;
mod config;
mod forward;
mod kept;
mod log;
mod lookup;
mod origin;
mod reply;
mod store;

use worker::{Context, Date, Env, event};

use linernotes_shared::request::{Request, RequestError};

use answer::Answer;
use client::Client;
use config::Config;

/// Name of this cache in `Cache-Status`.
const CACHE_NAME: &str = "linernotes-edge";

#[event(fetch)]
async fn fetch(
    request: worker::Request,
    env: Env,
    context: Context,
) -> worker::Result<worker::Response> {
    let started = Date::now().as_millis();
    let client = Client::of(&request);
    let question = client::question(&request);

    let answer = respond(&question, &client, &env, &context).await;
    let (outcome, trouble) = (answer.outcome, answer.trouble);
    let response = answer.send(&client).or_else(|_| {
        log::unsendable(outcome);
        Answer::broken().send(&client)
    })?;
    log::request(
        &client,
        &question,
        response.status_code(),
        outcome,
        trouble,
        started,
    );
    Ok(response)
}

async fn respond(
    question: &Result<Request, RequestError>,
    client: &Client,
    env: &Env,
    context: &Context,
) -> Answer {
    let question = match question {
        Ok(question) => question,
        Err(error) => return Answer::refusal(error),
    };
    let config = match Config::of(env) {
        Ok(config) => config,
        Err(error) => {
            log::misconfigured(&error);
            return Answer::broken();
        }
    };
    match question {
        Request::Lookup(entity, mbid) => {
            lookup::answer(*entity, *mbid, client, &config, context).await
        }
        Request::Status
        | Request::Recent(..)
        | Request::Refresh(..)
        | Request::Invalidate(_)
        | Request::Reserved(_) => forward::answer(question, client, &config).await,
    }
}

/// The current time in unix seconds.
fn now() -> u64 {
    Date::now().as_millis() / 1000
}
