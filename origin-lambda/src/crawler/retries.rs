//! Answers that couldn't be renewed, for a reason of their own, and are tried again.

use std::sync::Arc;

use linernotes_shared::cache::CacheKey;

use super::pending::{self, Names};
use super::turn::Turn;
use super::{CrawlError, Deadline, Report, doubts, page};
use crate::cache::now;
use crate::service::Service;

/// Note of their keys.
const NOTE: &str = "retries";

/// Most of them that a run tries again, those first that were tried the longest time ago.
const MOST: usize = 500;

/// So many are tried before that is noted. Those that fail by taking too long take their time: a run shall come further
/// than to the first of them.
const PAGE: usize = 20;

/// Keys to try again, those first that were tried the longest time ago.
pub(super) async fn due(service: &Service) -> Result<Vec<CacheKey>, CrawlError> {
    let names: Names = pending::read(&**service.cache.store(), NOTE).await?;
    Ok(longest_ago(names, MOST))
}

/// Tries keys again. Whether there was time for all.
pub(super) async fn run(
    service: &Arc<Service>,
    turn: &mut Turn,
    report: &mut Report,
    deadline: Deadline,
    keys: &[CacheKey],
) -> Result<bool, CrawlError> {
    for (number, page) in keys.chunks(PAGE).enumerate() {
        report.remaining = Some((keys.len() - number * PAGE) as u64);
        if deadline.is_near() {
            return Ok(false);
        }
        let failed = page::again(service, report, page).await?;
        // A run that was overtaken mustn't strike off what the other one notes.
        turn.go_on().await?;
        note(service, &failed, page).await?;
    }
    report.remaining = None;
    Ok(true)
}

/// Notes what failed, as of now, and strikes off what was tried.
pub(super) async fn note(
    service: &Service,
    failed: &[CacheKey],
    tried: &[CacheKey],
) -> Result<(), CrawlError> {
    let (add, remove) = (doubts::texts(failed), doubts::texts(tried));
    pending::update(&**service.cache.store(), NOTE, &add, &remove, now()).await
}

/// So many keys, those with the earliest times.
fn longest_ago(names: Names, most: usize) -> Vec<CacheKey> {
    let mut by_age: Vec<(u64, String)> = names.into_iter().map(|(key, time)| (time, key)).collect();
    by_age.sort_unstable();
    let keys = by_age.iter().filter_map(|(_, key)| key.parse().ok());
    keys.take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_tried_the_longest_time_ago_comes_first() {
        let key = |number: u32| format!("album/00000000-0000-4000-8000-{number:012}");
        let names = Names::from([(key(1), 9), (key(2), 7), (key(3), 8)]);
        let first: Vec<String> = longest_ago(names, 2)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(first, [key(2), key(3)]);
    }
}
