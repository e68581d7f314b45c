use serde::{Deserialize, Serialize};

/// What to do, as a schedule's payload says: `{"task": "invalidate"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "task")]
pub enum Task {
    /// See that the replica can be read.
    CheckCatalogue,
    /// Take a replica that is older than it was for what MusicBrainz is: it was started over on purpose.
    AcceptReplica,
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
    InitialFill {
        /// Once more, if that has been done: what is kept isn't built again.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        anew: bool,
    },
}

/// There is no such task.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TaskError {
    /// The name isn't one.
    #[error("task: must be one of {}", names().join(", "))]
    Unknown,
    /// Only invalidation goes back to a moment.
    #[error("since: only the task invalidate takes it")]
    Since,
    /// Only the first fill can be begun anew.
    #[error("anew: only the task initial-fill takes it")]
    Anew,
}

fn names() -> Vec<&'static str> {
    Task::ALL.iter().map(Task::name).collect()
}

impl Task {
    /// Every task.
    pub const ALL: [Self; 11] = [
        Self::CheckCatalogue,
        Self::Invalidate { since: None },
        Self::Artists,
        Self::Albums,
        Self::Wikipedia,
        Self::Fanart,
        Self::TheAudioDb,
        Self::SpotifyMaps,
        Self::SearchIndex,
        Self::InitialFill { anew: false },
        Self::AcceptReplica,
    ];

    /// The task of a name; `since` is for invalidation, in unix seconds.
    pub fn named(name: &str, since: Option<u64>) -> Result<Self, TaskError> {
        let task = Self::ALL.into_iter().find(|task| task.name() == name);
        match (task, since) {
            (None, _) => Err(TaskError::Unknown),
            (Some(task), None) => Ok(task),
            (Some(Self::Invalidate { .. }), Some(since)) => Ok(Self::Invalidate {
                since: Some(i64::try_from(since).unwrap_or(i64::MAX)),
            }),
            (Some(_), Some(_)) => Err(TaskError::Since),
        }
    }

    /// The same task begun anew.
    pub fn begun_anew(self) -> Result<Self, TaskError> {
        match self {
            Self::InitialFill { .. } => Ok(Self::InitialFill { anew: true }),
            _ => Err(TaskError::Anew),
        }
    }

    /// Its name, as in payloads.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::CheckCatalogue => "check-catalogue",
            Self::AcceptReplica => "accept-replica",
            Self::Invalidate { .. } => "invalidate",
            Self::Artists => "artists",
            Self::Albums => "albums",
            Self::Wikipedia => "wikipedia",
            Self::Fanart => "fanart",
            Self::TheAudioDb => "the-audio-db",
            Self::SpotifyMaps => "spotify-maps",
            Self::SearchIndex => "search-index",
            Self::InitialFill { .. } => "initial-fill",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_names_its_task() {
        for task in Task::ALL {
            assert_eq!(Task::named(task.name(), None), Ok(task.clone()));
            let payload = format!(r#"{{"task":"{}"}}"#, task.name());
            assert_eq!(serde_json::to_string(&task).unwrap(), payload);
            assert_eq!(serde_json::from_str::<Task>(&payload).unwrap(), task);
        }
        assert_eq!(
            serde_json::from_str::<Task>(r#"{"task":"invalidate","since":5}"#).unwrap(),
            Task::Invalidate { since: Some(5) }
        );
        for unknown in [r#"{"task":"albumns"}"#, r#"{"since":5}"#] {
            assert!(serde_json::from_str::<Task>(unknown).is_err(), "{unknown}");
        }
        assert_eq!(
            Task::named("invalidate", Some(5)),
            Ok(Task::Invalidate { since: Some(5) })
        );
        assert_eq!(Task::named("artists", Some(5)), Err(TaskError::Since));
        assert_eq!(Task::named("artist", None), Err(TaskError::Unknown));
        let anew = Task::InitialFill { anew: true };
        let fill = Task::named("initial-fill", None).unwrap();
        assert_eq!(fill.begun_anew(), Ok(anew.clone()));
        assert_eq!(Task::Artists.begun_anew(), Err(TaskError::Anew));
        let payload = r#"{"task":"initial-fill","anew":true}"#;
        assert_eq!(serde_json::from_str::<Task>(payload).unwrap(), anew);
    }
}
