//! The API Lambda: the same router as on one machine, behind a Function URL.

use std::sync::Arc;

use lambda_http::Error;
use linernotes_origin::config::Config;
use linernotes_origin::server::router;
use linernotes_origin::service::Service;
use linernotes_origin::telemetry;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let config = Config::load(Config::for_lambda()).await?;
    telemetry::start(config.log);
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
    lambda_http::run(router(service)).await
}
