//! The crawler Lambda: runs the task that its schedule names.

use std::sync::Arc;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use linernotes_origin::catalogue::Catalogue;
use linernotes_origin::config::Config;
use linernotes_origin::telemetry;
use serde::{Deserialize, Serialize};

/// What to do, as the schedule's payload says.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "task", deny_unknown_fields)]
enum Task {
    /// See that the replica can be read and how current it is.
    CheckCatalogue,
}

/// What the run found.
#[derive(Debug, Serialize)]
struct Report {
    schema_sequence: i32,
    replication_date: Option<String>,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let config = Config::from_env(Config::for_lambda())?;
    telemetry::start(config.log);
    let catalogue = Arc::new(Catalogue::new(&config.database)?);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Task>| {
        let catalogue = Arc::clone(&catalogue);
        async move { run(event.payload, &catalogue).await }
    }))
    .await
}

async fn run(task: Task, catalogue: &Catalogue) -> Result<Report, Error> {
    match task {
        Task::CheckCatalogue => {
            let replication = catalogue.replication().await?;
            replication.require_loaded()?;
            Ok(Report {
                schema_sequence: replication.schema_sequence,
                replication_date: replication.date.map(|date| date.to_string()),
            })
        }
    }
}
