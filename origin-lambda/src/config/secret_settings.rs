//! Settings kept in AWS Secrets Manager, as a JSON object of the same names and texts as in the environment:
//! `{"LINERNOTES_DATABASE__URL": "postgres://…"}`.
//!
//! A Lambda's environment is shown to whoever may look at the function. A secret is shown to whom its own policy allows,
//! is kept out of the template, and can be changed without a deployment: instances read it when they start.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::BoxError;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

const PREFIX: &str = "LINERNOTES_";
/// What one attempt at reading the secret may take, and all: a Lambda has ten seconds to start.
const ATTEMPT: Duration = Duration::from_millis(2_500);
const ALL_ATTEMPTS: Duration = Duration::from_secs(8);

/// Settings by their names, `database.url`, as texts.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct SecretSettings(BTreeMap<String, String>);

/// The secret gives no settings. No message holds any of its content.
#[derive(Debug, thiserror::Error)]
pub enum SecretSettingsError {
    /// Secrets Manager doesn't give it.
    #[error("LINERNOTES_SETTINGS_SECRET: {name} can't be read from Secrets Manager")]
    Unreadable {
        /// The secret's name or ARN.
        name: String,
        /// Why.
        #[source]
        source: BoxError,
    },
    /// It is something else than settings.
    #[error(
        "LINERNOTES_SETTINGS_SECRET: {0} must hold a JSON object whose names begin with {PREFIX} and whose values are text"
    )]
    NotSettings(String),
}

impl SecretSettings {
    /// Reads them, with the credentials of the environment.
    pub(super) async fn fetch(name: &str) -> Result<Self, SecretSettingsError> {
        let https = Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .build_https();
        let timeouts = TimeoutConfig::builder()
            .operation_attempt_timeout(ATTEMPT)
            .operation_timeout(ALL_ATTEMPTS)
            .build();
        let shared = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .http_client(https)
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard())
            .load()
            .await;
        let secret = Client::new(&shared)
            .get_secret_value()
            .secret_id(name)
            .send()
            .await
            .map_err(|error| SecretSettingsError::Unreadable {
                name: name.to_owned(),
                source: Box::new(error),
            })?;
        secret
            .secret_string()
            .and_then(Self::parse)
            .ok_or_else(|| SecretSettingsError::NotSettings(name.to_owned()))
    }

    /// Reads a secret's text; `None` if it isn't settings.
    fn parse(text: &str) -> Option<Self> {
        let named: BTreeMap<String, String> = serde_json::from_str(text).ok()?;
        named
            .into_iter()
            .map(|(name, text)| {
                let name = name.strip_prefix(PREFIX)?;
                Some((name.replace("__", ".").to_lowercase(), text))
            })
            .collect::<Option<_>>()
            .map(Self)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::SecretSettings;
    use crate::config::{Config, Effective};

    #[test]
    fn a_secret_holds_settings_under_their_variables_names() {
        let settings = SecretSettings::parse(
            r#"{"LINERNOTES_DATABASE__URL": "postgres://ln:pw@db/mb", "LINERNOTES_OPERATOR_KEY": "0123"}"#,
        )
        .unwrap();
        assert_eq!(
            settings.iter().collect::<Vec<_>>(),
            [
                ("database.url", "postgres://ln:pw@db/mb"),
                ("operator_key", "0123")
            ]
        );
    }

    #[test]
    fn what_isnt_settings_is_refused() {
        for text in [
            "",
            "postgres://ln@db/mb",
            "[]",
            r#"{"PASSWORD": "pw"}"#,
            r#"{"LINERNOTES_LOG": 1}"#,
        ] {
            assert!(SecretSettings::parse(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn settings_of_a_secret_stand_over_the_defaults() {
        let settings = SecretSettings::parse(
            r#"{"LINERNOTES_DATABASE__CONNECTIONS": "3", "LINERNOTES_PROVIDERS__FANART__API_KEY": "0123"}"#,
        )
        .unwrap();
        let config = Effective::over(&settings, Config::default())
            .unwrap()
            .config;
        assert_eq!(config.database.connections, 3);
        let key = config.providers["fanart"].api_key.as_ref().unwrap();
        assert_eq!(key.reveal(), "0123");
    }

    #[test]
    fn an_unknown_setting_in_a_secret_is_named() {
        let settings = SecretSettings::parse(r#"{"LINERNOTES_DATABASE__USER": "me"}"#).unwrap();
        let error = Effective::over(&settings, Config::default()).unwrap_err();
        let error = error.to_string();
        assert!(
            error.contains("LINERNOTES_DATABASE__USER") || error.contains("user"),
            "{error}"
        );
    }
}
