use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt, join_all};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use super::{CrawlError, Deadline, Outcome, Task, run};
use crate::service::Service;
use crate::telemetry::with_causes;

/// After the start, requests come first.
const FIRST_AFTER: Duration = Duration::from_secs(30);

/// Who waits for providers takes no more than this part of the time between rounds, as a divisor: answers have the rest.
const FOR_RECORDS: u32 = 2;

const INVALIDATION: &[&[Task]] = &[&[Task::Invalidate { since: None }], &[Task::SearchIndex]];

/// What answers are made of comes before the answers.
const ROUND: &[&[Task]] = &[
    &[
        Task::Wikipedia,
        Task::Fanart,
        Task::TheAudioDb,
        Task::SpotifyMaps,
    ],
    &[Task::Artists],
    &[Task::Albums],
];

/// Runs the tasks from time to time, for as long as it is polled: what a schedule does for Lambda.
pub async fn run_timers(service: Arc<Service>) {
    let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
    let (looks, rounds) = (
        minutes(service.crawling.invalidate_minutes),
        minutes(service.crawling.renew_minutes),
    );
    let running = |task: &Task| {
        let (service, task) = (Arc::clone(&service), task.clone());
        async move {
            let deadline = match task {
                Task::Wikipedia | Task::Fanart | Task::TheAudioDb => {
                    Deadline::within(rounds / FOR_RECORDS)
                }
                _ => Deadline::NEVER,
            };
            run(&service, &task, deadline).await
        }
        .boxed()
    };
    tokio::join!(
        every(timer(looks), INVALIDATION, &running),
        every(timer(rounds), ROUND, &running),
    );
}

type Run = BoxFuture<'static, Result<Outcome, CrawlError>>;

fn timer(period: Duration) -> Interval {
    let mut timer = interval_at(Instant::now() + FIRST_AFTER, period);
    timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    timer
}

/// Runs stages of tasks, one after the other; those of a stage at the same time.
async fn every(mut timer: Interval, stages: &[&[Task]], running: &impl Fn(&Task) -> Run) {
    loop {
        timer.tick().await;
        for tasks in stages {
            join_all(tasks.iter().map(|task| watched(task, running(task)))).await;
        }
    }
}

/// A run, which may end however it likes: the next one comes.
async fn watched(
    task: &Task,
    run: impl Future<Output = Result<Outcome, CrawlError>> + Send + 'static,
) {
    let task = task.name();
    match tokio::spawn(run).await {
        // It tells by itself what broke it off.
        Ok(Ok(_) | Err(_)) => {}
        Err(error) => tracing::error!(
            task,
            error = with_causes(&error),
            "crawl ended by a fault of its own; the next one goes on from there"
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[tokio::test]
    async fn a_run_that_panics_ends_no_timer() {
        let ran = Arc::new(Mutex::new(Vec::new()));
        let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
        let running = |task: &Task| {
            ran.lock().unwrap().push(task.name());
            let fails = *task == Task::Artists;
            if *task == Task::Albums {
                tell.send(()).unwrap();
            }
            async move {
                assert!(!fails, "a fault");
                Ok(Outcome::UnderWay)
            }
            .boxed()
        };
        let stages: &[&[Task]] = &[&[Task::Artists, Task::Fanart], &[Task::Albums]];
        let timer = tokio::time::interval(Duration::from_millis(1));
        tokio::select! {
            () = every(timer, stages, &running) => {}
            _ = async { told.recv().await.and(told.recv().await) } => {}
        }
        let ran = ran.lock().unwrap();
        assert_eq!(ran[..6], ["artists", "fanart", "albums"].repeat(2));
    }
}
