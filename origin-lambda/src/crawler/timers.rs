use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::{Deadline, Task, run};
use crate::service::Service;
use crate::telemetry::with_causes;

/// After the start, requests come first.
const FIRST_AFTER: Duration = Duration::from_secs(30);

/// Runs the tasks from time to time, for as long as it is polled: what a schedule does for Lambda.
pub async fn run_timers(service: Arc<Service>) {
    let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
    let settings = service.crawling.clone();
    tokio::join!(
        every(
            &service,
            minutes(settings.invalidate_minutes),
            &[Task::Invalidate { since: None }, Task::SearchIndex],
        ),
        every(
            &service,
            minutes(settings.renew_minutes),
            // What answers are made of comes before the answers.
            &[
                Task::Wikipedia,
                Task::Fanart,
                Task::TheAudioDb,
                Task::SpotifyMaps,
                Task::Artists,
                Task::Albums,
            ],
        ),
    );
}

async fn every(service: &Arc<Service>, period: Duration, tasks: &[Task]) {
    let mut timer = interval_at(Instant::now() + FIRST_AFTER, period);
    timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        timer.tick().await;
        for task in tasks {
            if let Err(error) = run(service, task, Deadline::NEVER).await {
                tracing::warn!(
                    task = task.name(),
                    error = with_causes(&error),
                    "crawl broken off; the next one goes on from there"
                );
            }
        }
    }
}
