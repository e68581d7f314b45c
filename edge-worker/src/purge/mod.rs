//! `POST /purge`: answers that have changed stop being fresh, in every tier that can be reached. None is deleted: in
//! trouble, the last good answer is still the best there is.

pub mod marks;
mod order;

use futures_util::future::join_all;
use serde::Serialize;

use linernotes_shared::cache::OVERFLOW_TAG;
use linernotes_shared::http::{CacheStatus, Forward};

use crate::answer::Answer;
use crate::client::field;
use crate::config::Config;
use crate::copies::colo;
use crate::copies::durable::Durable;
use crate::copies::front::{self, Purged};
use crate::flight;
use crate::route::Refused;
use crate::{CACHE_NAME, Edge, limit, now};

use order::Order;

/// The largest body, in bytes: a hundred of the longest tags and URLs.
const LARGEST_BODY: usize = 64 * 1024;

/// Seconds after which to send again what a tier didn't take. Cloudflare takes some calls a minute.
const RETRY_AFTER: u64 = 60;

/// What a purge did.
#[derive(Debug, Serialize)]
struct Report {
    /// Tags ordered, each once.
    tags: usize,
    /// URLs ordered, each once.
    urls: usize,
    /// Copies in this data centre that stopped being fresh.
    copies: usize,
    /// Marks set for the other data centres; null without the store that holds them.
    marks: Option<usize>,
    /// What the cache in front of the worker did.
    front: &'static str,
    /// What is to be done, if not all of it worked.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
}

/// Purges what the request's body says.
pub async fn answer(request: &web_sys::Request, edge: &Edge) -> Answer {
    // Before the key is looked at, so that guessing is slow.
    if let Err(trouble) = limit::count(request, edge).await {
        let status = CacheStatus::forwarded(CACHE_NAME, Forward::Bypass);
        return Answer::unavailable(trouble, &status.detail(trouble.detail()));
    }
    match ordered(request, edge).await {
        Ok(order) => carried_out(&order, edge).await,
        Err(refused) => Answer::refusal(&refused),
    }
}

async fn ordered(request: &web_sys::Request, edge: &Edge) -> Result<Order, Refused> {
    authorize(request, &edge.config)?;
    let body = crate::body::read(request, LARGEST_BODY)
        .await
        .ok_or_else(|| {
            let error = format!("body: must have at most {LARGEST_BODY} bytes");
            Refused::new(413, error)
        })?;
    Order::read(&body)
}

fn authorize(request: &web_sys::Request, config: &Config) -> Result<(), Refused> {
    let Some(key) = &config.purge_key else {
        let error = "purging is off: the worker has no PURGE_KEY";
        return Err(Refused::new(501, error));
    };
    let field = field(request, "authorization");
    let given = field
        .as_deref()
        .and_then(|field| field.strip_prefix("Bearer "));
    if given.is_some_and(|given| key.is(given)) {
        return Ok(());
    }
    let error = "authorization: must be Bearer and the purge key";
    Err(Refused::new(401, error))
}

async fn carried_out(order: &Order, edge: &Edge) -> Answer {
    let now = now();
    let paths = order.known_paths();

    // Marks first: a copy that is fetched meanwhile is newer than they are, or asks for another.
    let marks = match Durable::of(&edge.env) {
        None => None,
        Some(store) => {
            let all = order.tags.iter().chain(&order.paths);
            let named = all.filter(|what| *what != OVERFLOW_TAG);
            let marked = named.map(|what| marks::mark(&store, what, now));
            let mut marked = join_all(marked).await;
            if !order.tags.is_empty() {
                // KV takes one write a second for a key. If this one is too many, the last one did it.
                let is_marked = marks::mark(&store, OVERFLOW_TAG, now).await;
                if order.tags.iter().any(|tag| tag == OVERFLOW_TAG) {
                    marked.push(is_marked);
                }
            }
            Some(marked)
        }
    };
    for path in &paths {
        flight::purge(path, now);
    }
    let copies = join_all(paths.iter().map(|path| age(path, now, &edge.config))).await;
    let (tags, prefixes) = order.for_the_front();
    let front = if tags.is_empty() && prefixes.is_empty() {
        Purged::Absent
    } else {
        front::purge(&edge.context, &tags, &prefixes).await
    };

    let is_marked = marks.iter().flatten().all(|done| *done);
    let is_done = is_marked && front != Purged::Failed;
    let count = |done: &[bool]| done.iter().filter(|done| **done).count();
    let report = Report {
        tags: order.tags.len(),
        urls: order.paths.len(),
        copies: count(&copies),
        marks: marks.as_deref().map(count),
        front: match front {
            Purged::Absent => "absent",
            Purged::Done => "purged",
            Purged::Failed => "failed",
        },
        error: (!is_done).then_some("not every tier took it: send the same again"),
    };
    let status = if is_done { 200 } else { 503 };
    let mut answer = Answer::report(status, &report, "purge");
    if !is_done {
        let retry_after = ("retry-after", RETRY_AFTER.to_string());
        answer.fields.push(retry_after);
    }
    answer
}

/// Makes a path's copy in this data centre stop being fresh, if it isn't newer than a purge `at` some moment, in unix
/// seconds; whether there was such a copy.
pub async fn age(path: &str, at: u64, config: &Config) -> bool {
    let url = colo::url(config, path);
    let Some(copy) = colo::get(&url).await else {
        return false;
    };
    if copy.kept.made_at > at {
        return false;
    }
    let Some(mut whole) = copy.read().await else {
        return false;
    };
    whole.kept.purge(at);
    colo::put(&url, &whole.kept, &whole.body, now()).await;
    true
}
