use super::Finding;
use crate::config::{Config, ConfigError, Profile};

/// What the settings are for.
pub(super) fn examine(config: &Config) -> Finding {
    let told = format!("the settings are of the profile {}", config.profile.name());
    // Somebody is to reach it, but it isn't seen to that keys are long and logs are for machines.
    let is_open = !config.listen.ip().is_loopback();
    if config.profile == Profile::Development && is_open {
        return Finding::warning(
            format!("{told}, but others may reach {}", config.listen),
            "set LINERNOTES_PROFILE=production",
        );
    }
    Finding::ok(told)
}

/// A finding for each setting that can't be used: nothing else can be looked at.
pub fn unusable(error: &ConfigError) -> Vec<Finding> {
    let problems = error.problems().iter();
    problems
        .map(|problem| {
            Finding::broken(
                format!("configuration: {problem}"),
                "set the variable to a value it takes; `linernotes config --reference` has all of them",
            )
        })
        .collect()
}
