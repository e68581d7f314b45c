//! What providers tell of, and the answers that it shows in.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::turn::Turn;
use super::{CrawlError, Deadline, Report, invalidate, records};
use crate::cache::now;
use crate::service::Service;
use crate::telemetry::with_causes;

/// How far the first look at the news goes back, in seconds.
const FIRST_LOOK_BACK: u64 = 24 * 60 * 60;

/// Seconds between looks: no feed is worth more.
const PAUSE: u64 = 60 * 60;

/// How long a run asks for what there is news of. What changed in MusicBrainz mustn't wait for a provider.
const PATIENCE: Duration = Duration::from_secs(2 * 60);

/// Which news are handled, in unix seconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Progress {
    /// Up to this moment.
    handled: u64,
    /// Up to which the run under way handles them.
    until: Option<u64>,
    /// The last key that it has handled.
    after: Option<String>,
}

impl Progress {
    /// Since when and up to when to look; `None` if it is too early.
    fn next(&self, now: u64) -> Option<(u64, u64)> {
        // What is handled up to a later moment was so by a clock that was wrong.
        let handled = self.handled.min(now);
        let until = match self.until {
            Some(until) => until.min(now),
            None if self.handled == handled && handled + PAUSE > now => return None,
            None => now,
        };
        match self.handled {
            0 => Some((until.saturating_sub(FIRST_LOOK_BACK), until)),
            ahead if ahead > handled => Some((now.saturating_sub(FIRST_LOOK_BACK), now)),
            handled => Some((handled, until)),
        }
    }
}

/// Fetches the kept records that providers have news of, and renews the answers that they and what they bring show in.
/// Whether it came to the end; that the news can't be read is one too, for now.
pub(super) async fn run(
    service: &Arc<Service>,
    turn: &mut Turn,
    report: &mut Report,
    deadline: Deadline,
    progress: &mut invalidate::Progress,
) -> Result<bool, CrawlError> {
    let Some((since, until)) = progress.news.next(now()) else {
        return Ok(true);
    };
    let keys = match service.providers.news(since, until).await {
        Ok(mut keys) => {
            keys.sort_unstable();
            keys
        }
        Err(error) => {
            tracing::warn!(error = with_causes(&error), "providers' news not read");
            return Ok(true);
        }
    };
    // A run that was broken off may have asked about some of its page, and told nobody of what it heard.
    let mut is_resumed = progress.news.until.is_some();
    progress.news.until = Some(until);
    turn.checkpoint(progress).await?;
    let (at_once, patience) = (service.crawling.fanart_at_once, deadline.of_part(PATIENCE));
    let done = progress.news.after.as_ref();
    let done = done.map_or(0, |after| {
        keys.partition_point(|key| key.as_str() <= after.as_str())
    });
    let keys = &keys[done..];
    for (number, page) in keys.chunks(service.crawling.batch).enumerate() {
        report.remaining = Some((keys.len() - number * service.crawling.batch) as u64);
        if deadline.is_near() {
            return Ok(false);
        }
        let (mut asked, mut told) = (Vec::new(), Vec::new());
        for (key, record) in service.cache.kept(page).await? {
            if record.updated >= until {
                // By an answer that asked for it first, and isn't the only one that it shows in; or by this very page.
                told.push(key.clone());
            }
            if is_resumed || record.built_at < until.saturating_mul(1000) {
                asked.push(key);
            }
        }
        asked.sort_unstable();
        report.looked_at += asked.len() as u64;
        // Those that can't be fetched now are the next round's, and its answers.
        service.cache.mark_stale(&asked, until).await?;
        let fetched = records::fetch(service, report, asked, at_once, patience).await?;
        told.extend(fetched.news(service, until).await?);
        records::renew_answers(service, report, &told, until).await?;
        is_resumed = false;
        progress.news.after = page.last().map(|key| key.as_str().to_owned());
        turn.checkpoint(progress).await?;
    }
    report.remaining = None;
    progress.news = Progress {
        handled: until,
        ..Progress::default()
    };
    turn.checkpoint(progress).await?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_clock_that_was_wrong_keeps_news_from_being_read() {
        let next = |handled, until| {
            let progress = Progress {
                handled,
                until,
                ..Progress::default()
            };
            progress.next(1_000_000)
        };
        assert_eq!(next(0, None), Some((913_600, 1_000_000)), "the first look");
        assert_eq!(next(996_401, None), None, "too early");
        assert_eq!(next(996_400, None), Some((996_400, 1_000_000)));
        assert_eq!(
            next(990_000, Some(995_000)),
            Some((990_000, 995_000)),
            "the one that was broken off"
        );
        // Noted by a clock that was ahead.
        assert_eq!(next(2_000_000, None), Some((913_600, 1_000_000)));
        assert_eq!(next(990_000, Some(2_000_000)), Some((990_000, 1_000_000)));
    }
}
