//! The edge: a Cloudflare Worker in front of the origin.
//!
//! A request's way, from top to bottom:
//!
//! - `entry.mjs`, and [`copy_url`], [`hit`] and [`answer()`], which it calls;
//! - [`asked`]: what is asked, by whom ([`client`]) and in canonical form ([`route`]), or why it can't be answered;
//! - [`cached`]: questions whose answers are kept: a copy ([`copies`]), one request to the origin for all who wait
//!   ([`flight`]), what becomes of its answer ([`settle`]), and where that is kept ([`keep`]);
//! - [`forward`]: questions whose answers aren't kept;
//! - [`picture`]: pictures of the art hosts; [`purge`]: what changed;
//! - [`limit`]: how much one client may ask of what lies behind; [`patience`]: how long it waits for a word of it;
//! - [`origin`]: asking the origin;
//! - [`mod@answer`]: the answer's form; [`stream`]: what the runtime does with its bytes.
//!
//! Lidarr deletes library items on a 404 and loses refreshes on anything that isn't whole, so trouble behind the edge
//! becomes a stale copy if there is one, and 503 otherwise.

mod answer;
mod asked;
mod body;
mod cached;
mod client;
mod config;
mod copies;
mod flight;
mod forward;
mod keep;
mod limit;
mod log;
mod origin;
mod patience;
mod picture;
mod purge;
mod route;
mod settle;
mod stream;

use std::rc::Rc;

use worker::js_sys::futures::future_to_promise;
use worker::wasm_bindgen::prelude::wasm_bindgen;
use worker::{Context, Env, console_log, js_sys};

use answer::Answer;
use asked::Asked;
use config::{Config, ConfigError};
use copies::colo::{self, Found};
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

impl Edge {
    fn new(env: Env, context: Context) -> Result<Rc<Self>, ConfigError> {
        let config = Config::of(&env)?;
        Ok(Rc::new(Self {
            config,
            env,
            context,
        }))
    }
}

/// What came of `entry.mjs`'s look for a copy.
#[derive(Debug)]
enum FirstLook {
    /// What the cache had at [`copy_url`], if that is known for this request.
    Had(Option<web_sys::Response>),
    /// None was taken: the isolate is new, and knows nothing yet of the worker's settings.
    Ahead,
}

/// Where a copy of the answer is kept, in the data centre's cache; `None` if there can't be one, or nothing is known yet of
/// the worker's settings. `asked` is the request as [`Asked::read`] reads it.
#[wasm_bindgen(wasm_bindgen = worker::wasm_bindgen)]
pub fn copy_url(asked: &str) -> Option<String> {
    let config = Config::known()?;
    Some(colo::url(&config, &asked::kept_path_of(asked)?))
}

/// Answers from a copy if nothing else is to be done: two lines, of which one is for the log, and the other is JSON that
/// the response is made from besides the copy's body. `kept` is the copy's header of that name.
#[wasm_bindgen(wasm_bindgen = worker::wasm_bindgen)]
pub fn hit(asked: &str, kept: &str) -> Option<String> {
    let hit = cached::hit(&Asked::read(asked), kept, now_ms(), &*Config::known()?)?;
    Some(hit.join("\n"))
}

/// Answers whatever else is asked. `copy` is what the cache had at [`copy_url`].
#[wasm_bindgen(wasm_bindgen = worker::wasm_bindgen)]
pub fn answer(
    asked: String,
    request: web_sys::Request,
    env: Env,
    context: worker::worker_sys::Context,
    copy: Option<web_sys::Response>,
) -> js_sys::Promise {
    let context = Context::new(context);
    let first_look = if Config::known().is_some() {
        FirstLook::Had(copy)
    } else {
        FirstLook::Ahead
    };
    future_to_promise(async move {
        let asked = Asked::read(&asked);
        let answer = match &asked.route {
            Ok(route) => match Edge::new(env, context) {
                Ok(edge) => respond(route, &asked, &request, first_look, &edge).await,
                Err(error) => {
                    log::misconfigured(&error);
                    Answer::broken()
                }
            },
            Err(refused) if asked.is_of_pages && client::prefers_html(&request) => {
                Answer::refusal(refused).for_browser(&refused.error)
            }
            Err(refused) => Answer::refusal(refused),
        };
        let (outcome, trouble) = (answer.outcome, answer.trouble);
        let mut status = answer.status_for(&asked.client);
        let response = answer.send(status, &asked.client).or_else(|_| {
            log::unsendable(outcome);
            status = 503;
            Answer::broken().send(status, &asked.client)
        })?;
        let line = log::request(&asked, status, outcome, trouble, now_ms());
        console_log!("{line}");
        Ok(response.into())
    })
}

async fn respond(
    route: &Route,
    asked: &Asked,
    request: &web_sys::Request,
    first_look: FirstLook,
    edge: &Rc<Edge>,
) -> Answer {
    match route {
        Route::Api(question) if question.is_kept() => {
            let found = match first_look {
                FirstLook::Had(copy) => copy.and_then(Found::of),
                FirstLook::Ahead => {
                    colo::get(&colo::url(&edge.config, &question.canonical_path())).await
                }
            };
            cached::answer(question, asked, found, request, edge).await
        }
        Route::Api(question) => forward::answer(question, request, &asked.client, edge).await,
        Route::Picture(picture) => picture::answer(picture, request, &asked.client, edge).await,
        Route::Purge => purge::answer(request, edge).await,
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
