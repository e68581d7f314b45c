//! The search index: building it, and bringing it up to date.
//!
//! It is made of what the replica says of each artist and album, in a schema of its own; a new one is built beside the
//! one in use and takes its place as a whole. Both building and refreshing can be broken off anywhere and done again.

mod document;
mod refresh;
mod weight;
mod writer;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use linernotes_shared::Mbid;
use linernotes_shared::request::Entity;

use crate::catalogue::{Catalogue, CatalogueError, IndexState};
use crate::config::{Config, Database};
use document::{Credited, Document};
use writer::{Schema, Writer};

pub use refresh::Refreshed;

/// The version of what the index holds: of its words' spelling above all.
pub const FORMAT: i32 = 1;

/// Artists or albums in one transaction.
const PAGE: u32 = 2_000;

/// The index can't be made or brought up to date. What there was is as it was.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The replica, or the index's database, gives no answer.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// Its user may not write it.
    #[error(
        "the user {user} may not write the search index: it takes the right CREATE on the database {database}, and to own \
         the schema linernotes_search if there is one; or have another user run `linernotes search-index` regularly"
    )]
    Forbidden {
        /// The user.
        user: String,
        /// The index's database.
        database: String,
    },
    /// The index can't be written.
    #[error("the search index can't be written")]
    Write(#[source] tokio_postgres::Error),
    /// The extension for trigrams isn't there and can't be made.
    #[error(
        "the search index needs PostgreSQL's extension pg_trgm in the schema public; have a superuser run: CREATE EXTENSION \
         pg_trgm SCHEMA public"
    )]
    Extension(#[source] tokio_postgres::Error),
    /// The extension is elsewhere.
    #[error(
        "PostgreSQL's extension pg_trgm is in the schema {0}; have a superuser run: ALTER EXTENSION pg_trgm SET SCHEMA public"
    )]
    ExtensionElsewhere(String),
    /// Somebody else writes to it.
    #[error("the search index is being written by another process")]
    UnderWay,
    /// There is none to bring up to date.
    #[error(
        "there is no search index of this version to bring up to date: run `linernotes search-index`"
    )]
    NotBuilt,
}

/// How far it has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// So many artists or albums are in.
    Rows(Entity, u64),
    /// The indexes are being made.
    Finishing,
    /// What changed meanwhile is being brought in.
    CatchingUp,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A new index.
    Built {
        /// Artists in it.
        artists: i64,
        /// Albums in it.
        albums: i64,
        /// How long it took.
        took: Duration,
    },
    /// The one there is was brought up to date.
    Refreshed(Refreshed),
}

/// Makes the search index and keeps it up to date, as a user who may write it.
pub struct Indexer {
    replica: Catalogue,
    writer: Writer,
}

/// What the index is made from, and where it is.
#[derive(Clone, Debug)]
pub struct Databases {
    /// The replica.
    pub replica: Database,
    /// The index's.
    pub index: Database,
}

impl Databases {
    /// Those of a configuration.
    pub fn of(config: &Config) -> Self {
        Self {
            replica: config.database.clone(),
            index: config.search_database(),
        }
    }
}

impl Indexer {
    /// Connects to the replica and to the index's database.
    pub async fn connect(databases: &Databases) -> Result<Self, IndexError> {
        Ok(Self {
            replica: Catalogue::new(&databases.replica)?,
            writer: Writer::connect(&databases.index).await?,
        })
    }

    /// Brings the index up to date, or builds one if there is none of this version; `anew` builds one in any case.
    pub async fn run(
        &mut self,
        anew: bool,
        mut tell: impl FnMut(Progress),
    ) -> Result<Outcome, IndexError> {
        self.writer.take_lock().await?;
        let state = self.writer.state(Schema::Live).await?;
        if !anew && state.is_some_and(|state| state.format == FORMAT) {
            return self.refresh().await.map(Outcome::Refreshed);
        }
        self.writer.require_right_to_build().await?;
        let started = Instant::now();
        self.build(&mut tell).await?;
        tell(Progress::CatchingUp);
        self.refresh().await?;
        let state = self
            .writer
            .state(Schema::Live)
            .await?
            .ok_or(IndexError::NotBuilt)?;
        Ok(Outcome::Built {
            artists: state.artists,
            albums: state.albums,
            took: started.elapsed(),
        })
    }

