//! The API Lambda: the same answers as on one machine, behind a Function URL.

use std::sync::Arc;

use lambda_http::{Error, service_fn};
use linernotes_origin::config::Config;
use linernotes_origin::server;
use linernotes_origin::service::Service;
use linernotes_origin::telemetry;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let config = Config::load(Config::for_lambda()).await?;
    telemetry::start(&config);
    telemetry::emf::start(config.telemetry.details);
    let service = Arc::new(Service::start(&config).await?);
    // Requests don't wait for it: it has a connection of its own.
    tokio::spawn({
        let service = Arc::clone(&service);
        async move { service.report_catalogue().await }
    });
    tokio::spawn({
        let service = Arc::clone(&service);
        async move { service.report_store().await }
    });
    let service = &service;
    lambda_http::run(service_fn(async move |request| {
        let response = server::respond(service, request, None).await;
        // What is to be reported goes out before the answer: after it, the process stands still.
        telemetry::sentry::sent().await;
        Ok::<_, Error>(response)
    }))
    .await
}
