use serde::{Deserialize, Serialize};

/// What to do, as a schedule's payload says: `{"task": "invalidate"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "task", deny_unknown_fields)]
pub enum Task {
    /// See that the replica can be read.
    CheckCatalogue,
    /// Renew what changed in MusicBrainz since the last run, and have copies of it purged.
    Invalidate {
        /// Go back to this moment, in unix seconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<i64>,
    },
    /// Renew artists that go stale.
    Artists,
    /// Renew albums that go stale.
    Albums,
    /// Renew what Wikipedia says, where that goes stale.
    Wikipedia,
    /// Renew FanArt.tv's pictures.
    Fanart,
    /// Renew TheAudioDB's records.
    TheAudioDb,
    /// Renew what is known of Spotify's artists and albums.
    SpotifyMaps,
    /// Bring the search index up to date.
    SearchIndex,
    /// Build every artist and album once.
    InitialFill,
}

impl Task {
    /// Its name, as in payloads.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::CheckCatalogue => "check-catalogue",
            Self::Invalidate { .. } => "invalidate",
            Self::Artists => "artists",
            Self::Albums => "albums",
            Self::Wikipedia => "wikipedia",
            Self::Fanart => "fanart",
            Self::TheAudioDb => "the-audio-db",
            Self::SpotifyMaps => "spotify-maps",
            Self::SearchIndex => "search-index",
            Self::InitialFill => "initial-fill",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_names_its_task_and_nothing_else() {
        for task in [
            Task::CheckCatalogue,
            Task::Invalidate { since: None },
            Task::Artists,
            Task::Albums,
            Task::Wikipedia,
            Task::Fanart,
            Task::TheAudioDb,
            Task::SpotifyMaps,
            Task::SearchIndex,
            Task::InitialFill,
        ] {
            let payload = format!(r#"{{"task":"{}"}}"#, task.name());
            assert_eq!(serde_json::to_string(&task).unwrap(), payload);
            assert_eq!(serde_json::from_str::<Task>(&payload).unwrap(), task);
        }
        assert_eq!(
            serde_json::from_str::<Task>(r#"{"task":"invalidate","since":5}"#).unwrap(),
            Task::Invalidate { since: Some(5) }
        );
        assert!(serde_json::from_str::<Task>(r#"{"task":"artists","since":5}"#).is_err());
    }
}
