//! The edge: a Cloudflare Worker in front of the origin.
//!
//! A request's way, from top to bottom:
//!
//! - [`client`] and [`route`]: what is asked, in canonical form, or why it can't be answered;
//! - [`cached`]: questions whose answers are kept: a copy ([`copies`]), one request to the origin for all who wait
//!   ([`flight`]), and what becomes of its answer ([`settle`]);
//! - [`forward`]: questions whose answers aren't kept;
//! - [`picture`]: pictures of the art hosts; [`purge`]: what changed;
//! - [`limit`]: how much one client may ask of what lies behind;
//! - [`origin`]: asking the origin;
//! - [`answer`]: the answer's form; [`stream`]: what the runtime does with its bytes.
//!
//! Lidarr deletes library items on a 404 and loses refreshes on anything that isn't whole, so trouble behind the edge
//! becomes a stale copy if there is one, and 503 otherwise.

mod answer;
mod body;
mod cached;
mod client;
mod config;
mod copies;
mod flight;
mod forward;
mod limit;
mod log;
mod origin;
mod picture;
mod purge;
mod route;
mod settle;
mod stream;

use std::rc::Rc;

use worker::{Context, Env, event, js_sys};

use linernotes_shared::request::Caching;

use answer::Answer;
use client::Client;
use config::Config;
use route::Route;

/// Name of this cache in `Cache-Status`.
const CACHE_NAME: &str = "linernotes-edge";
/// How the edge names itself to others.
const USER_AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// What the edge stands on while it answers a request.
#[derive(Debug)]
struct Edge {
    config: Rc<Config>,
    env: Env,
    context: Context,
}

#[event(fetch)]
async fn fetch(
    request: web_sys::Request,
    env: Env,
    context: Context,
) -> worker::Result<web_sys::Response> {
    let started = now_ms();
    let client = Client::of(&request);
    let route = client::route(&request, &client);

    let answer = match &route {
        Ok(route) => respond(route, &request, &client, env, context).await,
        Err(refused) if client::wants_page(&request) => {
            Answer::refusal(refused).for_browser(&refused.error)
        }
        Err(refused) => Answer::refusal(refused),
    };
    let (outcome, trouble) = (answer.outcome, answer.trouble);
    let mut status = answer.status_for(&client);
    let response = answer.send(status, &client).or_else(|_| {
        log::unsendable(outcome);
        status = 503;
        Answer::broken().send(status, &client)
    })?;
    log::request(&client, &route, status, outcome, trouble, started);
    Ok(response)
}

async fn respond(
    route: &Route,
    request: &web_sys::Request,
    client: &Client,
    env: Env,
    context: Context,
) -> Answer {
    let config = match Config::of(&env) {
        Ok(config) => config,
        Err(error) => {
            log::misconfigured(&error);
            return Answer::broken();
        }
    };
    let edge = Rc::new(Edge {
        config,
        env,
        context,
    });
    match route {
        Route::Api(question) => match question.caching() {
            Caching::Always | Caching::WhenTold => {
                cached::answer(question, request, client, &edge).await
            }
            Caching::Never => forward::answer(question, request, client, &edge).await,
        },
        Route::Picture(picture) => picture::answer(picture, request, client, &edge).await,
        Route::Purge => purge::answer(request, &edge).await,
    }
}

/// The current time in unix milliseconds.
fn now_ms() -> u64 {
    // One call where `worker::Date` takes two.
    js_sys::Date::now() as u64
}

/// The current time in unix seconds.
fn now() -> u64 {
    now_ms() / 1000
}
