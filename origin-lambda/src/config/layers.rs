//! What is given for settings, one layer over the other.

use std::fmt;

use figment::Figment;
use figment::providers::Serialized;
use figment::value::Value;
use serde::Serialize;

use super::secret_settings::SecretSettings;
use super::setting::{self, Kind, Setting, variable};
use super::{Config, Freshness, Profile};

const PREFIX: &str = "LINERNOTES_";
/// Variables for the developer command, and for tests.
const NOT_OURS: [&str; 2] = ["DEV_", "TEST_"];

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// It is the default, for one machine or for Lambda.
    Default,
    /// The profile says so.
    Profile,
    /// It stands in the secret that `LINERNOTES_SETTINGS_SECRET` names.
    Secret,
    /// It stands in the environment.
    Environment,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Default => "default",
            Self::Profile => "profile",
            Self::Secret => "secret",
            Self::Environment => "environment",
        })
    }
}

/// A text that is given for a setting.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Given {
    /// The setting, e.g. `database.url`.
    pub path: String,
    /// What it is set to.
    pub text: String,
    /// By whom.
    pub source: Source,
}

impl Given {
    /// An empty text sets nothing: that is how some set-ups leave a variable out.
    fn says_something(&self) -> bool {
        !self.text.trim().is_empty()
    }
}

/// What is given, in the order in which it counts: the last one wins.
#[derive(Clone, Default)]
pub(super) struct Layers(Vec<Given>);

impl Layers {
    /// The environment over a secret.
    pub fn of(secret: &SecretSettings) -> Self {
        let mut given: Vec<Given> = secret
            .iter()
            .map(|(path, text)| Given {
                path: path.to_owned(),
                text: text.to_owned(),
                source: Source::Secret,
            })
            .collect();
        let mut environment: Vec<Given> = std::env::vars_os()
            .filter_map(|(name, text)| {
                let name = name.to_str()?.to_ascii_uppercase();
                let name = name.strip_prefix(PREFIX)?;
                let is_ours = !NOT_OURS.iter().any(|prefix| name.starts_with(prefix));
                is_ours.then(|| Given {
                    path: name.replace("__", ".").to_lowercase(),
                    text: text.to_string_lossy().into_owned(),
                    source: Source::Environment,
                })
            })
            .collect();
        environment.sort_by(|one, other| one.path.cmp(&other.path));
        given.append(&mut environment);
        Self(given)
    }

    /// What a setting is given last.
    pub fn last(&self, path: &str) -> Option<&Given> {
        let mut given = self.0.iter().rev();
        given.find(|given| given.path == path && given.says_something())
    }

    fn drop(&mut self, path: &str) {
        self.0.retain(|given| given.path != path);
    }

    /// The profile, if a known one is given.
    pub fn profile(&self) -> Option<Profile> {
        Profile::named(self.last("profile")?.text.trim())
    }

    /// The settings over defaults, and everything that is wrong with them.
    pub fn over(mut self, defaults: &Config) -> (Config, Vec<String>) {
        let settings = setting::each();
        let mut problems = self.take_unknown(&settings);
        self.0.retain(Given::says_something);
        loop {
            let defaults = Figment::from(Serialized::defaults(defaults));
            let figment = self.0.iter().fold(defaults, |figment, given| {
                let setting = settings.iter().find(|setting| setting.path == given.path);
                let kind = setting.map_or(Kind::Value, |setting| setting.kind);
                figment.merge((given.path.as_str(), value(kind, &given.text)))
            });
            match figment.extract::<Config>() {
                Ok(config) => {
                    let config = self.derive(config);
                    problems.extend(config.problems());
                    return (config, problems);
                }
                Err(error) => problems.extend(self.take_wrong(error)),
            }
        }
    }

    /// What follows from other settings. Where nothing looks for what changed, answers are fresh for less long.
    fn derive(&self, mut config: Config) -> Config {
        if !config.crawler.timers && self.last("cache.fresh_seconds").is_none() {
            config.cache.fresh_seconds = Freshness::UNWATCHED_FRESH_SECONDS;
        }
        config
    }

    /// Takes out what no setting is called.
    fn take_unknown(&mut self, settings: &[Setting]) -> Vec<String> {
        let is_known = |path: &str| settings.iter().any(|setting| setting.path == path);
        let providers = crate::providers::names();
        let mut unknown: Vec<String> = Vec::new();
        self.0.retain(|given| {
            let known = is_known(&given.path);
            if !known && !unknown.contains(&given.path) {
                unknown.push(given.path.clone());
            }
            known
        });
        let mut problems: Vec<String> = unknown
            .iter()
            .map(|path| {
                let provider = path
                    .strip_prefix("providers.")
                    .map(|rest| rest.split('.').next().unwrap_or_default());
                match provider {
                    Some(name) if !providers.contains(&name) => format!(
                        "LINERNOTES_PROVIDERS__{}: there is no such provider, only {}",
                        name.to_uppercase(),
                        providers.join(", ").to_uppercase()
                    ),
                    _ => {
                        let meant = meant(path, settings)
                            .map(|path| format!("; did you mean {}?", variable(path)))
                            .unwrap_or_default();
                        format!("{}: there is no such setting{meant}", variable(path))
                    }
                }
            })
            .collect();
        problems.dedup();
        problems
    }

    /// Takes out what has a value that its setting doesn't take.
    ///
    /// The parser stops at the first one, so it is asked again without that one.
    fn take_wrong(&mut self, error: figment::Error) -> Vec<String> {
        let mut problems = Vec::new();
        let mut taken = 0;
        for problem in error {
            let path = problem.path.join(".");
            let is_culprit = |given: &&Given| {
                path == given.path || path.starts_with(&format!("{}.", given.path))
            };
            let culprit = self
                .0
                .iter()
                .find(is_culprit)
                .map(|given| given.path.clone());
            problems.push(format!(
                "{}: {}",
                variable(culprit.as_deref().unwrap_or(&path)),
                problem.kind
            ));
            if let Some(culprit) = culprit {
                self.drop(&culprit);
                taken += 1;
            }
        }
        if taken == 0 {
            // Defaults fit. If something else is to blame, nothing that is given can be used.
            self.0.clear();
        }
        problems
    }
}

/// A text as its setting takes it: a key of digits isn't a number, which could lose its zeros.
fn value(kind: Kind, text: &str) -> Value {
    let parsed = || text.parse().unwrap_or_else(|never| match never {});
    match kind {
        Kind::Secret => Value::from(text),
        Kind::Text => match parsed() {
            value @ Value::String(..) => value,
            _ => Value::from(text),
        },
        Kind::List if !text.trim_start().starts_with('[') => {
            let words: Vec<&str> = text.split(',').map(str::trim).collect();
            Value::from(words)
        }
        Kind::Value | Kind::List => parsed(),
    }
}

/// The setting that somebody may have meant by another name.
fn meant<'a>(path: &str, settings: &'a [Setting]) -> Option<&'a str> {
    /// One letter in so many may be wrong.
    const TOLERANCE: usize = 4;
    let distance = |setting: &&Setting| strsim::damerau_levenshtein(&setting.path, path);
    let nearest = settings.iter().min_by_key(distance)?;
    (distance(&nearest) * TOLERANCE <= path.len()).then_some(nearest.path.as_str())
}
