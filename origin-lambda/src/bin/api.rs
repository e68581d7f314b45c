//! The API Lambda: the same router as on one machine, behind a Function URL.

use std::sync::Arc;

use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use lambda_http::Error;
use linernotes_origin::config::Config;
use linernotes_origin::server::router;
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
    lambda_http::run(router(service).layer(from_fn(report))).await
}

/// What is to be reported goes out before the answer: after it, the process stands still.
async fn report(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    telemetry::sentry::sent().await;
    response
}
