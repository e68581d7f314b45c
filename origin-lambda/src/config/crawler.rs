use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How kept answers are renewed.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Crawler {
    /// Whether the server runs the tasks itself, from time to time. In Lambda a schedule does.
    pub timers: bool,
    /// Minutes between looks for what changed in MusicBrainz.
    pub invalidate_minutes: u64,
    /// Minutes between rounds that renew what goes stale.
    pub renew_minutes: u64,
    /// Answers in a batch: after each, a run notes how far it has come. 50 to 500.
    pub batch: usize,
    /// Answers built at once.
    pub at_once: usize,
    /// Wikipedia's articles asked for at once.
    pub wikipedia_at_once: usize,
    /// FanArt.tv's records asked for at once.
    pub fanart_at_once: usize,
    /// TheAudioDB's records asked for at once.
    pub the_audio_db_at_once: usize,
    /// Minutes before its end of freshness that an answer is renewed; what providers said is renewed twice as early.
    pub look_ahead_minutes: u64,
    /// Seconds for which a run that stopped without a word keeps the next one from starting. The same everywhere.
    pub lease_seconds: u64,
    /// Seconds before the moment that a client names, of which it is told again what changed: for clocks that differ, and
    /// for copies of old answers that it may have got since.
    pub recent_overlap_seconds: u64,
    /// Seconds that a run may take for which `GET /invalidate` waits. What is left then is the next run's.
    pub request_seconds: u64,
    /// Minutes after which is looked again for what the replica didn't know any more. Only then it counts as gone.
    pub second_look_minutes: u64,
}

impl Default for Crawler {
    fn default() -> Self {
        Self {
            timers: true,
            invalidate_minutes: 10,
            renew_minutes: 60,
            batch: 100,
            at_once: 4,
            wikipedia_at_once: 1,
            fanart_at_once: 10,
            the_audio_db_at_once: 5,
            look_ahead_minutes: 60,
            lease_seconds: 120,
            recent_overlap_seconds: 3_600,
            request_seconds: 80,
            second_look_minutes: 15,
        }
    }
}

impl Crawler {
    /// What can't be used, each with its variable's name.
    pub(super) fn problems(&self) -> Vec<String> {
        let at_least_one = [
            ("INVALIDATE_MINUTES", self.invalidate_minutes),
            ("RENEW_MINUTES", self.renew_minutes),
            ("AT_ONCE", self.at_once as u64),
            ("WIKIPEDIA_AT_ONCE", self.wikipedia_at_once as u64),
            ("FANART_AT_ONCE", self.fanart_at_once as u64),
            ("THE_AUDIO_DB_AT_ONCE", self.the_audio_db_at_once as u64),
        ];
        let mut problems: Vec<String> = at_least_one
            .into_iter()
            .filter(|(_, value)| *value == 0)
            .map(|(name, _)| format!("LINERNOTES_CRAWLER__{name}: must be at least 1"))
            .collect();
        if !(1..=900).contains(&self.lease_seconds) {
            problems.push("LINERNOTES_CRAWLER__LEASE_SECONDS: must be 1 to 900".to_owned());
        }
        if !(1..=85).contains(&self.request_seconds) {
            // The edge waits for 90.
            problems.push("LINERNOTES_CRAWLER__REQUEST_SECONDS: must be 1 to 85".to_owned());
        }
        if !(50..=500).contains(&self.batch) {
            problems.push("LINERNOTES_CRAWLER__BATCH: must be 50 to 500".to_owned());
        }
        problems
    }
}
