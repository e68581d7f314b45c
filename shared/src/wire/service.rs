use serde::{Deserialize, Serialize};

use crate::Mbid;

/// The body of every answer that isn't a success. Lidarr reads error bodies as JSON objects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// What went wrong, and which field and rule if the client can mend it.
    pub error: String,
}

/// The answer of `GET /`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Version of the service.
    pub version: String,
    /// Branch it was built from.
    pub branch: String,
    /// Commit it was built from.
    pub commit: String,
    /// Date of the last replication packet in the replica, RFC 3339; null while the replica can't be reached.
    pub replication_date: Option<String>,
    /// MusicBrainz schema sequence of the replica; null while the replica can't be reached.
    pub schema_sequence: Option<i32>,
}

/// The answer of `GET /recent/{entity}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recent {
    /// From when on, RFC 3339.
    pub since: String,
    /// How many `items` there are.
    pub count: usize,
    /// Whether `items` may lack entities that changed. Lidarr then goes by age instead of by the list.
    pub limited: bool,
    /// MBIDs of changed entities, newest first.
    pub items: Vec<Mbid>,
}