    /// What the index in use holds, if it is of this version; `None` without one.
    pub async fn in_use(&self) -> Result<Option<IndexState>, IndexError> {
        let state = self.writer.state(Schema::Live).await?;
        Ok(state.filter(|state| state.format == FORMAT))
    }

    /// Builds a new index beside the one in use, going on where an earlier build was broken off.
    async fn build(&mut self, tell: &mut impl FnMut(Progress)) -> Result<(), IndexError> {
        // What changes from now on is brought in at the end.
        let as_of: Option<Timestamp> = self.replica.loaded_as_of().await?;
        self.writer.begin(as_of).await?;
        for entity in [Entity::Artist, Entity::Album] {
            self.fill(entity, tell).await?;
        }
        tell(Progress::Finishing);
        self.writer.finish().await
    }

    /// Puts in all artists, or all albums. While one page is written, the next is read.
    async fn fill(
        &mut self,
        entity: Entity,
        tell: &mut impl FnMut(Progress),
    ) -> Result<(), IndexError> {
        let (after, mut rows) = self.writer.progress(entity).await?;
        let mut page = read_page(&self.replica, entity, after).await?;
        while let Some(last) = page.last {
            let (documents, number) = (self.documents(&page).await?, page.number);
            let (written, next) = tokio::join!(
                self.writer.append(entity, &documents, last, number),
                read_page(&self.replica, entity, Some(last)),
            );
            written?;
            rows += number;
            tell(Progress::Rows(entity, rows.unsigned_abs()));
            page = next?;
        }
        Ok(())
    }

    async fn documents(&self, page: &Page) -> Result<Vec<Document>, IndexError> {
        match &page.rows {
            Rows::Artists(artists) => Ok(artists.iter().map(Document::of_artist).collect()),
            Rows::Albums(albums) => {
                let artists = self.credited(Schema::Next, albums).await?;
                Ok(albums
                    .iter()
                    .map(|album| Document::of_album(album, &artists))
                    .collect())
            }
        }
    }

    /// What the index holds of albums' artists.
    async fn credited(
        &self,
        schema: Schema,
        albums: &[crate::catalogue::SearchableAlbum],
    ) -> Result<HashMap<Mbid, Credited>, IndexError> {
        let mut artists: Vec<Mbid> = albums
            .iter()
            .flat_map(|album| album.artists.iter().copied())
            .collect();
        artists.sort_unstable();
        artists.dedup();
        let documents = self
            .writer
            .documents(schema, Entity::Artist, &artists)
            .await?;
        Ok(documents
            .into_iter()
            .map(|(mbid, kept)| (mbid, kept.credited()))
            .collect())
    }
}

/// A page of what the replica knows.
struct Page {
    rows: Rows,
    /// How many MBIDs there were.
    number: i64,
    /// The last of them; `None` after the last page.
    last: Option<Mbid>,
}

enum Rows {
    Artists(Vec<crate::catalogue::SearchableArtist>),
    Albums(Vec<crate::catalogue::SearchableAlbum>),
}

async fn read_page(
    replica: &Catalogue,
    entity: Entity,
    after: Option<Mbid>,
) -> Result<Page, CatalogueError> {
    let mbids = replica.ids(entity, after, PAGE).await?;
    Ok(Page {
        number: i64::try_from(mbids.len()).unwrap_or(i64::MAX),
        last: mbids.last().copied(),
        rows: match entity {
            Entity::Artist => Rows::Artists(replica.searchable_artists(&mbids).await?),
            Entity::Album => Rows::Albums(replica.searchable_albums(&mbids).await?),
        },
    })
}
