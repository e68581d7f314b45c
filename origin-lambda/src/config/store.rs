use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where answers are kept.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Store {
    /// Which store.
    pub kind: StoreKind,
    /// Folder of the embedded store.
    pub path: PathBuf,
    /// Mebibytes of answers held in memory.
    pub memory_mib: u64,
    /// Name of the DynamoDB table.
    pub table: String,
    /// AWS region of the table, instead of `AWS_REGION`.
    pub region: Option<String>,
    /// URL of an emulator, instead of AWS. No AWS credentials are sent to it.
    pub endpoint: Option<String>,
    /// Milliseconds that DynamoDB has for one response, before it is asked again.
    pub attempt_timeout_ms: u64,
    /// Milliseconds that it has for one request, however often it is asked, and for each of the up to four things that an
    /// answer reads one after the other.
    pub timeout_ms: u64,
}

/// Which store answers are kept in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StoreKind {
    /// One file, for one process.
    Embedded,
    /// A DynamoDB table, for any number of processes.
    DynamoDb,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            kind: StoreKind::Embedded,
            path: PathBuf::from("linernotes-store"),
            memory_mib: 128,
            table: "linernotes".to_owned(),
            region: None,
            endpoint: None,
            attempt_timeout_ms: 700,
            timeout_ms: 2_000,
        }
    }
}

impl Store {
    /// Time for one response of DynamoDB.
    pub const fn attempt_timeout(&self) -> Duration {
        Duration::from_millis(self.attempt_timeout_ms)
    }

    /// Time for one request to DynamoDB.
    pub const fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }

    /// AWS region of the table. An emulator needs none, but requests to it are signed for one.
    pub fn region(&self) -> Option<String> {
        let from_aws = || std::env::var("AWS_REGION").ok();
        let for_emulator = || self.endpoint.as_ref().map(|_| "local".to_owned());
        self.region
            .clone()
            .or_else(from_aws)
            .filter(|region| !region.is_empty())
            .or_else(for_emulator)
    }

    /// What can't be used, each with its variable's name.
    pub(super) fn problems(&self) -> Vec<&'static str> {
        match self.kind {
            StoreKind::Embedded => Vec::new(),
            StoreKind::DynamoDb => self.problems_with_table(),
        }
    }

    fn problems_with_table(&self) -> Vec<&'static str> {
        let mut problems = Vec::new();
        let is_name = (3..=255).contains(&self.table.len())
            && self
                .table
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
        if !is_name {
            problems.push(
                "LINERNOTES_STORE__TABLE: must be 3 to 255 of the characters a-z A-Z 0-9 _ . -",
            );
        }
        if self.region().is_none() {
            problems.push("LINERNOTES_STORE__REGION: needed, as AWS_REGION isn't set");
        }
        if let Some(endpoint) = &self.endpoint {
            let is_plain = url::Url::parse(endpoint).is_ok_and(|url| {
                matches!(url.scheme(), "http" | "https")
                    && url.username().is_empty()
                    && url.password().is_none()
            });
            if !is_plain {
                // The value may hold a password, so it isn't repeated.
                problems.push("LINERNOTES_STORE__ENDPOINT: must be an http:// or https:// URL without user or password");
            }
        }
        if self.attempt_timeout_ms == 0 {
            problems.push("LINERNOTES_STORE__ATTEMPT_TIMEOUT_MS: must be at least 1");
        }
        if self.timeout_ms < self.attempt_timeout_ms {
            problems.push("LINERNOTES_STORE__TIMEOUT_MS: must be at least LINERNOTES_STORE__ATTEMPT_TIMEOUT_MS");
        }
        problems
    }
}
