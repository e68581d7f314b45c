//! Reading the search index, which lies beside the replica or in a database of its own.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;

use linernotes_shared::Mbid;
use linernotes_shared::request::Entity;

use super::row::{Columns, each};
use super::session::Snapshot;
use super::{Catalogue, CatalogueError, Statement};

/// What the search index holds, and of which moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexState {
    /// The version of what it holds.
    pub format: i32,
    /// The replica's last packet when it was last brought up to date; `None` if that wasn't known.
    pub as_of: Option<Timestamp>,
    /// How many artists.
    pub artists: i64,
    /// How many release groups.
    pub albums: i64,
}

/// An artist or a release group in the search index.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexedName {
    /// Which of the two.
    pub entity: Entity,
    /// Its MBID.
    pub mbid: Mbid,
    /// How much it matters, 0 to 1.
    pub weight: f32,
    /// Its name in lower case, otherwise as it is.
    pub shown: String,
    /// Its name in the index's spelling.
    pub name: String,
    /// Its sort name and aliases, in that spelling.
    pub others: Vec<String>,
    /// The names of a release group's artists, in that spelling.
    pub credits: Vec<String>,
}

/// A word in the search index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The word.
    pub text: String,
    /// How many artists and release groups have it.
    pub frequency: i32,
}

impl IndexState {
    /// Refuses an index that is too old to say that something doesn't exist.
    pub fn require_current(&self, max_lag: Option<Duration>) -> Result<(), CatalogueError> {
        let Some(max_lag) = max_lag else {
            return Ok(());
        };
        match self.as_of {
            Some(date) if Timestamp::now().duration_since(date).unsigned_abs() <= max_lag => Ok(()),
            Some(date) => Err(CatalogueError::NotCurrent(date.to_string())),
            None => Err(CatalogueError::NotCurrent("an unknown date".to_owned())),
        }
    }
}

/// One moment of the search index.
#[derive(Clone, Copy)]
pub struct IndexSnapshot<'a>(&'a Snapshot<'a>);

impl Catalogue {
    /// Reads one moment of the search index; `None` without an index.
    pub async fn search_index<T>(
        &self,
        reading: impl AsyncFnOnce(IndexSnapshot<'_>, IndexState) -> Result<T, CatalogueError> + Clone,
    ) -> Result<Option<T>, CatalogueError> {
        self.read(async |snapshot| {
            let reading = reading.clone();
            match state(snapshot).await? {
                Some(state) => reading(IndexSnapshot(snapshot), state).await.map(Some),
                None => Ok(None),
            }
        })
        .await
    }

    /// What the search index holds; `None` without one.
    pub async fn search_index_state(&self) -> Result<Option<IndexState>, CatalogueError> {
        self.read(async |snapshot| state(snapshot).await).await
    }

    /// Age from which on the replica, or an index made of it, doesn't prove that something doesn't exist.
    pub const fn max_lag(&self) -> Option<Duration> {
        self.max_lag
    }
}

async fn state(snapshot: &Snapshot<'_>) -> Result<Option<IndexState>, CatalogueError> {
    let rows = snapshot.query(Statement::SearchIndex, &[]).await?;
    let is_built = rows.first().map_or(Ok(false), |row| {
        Columns::new(Statement::SearchIndex, row).get("built")
    })?;
    if !is_built {
        return Ok(None);
    }
    let rows = snapshot.query(Statement::SearchState, &[]).await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let columns = Columns::new(Statement::SearchState, row);
    Ok(Some(IndexState {
        format: columns.get("format")?,
        as_of: columns.get("as_of")?,
        artists: columns.get("artists")?,
        albums: columns.get("albums")?,
    }))
}

impl IndexSnapshot<'_> {
    /// What fits a tsquery: of the first `looked_at` rows, the `most` most important ones.
    pub async fn documents(
        self,
        tsquery: &str,
        looked_at: i64,
        most: i64,
    ) -> Result<Vec<IndexedName>, CatalogueError> {
        const STATEMENT: Statement = Statement::SearchDocuments;
        let rows = self
            .0
            .query(STATEMENT, &[&tsquery, &looked_at, &most])
            .await?;
        each(STATEMENT, &rows, |columns| {
            let entity = match columns.get::<&str>("entity")? {
                "artist" => Entity::Artist,
                "album" => Entity::Album,
                other => {
                    return Err(CatalogueError::Inconsistent(format!(
                        "the search index holds the unknown kind {other:?}"
                    )));
                }
            };
            Ok(IndexedName {
                entity,
                mbid: columns.mbid("gid")?,
                weight: columns.get("weight")?,
                shown: columns.get("shown")?,
                name: columns.get("name")?,
                others: columns.get("others")?,
                credits: columns.get("credits")?,
            })
        })
    }

    /// How frequent words are; those that no name has are left out.
    pub async fn frequencies(
        self,
        words: &[String],
    ) -> Result<HashMap<String, i32>, CatalogueError> {
        const STATEMENT: Statement = Statement::SearchWords;
        let rows = self.0.query(STATEMENT, &[&words]).await?;
        each(STATEMENT, &rows, |columns| {
            Ok((columns.get("word")?, columns.get("frequency")?))
        })
    }

    /// Words that are spelled like a word, at most twice `most`.
    pub async fn spellings(self, word: &str, most: i64) -> Result<Vec<Word>, CatalogueError> {
        const STATEMENT: Statement = Statement::SearchSpellings;
        let rows = self.0.query(STATEMENT, &[&word, &most]).await?;
        each(STATEMENT, &rows, |columns| {
            Ok(Word {
                text: columns.get("word")?,
                frequency: columns.get("frequency")?,
            })
        })
    }
}
