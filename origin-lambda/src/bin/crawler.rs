//! The crawler Lambda: runs the task that its schedule names.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use lambda_runtime::{Error, LambdaEvent, service_fn};
use linernotes_origin::config::Config;
use linernotes_origin::crawler::{self, Deadline, Outcome, Task};
use linernotes_origin::service::Service;
use linernotes_origin::telemetry;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let config = Config::load(Config::for_lambda()).await?;
    telemetry::start(&config);
    telemetry::emf::start(config.telemetry.details);
    let service = Arc::new(Service::start(&config).await?);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Task>| {
        let service = Arc::clone(&service);
        async move { run(event, &service).await }
    }))
    .await
}

async fn run(event: LambdaEvent<Task>, service: &Arc<Service>) -> Result<Outcome, Error> {
    let end = SystemTime::UNIX_EPOCH + Duration::from_millis(event.context.deadline);
    let left = end.duration_since(SystemTime::now()).unwrap_or_default();
    let outcome = crawler::run(service, &event.payload, Deadline::within(left)).await;
    telemetry::sentry::sent().await;
    Ok(outcome?)
}
