use schemars::JsonSchema;
use sentry_types::Dsn;
use serde::{Deserialize, Serialize};

use super::Secret;

/// Who is told of errors, and which figures.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Telemetry {
    /// DSN of a Sentry, or of another service that takes its reports, to be told of errors.
    pub sentry_dsn: Option<Secret>,
    /// Whether the functions in Lambda tell CloudWatch figures by route, tier and provider too. Each costs what CloudWatch
    /// asks for a metric. On one machine all figures are at `/metrics` anyway.
    pub details: bool,
}

impl Telemetry {
    /// Who is told of errors. An empty one is nobody: that is how some set-ups leave a variable out.
    pub fn sentry_dsn(&self) -> Option<&Secret> {
        self.sentry_dsn
            .as_ref()
            .filter(|dsn| !dsn.reveal().is_empty())
    }

    /// What can't be used, each with its variable's name.
    pub(super) fn problems(&self) -> Option<String> {
        // The value holds a key, so it isn't repeated.
        let is_wrong = |dsn: &Secret| dsn.reveal().parse::<Dsn>().is_err();
        self.sentry_dsn().is_some_and(is_wrong).then(|| {
            "LINERNOTES_TELEMETRY__SENTRY_DSN: must be a DSN such as https://key@sentry.example.org/1".to_owned()
        })
    }
}
