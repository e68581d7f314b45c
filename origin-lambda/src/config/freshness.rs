use serde::{Deserialize, Serialize};

/// How long answers are good, in seconds.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Freshness {
    /// An answer is served without asking the replica again.
    pub fresh_seconds: u64,
    /// After that, it is served while a new one is built, and in trouble.
    pub stale_seconds: u64,
    /// "No such artist" is believed.
    pub not_found_seconds: u64,
    /// Whoever finds a stale answer gets it at once, or waits for the new one.
    pub revalidate: Revalidate,
}

/// What to do with whoever finds a stale answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Revalidate {
    /// Give it to them, and build a new one for those who come later.
    Background,
    /// Have them wait for the new one, and give it to them only in trouble. For Lambda, which stops when the answer is
    /// out.
    Wait,
}

impl Default for Freshness {
    fn default() -> Self {
        const DAY: u64 = 24 * 60 * 60;
        Self {
            fresh_seconds: DAY,
            stale_seconds: 30 * DAY,
            not_found_seconds: 300,
            revalidate: Revalidate::Background,
        }
    }
}
