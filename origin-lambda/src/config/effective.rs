use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::layers::Layers;
use super::secret_settings::SecretSettings;
use super::setting::{self, Kind, variable};
use super::{Config, ConfigError, Source};
use crate::telemetry::with_causes;

/// The settings that hold, and where each comes from.
#[derive(Clone, Debug)]
pub struct Effective {
    /// The settings.
    pub config: Config,
    sources: BTreeMap<String, Source>,
}

/// A setting, as an operator is shown it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Its environment variable.
    pub variable: String,
    /// Its value; of a secret, only whether it is set.
    pub value: Value,
    /// Where that comes from.
    pub from: Source,
}

impl Effective {
    /// Reads the environment over `defaults`.
    pub fn from_env(defaults: Config) -> Result<Self, ConfigError> {
        Self::over(&SecretSettings::default(), defaults)
    }

    /// Reads the environment, over the settings in the secret that `LINERNOTES_SETTINGS_SECRET` names, if any, over
    /// `defaults`.
    pub async fn load(defaults: Config) -> Result<Self, ConfigError> {
        let secret = std::env::var("LINERNOTES_SETTINGS_SECRET").unwrap_or_default();
        if secret.is_empty() {
            return Self::from_env(defaults);
        }
        let settings = SecretSettings::fetch(&secret)
            .await
            .map_err(|error| ConfigError(vec![with_causes(&error)]))?;
        Self::over(&settings, defaults)
    }

    pub(super) fn over(secret: &SecretSettings, defaults: Config) -> Result<Self, ConfigError> {
        let layers = Layers::of(secret);
        let before = values(&defaults);
        let profile = layers.profile().unwrap_or(defaults.profile);
        let has_address = |name: &str| layers.last(&format!("providers.{name}.url")).is_some();
        let defaults = profile.over(defaults, has_address);
        let by_profile = values(&defaults);
        let (config, problems) = layers.clone().over(&defaults);
        if !problems.is_empty() {
            return Err(ConfigError(problems));
        }
        let source = |path: &str| match layers.last(path) {
            Some(given) => given.source,
            None if at(&before, path) != at(&by_profile, path) => Source::Profile,
            None => Source::Default,
        };
        let sources = setting::each()
            .into_iter()
            .map(|setting| (setting.path.clone(), source(&setting.path)))
            .collect();
        Ok(Self { config, sources })
    }

    /// Every setting. Of providers, those that aren't as the provider has them.
    pub fn rows(&self) -> Vec<Row> {
        let values = values(&self.config);
        let rows = setting::each().into_iter().filter_map(|setting| {
            let value = at(&values, &setting.path);
            if value.is_null() && setting.path.starts_with("providers.") {
                return None;
            }
            let value = match setting.kind {
                Kind::Secret if value.as_str().is_some_and(|text| !text.is_empty()) => "set".into(),
                Kind::Secret => "not set".into(),
                Kind::Text | Kind::List | Kind::Value => value,
            };
            Some(Row {
                variable: variable(&setting.path),
                value,
                from: self.sources[&setting.path],
            })
        });
        rows.collect()
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = shown(&self.value);
        write!(f, "{:<48} {:<11} {value}", self.variable, self.from)
    }
}

/// A value as it would be set.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(values) => {
            let values: Vec<String> = values.iter().map(shown).collect();
            format!("[{}]", values.join(","))
        }
        value => value.to_string(),
    }
}

/// All values by their names. Secrets show as that they are there.
pub(super) fn values(config: &Config) -> Value {
    serde_json::to_value(config).expect("settings have names and plain values")
}

/// The value at a path; null without one.
pub(super) fn at(values: &Value, path: &str) -> Value {
    path.split('.')
        .fold(values, |value, name| &value[name])
        .clone()
}
