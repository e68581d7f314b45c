use std::collections::BTreeMap;

use jiff::Timestamp;

use linernotes_shared::Mbid;
use linernotes_shared::request::Entity;

use super::row::Columns;
use super::session::Snapshot;
use super::{CatalogueError, Statement};

/// What changed in MusicBrainz since an instant, closed under Lidarr's rules: a changed album brings the artist credited
/// first, a new album is among both, and old MBIDs stand beside the current ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Artists whose answers may have changed, newest change first, then by MBID.
    pub artists: Vec<Change>,
    /// Release groups whose answers may have changed, newest change first, then by MBID.
    pub albums: Vec<Change>,
    /// Since when the replica's change log is kept; `None` without one. Ratings, release events, cover art and deletions
    /// from before then are missing.
    pub logged_since: Option<Timestamp>,
}

/// An entity and when it last changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// MBID, current or old.
    pub mbid: Mbid,
    /// The latest change that shows in its answer.
    pub changed: Timestamp,
}

/// The latest change of each entity.
#[derive(Default)]
struct Latest {
    artists: BTreeMap<Mbid, Timestamp>,
    albums: BTreeMap<Mbid, Timestamp>,
}

impl Latest {
    fn note(&mut self, entity: Entity, mbid: Mbid, changed: Timestamp) {
        let known = match entity {
            Entity::Artist => &mut self.artists,
            Entity::Album => &mut self.albums,
        };
        let latest = known.entry(mbid).or_insert(changed);
        *latest = changed.max(*latest);
    }

    async fn read(
        &mut self,
        snapshot: &Snapshot<'_>,
        statement: Statement,
        (since, before): (Timestamp, Timestamp),
    ) -> Result<(), CatalogueError> {
        for row in &snapshot.query(statement, &[&since, &before]).await? {
            let columns = Columns::new(statement, row);
            let entity = match columns.get::<&str>("entity")? {
                "artist" => Entity::Artist,
                "album" => Entity::Album,
                other => {
                    return Err(CatalogueError::Inconsistent(format!(
                        "a change of the unknown kind {other:?}"
                    )));
                }
            };
            self.note(entity, columns.mbid("gid")?, columns.get("changed")?);
        }
        Ok(())
    }
}

/// Everything that changed within a span: at its first instant or later, and before its second.
pub(super) async fn read(
    snapshot: &Snapshot<'_>,
    span: (Timestamp, Timestamp),
) -> Result<Changes, CatalogueError> {
    snapshot.plan_for_values().await?;
    let mut latest = Latest::default();
    latest
        .read(snapshot, Statement::ChangedArtists, span)
        .await?;
    latest
        .read(snapshot, Statement::ChangedAlbums, span)
        .await?;
    let mut logged_since = None;
    if is_logged(snapshot).await? {
        latest
            .read(snapshot, Statement::LoggedChanges, span)
            .await?;
        let rows = snapshot.query(Statement::ChangeLogStart, &[]).await?;
        logged_since = rows
            .first()
            .map(|row| Columns::new(Statement::ChangeLogStart, row).get("since"))
            .transpose()?;
    }
    Ok(Changes {
        artists: newest_first(latest.artists),
        albums: newest_first(latest.albums),
        logged_since,
    })
}

/// Whether the replica keeps a change log.
pub(super) async fn is_logged(snapshot: &Snapshot<'_>) -> Result<bool, CatalogueError> {
    let rows = snapshot.query(Statement::ChangeLog, &[]).await?;
    rows.first().map_or(Ok(false), |row| {
        Columns::new(Statement::ChangeLog, row).get("kept")
    })
}

fn newest_first(latest: BTreeMap<Mbid, Timestamp>) -> Vec<Change> {
    let mut changes: Vec<Change> = latest
        .into_iter()
        .map(|(mbid, changed)| Change { mbid, changed })
        .collect();
    // A stable sort: those of one moment stay in the order of their MBIDs.
    changes.sort_by_key(|change| std::cmp::Reverse(change.changed));
    changes
}
