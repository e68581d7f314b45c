use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How long answers are good, in seconds.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Freshness {
    /// Seconds for which an answer is served without asking the replica again; 86400 where neither timers nor a schedule of
    /// ours look for changes (`LINERNOTES_CRAWLER__TIMERS` is `false`). Meanwhile, invalidation keeps it true.
    pub fresh_seconds: u64,
    /// Seconds for which it is served after that, while a new one is built, and in trouble.
    pub stale_seconds: u64,
    /// Seconds for which others, such as the edge, keep a copy without asking whether it still holds.
    pub edge_seconds: u64,
    /// Seconds for which "no such artist" is believed.
    pub not_found_seconds: u64,
    /// Whoever finds a stale answer gets it at once, or waits for the new one.
    pub revalidate: Revalidate,
}

/// What to do with whoever finds a stale answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Revalidate {
    /// Give it to them, and build a new one for those who come later.
    Background,
    /// Have them wait for the new one, and give it to them only in trouble. For Lambda, which stops when the answer is
    /// out.
    Wait,
}

const DAY: u64 = 24 * 60 * 60;

impl Freshness {
    /// How long answers are fresh by default where nothing looks for what changed.
    pub(super) const UNWATCHED_FRESH_SECONDS: u64 = DAY;
}

impl Default for Freshness {
    fn default() -> Self {
        Self {
            fresh_seconds: 30 * DAY,
            edge_seconds: 3_600,
            stale_seconds: 30 * DAY,
            not_found_seconds: 300,
            revalidate: Revalidate::Background,
        }
    }
}
