use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::matching::Likeness;

/// Charts, and what maps other services' names to MusicBrainz.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lists {
    /// How alike titles and artists' names must be to mean the same, 0 to 1: the normalised Levenshtein ratio.
    pub match_ratio: f64,
    /// Seconds for which a chart is fresh.
    pub chart_seconds: u64,
    /// The country of Apple's charts, as two letters.
    pub storefront: String,
}

impl Default for Lists {
    fn default() -> Self {
        Self {
            match_ratio: 0.8,
            chart_seconds: 24 * 60 * 60,
            storefront: "us".to_owned(),
        }
    }
}

impl Lists {
    /// How alike names must be to mean the same.
    pub const fn likeness(&self) -> Likeness {
        Likeness::at_least(self.match_ratio)
    }

    /// What can't be used, each with its variable's name.
    pub(super) fn problems(&self) -> Vec<&'static str> {
        let mut problems = Vec::new();
        if !(0.5..=1.0).contains(&self.match_ratio) {
            problems.push("LINERNOTES_LISTS__MATCH_RATIO: must be from 0.5 to 1");
        }
        if self.chart_seconds == 0 {
            problems.push("LINERNOTES_LISTS__CHART_SECONDS: must be at least 1");
        }
        let is_country = self.storefront.len() == 2
            && self
                .storefront
                .bytes()
                .all(|byte| byte.is_ascii_lowercase());
        if !is_country {
            problems.push(
                "LINERNOTES_LISTS__STOREFRONT: must be a country's two lower-case letters, e.g. us",
            );
        }
        problems
    }
}
