use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

use super::DynamoDbStore;
use crate::cache::StoreError;

/// DynamoDB turned a request down.
#[derive(Debug, thiserror::Error)]
#[error("DynamoDB refused {operation}: {code}{}", .message.as_ref().map(|message| format!(": {message}")).unwrap_or_default())]
pub(super) struct Refused {
    operation: &'static str,
    code: String,
    message: Option<String>,
}

/// DynamoDB can't be reached, or its response can't be read.
#[derive(Debug, thiserror::Error)]
#[error("{operation} failed")]
struct NoResponse {
    operation: &'static str,
    source: Box<dyn std::error::Error + Send + Sync>,
}

/// Codes of requests that were too many.
const THROTTLING: [&str; 5] = [
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
    "ThrottledException",
    "TooManyRequestsException",
];

/// Codes whose messages help an operator. Others aren't shown: one about a wrong signature repeats the session's token.
const EXPLAINED: [&str; 4] = [
    "AccessDeniedException",
    "ResourceNotFoundException",
    "ResourceInUseException",
    "ValidationException",
];

/// Whether a response's body tells of throttling.
pub(super) fn is_throttling(body: &[u8]) -> bool {
    THROTTLING.iter().any(|code| {
        body.windows(code.len())
            .any(|window| window == code.as_bytes())
    })
}

impl DynamoDbStore {
    /// A request that took too long.
    pub(super) fn slow(&self) -> StoreError {
        self.counters.timeouts.add(1);
        StoreError::Slow
    }

    /// What a failed request means to the store's user.
    pub(super) fn failure<E>(
        &self,
        operation: &'static str,
        error: SdkError<E, HttpResponse>,
    ) -> StoreError
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        match &error {
            SdkError::TimeoutError(_) => return self.slow(),
            SdkError::DispatchFailure(failure) if failure.is_timeout() => return self.slow(),
            SdkError::ServiceError(refused) if refused.err().code().is_some() => {
                let code = refused.err().code().unwrap_or_default();
                if THROTTLING.contains(&code) {
                    return StoreError::Throttled;
                }
                let message = refused.err().message();
                return StoreError::Failed(Box::new(Refused {
                    operation,
                    code: code.to_owned(),
                    message: message
                        .filter(|_| EXPLAINED.contains(&code))
                        .map(str::to_owned),
                }));
            }
            _ => {}
        }
        match error.into_source() {
            Ok(source) => StoreError::Failed(Box::new(NoResponse { operation, source })),
            Err(error) => StoreError::Failed(Box::new(NoResponse {
                operation,
                source: error.to_string().into(),
            })),
        }
    }
}
