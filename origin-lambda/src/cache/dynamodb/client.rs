use std::sync::Arc;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::interceptors::{
    BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
    FinalizerInterceptorContextRef,
};
use aws_sdk_dynamodb::config::retry::{RetryConfig, RetryPartition};
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{
    ConfigBag, Credentials, Intercept, RuntimeComponents, SharedHttpClient,
};
use aws_sdk_dynamodb::error::BoxError;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

use super::error::is_throttling;
use crate::cache::counters::Counters;
use crate::config;

/// How often a request is sent at most.
const ATTEMPTS: u32 = 3;

/// Bounds of the pause before a request is sent again; within them it doubles and is drawn at random.
const FIRST_PAUSE: Duration = Duration::from_millis(40);
const LONGEST_PAUSE: Duration = Duration::from_millis(300);

/// A client that gives up in time: without limits, the SDK waits on a silent server for ever.
pub(super) async fn connect(settings: &config::Store, counters: &Arc<Counters>) -> Client {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(settings.attempt_timeout())
        .operation_attempt_timeout(settings.attempt_timeout())
        .operation_timeout(settings.timeout())
        .build();
    let retries = RetryConfig::standard()
        .with_max_attempts(ATTEMPTS)
        .with_initial_backoff(FIRST_PAUSE)
        .with_max_backoff(LONGEST_PAUSE);
    let mut shared = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http_client(settings.endpoint.as_deref()))
        .timeout_config(timeouts)
        .retry_config(retries);
    if let Some(region) = settings.region() {
        shared = shared.region(Region::new(region));
    }
    if let Some(endpoint) = &settings.endpoint {
        // An emulator takes any key. Real ones aren't shown to it.
        shared = shared
            .endpoint_url(endpoint)
            .credentials_provider(Credentials::new(
                "emulator", "emulator", None, None, "emulator",
            ));
    }
    // Retries stop when too many of late have failed; other stores of this process have nothing to do with that.
    let place = settings.endpoint.as_deref().unwrap_or_default();
    let allowance = format!("{} {place}", settings.table);
    let shared = shared.load().await;
    let config = aws_sdk_dynamodb::config::Builder::from(&shared)
        .interceptor(Attempts(Arc::clone(counters)))
        .retry_partition(RetryPartition::new(allowance))
        .build();
    Client::from_conf(config)
}

fn http_client(endpoint: Option<&str>) -> SharedHttpClient {
    let builder = aws_smithy_http_client::Builder::new();
    // Without TLS the system's certificates needn't be read.
    if endpoint.is_some_and(|endpoint| endpoint.starts_with("http://")) {
        builder.build_http()
    } else {
        builder
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .build_https()
    }
}

/// Waits before what DynamoDB left for later is asked for again.
pub(super) async fn pause(round: u32) {
    let longest = FIRST_PAUSE
        .saturating_mul(2_u32.saturating_pow(round))
        .min(LONGEST_PAUSE);
    tokio::time::sleep(longest.mul_f64(fastrand::f64())).await;
}

/// Counts what becomes of attempts, which only the SDK sees.
#[derive(Debug)]
struct Attempts(Arc<Counters>);

impl Intercept for Attempts {
    fn name(&self) -> &'static str {
        "counted attempts"
    }

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.requests.add(1);
        Ok(())
    }

    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.attempts.add(1);
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context
            .response()
            .and_then(|response| response.body().bytes());
        if let (Some(Err(_)), Some(body)) = (context.output_or_error(), body)
            && is_throttling(body)
        {
            self.0.throttles.add(1);
        }
        Ok(())
    }
}
