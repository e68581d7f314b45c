//! Writing to the index's database.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use tokio_postgres::Client;
use uuid::Uuid;

use linernotes_shared::Mbid;
use linernotes_shared::request::Entity;

use super::document::{Credited, Document};
use super::{FORMAT, IndexError};
use crate::catalogue::{IndexState, owner};
use crate::config;

const TABLES: &str = include_str!("../../../../sql/search_index.sql");
const FINISH: &str = include_str!("../../../../sql/search_index_finish.sql");
const PUT: &str = include_str!("../../../../sql/search_index_put.sql");

/// Whoever writes holds the advisory lock of this number.
const LOCK: i64 = 0x6c69_6e65_7265_7331;

/// A schema that an index lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Schema {
    /// The one that is searched.
    Live,
    /// The one that is being built.
    Next,
}

impl Schema {
    const fn name(self) -> &'static str {
        match self {
            Self::Live => "linernotes_search",
            Self::Next => "linernotes_search_next",
        }
    }
}

/// A document as the index has it, but for its words, which follow from the rest.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Kept {
    weight: f32,
    shown: String,
    name: String,
    others: Vec<String>,
    credits: Vec<String>,
}

impl Kept {
    /// Whether it says the same. A vote more or less makes no other importance.
    pub fn is(&self, document: &Document) -> bool {
        const LITTLE: f32 = 0.005;
        (self.weight - document.weight).abs() < LITTLE
            && self.shown == document.shown
            && self.name == document.name
            && self.others == document.others
            && self.credits == document.credits
    }

    /// What albums need to know of it.
    pub fn credited(&self) -> Credited {
        Credited {
            weight: self.weight,
            names: std::iter::once(&self.name)
                .chain(&self.others)
                .cloned()
                .collect(),
        }
    }
}

/// A connection that may write the index.
pub(super) struct Writer {
    client: Client,
    is_locked: bool,
}

impl Writer {
    pub async fn connect(database: &config::Database) -> Result<Self, IndexError> {
        Ok(Self {
            client: owner(database).await?,
            is_locked: false,
        })
    }

    /// Keeps others from writing until the connection ends.
    pub async fn take_lock(&mut self) -> Result<(), IndexError> {
        if !self.is_locked {
            let row = self
                .client
                .query_one("SELECT pg_try_advisory_lock($1)", &[&LOCK])
                .await
                .map_err(IndexError::Write)?;
            self.is_locked = row.get(0);
        }
        if self.is_locked {
            Ok(())
        } else {
            Err(IndexError::UnderWay)
        }
    }

    /// Refuses a user who may not put a new index in the old one's place.
    pub async fn require_right_to_build(&self) -> Result<(), IndexError> {
        const MAY_BUILD: &str = "SELECT has_database_privilege(current_database(), 'CREATE') AND NOT EXISTS (
                SELECT FROM pg_namespace WHERE nspname IN ($1, $2) AND NOT pg_has_role(nspowner, 'USAGE')
            ) AS may, current_user::text AS role, current_database()::text AS database";
        let (live, next) = (Schema::Live.name(), Schema::Next.name());
        self.require(MAY_BUILD, &[&live, &next]).await
    }

    /// Refuses a user who may not change the index in use, which must be there.
    pub async fn require_right_to_refresh(&self) -> Result<(), IndexError> {
        const MAY_REFRESH: &str = "SELECT has_table_privilege('linernotes_search.state', 'UPDATE')
                AND has_table_privilege('linernotes_search.document', 'DELETE') AS may,
            current_user::text AS role, current_database()::text AS database";
        self.require(MAY_REFRESH, &[]).await
    }

    async fn require(
        &self,
        right: &str,
        parameters: &[&(dyn tokio_postgres::types::ToSql + Sync)],
    ) -> Result<(), IndexError> {
        let row = self
            .client
            .query_one(right, parameters)
            .await
            .map_err(IndexError::Write)?;
        if row.get("may") {
            Ok(())
        } else {
            Err(IndexError::Forbidden {
                user: row.get("role"),
                database: row.get("database"),
            })
        }
    }

    /// What an index holds; `None` if there is none.
    pub async fn state(&self, schema: Schema) -> Result<Option<IndexState>, IndexError> {
        let name = schema.name();
        let row = self
            .client
            .query_one(
                "SELECT to_regclass($1) IS NOT NULL",
                &[&format!("{name}.state")],
            )
            .await
            .map_err(IndexError::Write)?;
        if !row.get::<_, bool>(0) {
            return Ok(None);
        }
        let select = format!("SELECT format, as_of, artists, albums FROM {name}.state");
        let row = self
            .client
            .query_opt(&select, &[])
            .await
            .map_err(IndexError::Write)?;
        Ok(row.map(|row| IndexState {
            format: row.get("format"),
            as_of: row.get("as_of"),
            artists: row.get("artists"),
            albums: row.get("albums"),
        }))
    }

    /// Begins a new index of a moment of the replica, or goes on with one that was begun.
    pub async fn begin(&self, as_of: Option<Timestamp>) -> Result<(), IndexError> {
        self.ensure_trigrams().await?;
        let next = Schema::Next.name();
        if self
            .state(Schema::Next)
            .await?
            .is_none_or(|state| state.format != FORMAT)
        {
            self.execute(&format!(
                "DROP SCHEMA IF EXISTS {next} CASCADE; CREATE SCHEMA {next}"
            ))
            .await?;
        }
        self.execute(&format!("SET search_path = {next}")).await?;
        self.execute(TABLES).await?;
        self.client
            .execute(
                "INSERT INTO state (format, as_of) SELECT $1, $2 WHERE NOT EXISTS (SELECT FROM state)",
                &[&FORMAT, &as_of],
            )
            .await
            .map_err(IndexError::Write)?;
        Ok(())
    }

    async fn ensure_trigrams(&self) -> Result<(), IndexError> {
        const WHERE: &str = "SELECT nspname::text FROM pg_extension \
            JOIN pg_namespace ON pg_namespace.oid = extnamespace WHERE extname = 'pg_trgm'";
        self.client
            .batch_execute("CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public")
            .await
            .map_err(IndexError::Extension)?;
        let row = self
            .client
            .query_one(WHERE, &[])
            .await
            .map_err(IndexError::Write)?;
        match row.get::<_, &str>(0) {
            "public" => Ok(()),
            other => Err(IndexError::ExtensionElsewhere(other.to_owned())),
        }
    }

    /// How far the new index has come: the last MBID of a kind, and how many are in.
    pub async fn progress(&self, entity: Entity) -> Result<(Option<Mbid>, i64), IndexError> {
        let select = format!("SELECT {entity}, {entity}s FROM linernotes_search_next.state");
        let row = self
            .client
            .query_one(&select, &[])
            .await
            .map_err(IndexError::Write)?;
        let last: Option<Uuid> = row.get(0);
        Ok((last.map(Mbid::from), row.get(1)))
    }

    /// Adds a page to the new index, `last` being the last MBID of it.
    pub async fn append(
        &mut self,
        entity: Entity,
        documents: &[Document],
        last: Mbid,
        number: i64,
    ) -> Result<(), IndexError> {
        let json = json(documents);
        let transaction = self.client.transaction().await.map_err(IndexError::Write)?;
        let writing = async {
            transaction.execute(PUT, &[&Json(&json)]).await?;
            let update = format!("UPDATE state SET {entity} = $1, {entity}s = {entity}s + $2");
            transaction
                .execute(&update, &[&last.uuid(), &number])
                .await?;
            transaction.commit().await
        };
        writing.await.map_err(IndexError::Write)
    }

    /// Makes the new index's indexes, and puts it in the old one's place.
    pub async fn finish(&mut self) -> Result<(), IndexError> {
        self.execute(FINISH).await?;
        let (live, next) = (Schema::Live.name(), Schema::Next.name());
        // One statement of many is one transaction: searches find the old one or the new one.
        self.execute(&format!(
            "DROP SCHEMA IF EXISTS {live} CASCADE; ALTER SCHEMA {next} RENAME TO {live}; \
             GRANT USAGE ON SCHEMA {live} TO PUBLIC"
        ))
        .await
    }

    /// Documents of an index, by MBID.
    pub async fn documents(
        &self,
        schema: Schema,
        entity: Entity,
        mbids: &[Mbid],
    ) -> Result<HashMap<Mbid, Kept>, IndexError> {
        let select = format!(
            "SELECT gid, weight, shown, name, others, credits FROM {}.document WHERE entity = $1 AND gid = ANY ($2)",
            schema.name()
        );
        let wanted: Vec<Uuid> = mbids.iter().map(|mbid| mbid.uuid()).collect();
        let rows = self
            .client
            .query(&select, &[&entity.name(), &wanted])
            .await
            .map_err(IndexError::Write)?;
        Ok(rows
            .iter()
            .map(|row| {
                let kept = Kept {
                    weight: row.get("weight"),
                    shown: row.get("shown"),
                    name: row.get("name"),
                    others: row.get("others"),
                    credits: row.get("credits"),
                };
                (Mbid::from(row.get::<_, Uuid>("gid")), kept)
            })
            .collect())
    }

    /// Takes documents out of the index in use, and puts others in, in place of those of the same MBIDs.
    pub async fn replace(
        &mut self,
        entity: Entity,
        gone: &[Mbid],
        news: &[Document],
    ) -> Result<(), IndexError> {
        let out: Vec<Uuid> = gone
            .iter()
            .copied()
            .chain(news.iter().map(|document| document.mbid))
            .map(Mbid::uuid)
            .collect();
        let words: BTreeSet<&str> = news.iter().flat_map(Document::vocabulary).collect();
        let words: Vec<&str> = words.into_iter().collect();
        let json = json(news);
        let transaction = self.client.transaction().await.map_err(IndexError::Write)?;
        let writing = async {
            transaction
                .batch_execute("SET LOCAL search_path = linernotes_search")
                .await?;
            let taken_out = transaction
                .execute(
                    "DELETE FROM document WHERE entity = $1 AND gid = ANY ($2)",
                    &[&entity.name(), &out],
                )
                .await?;
            transaction.execute(PUT, &[&Json(&json)]).await?;
            transaction
                .execute(
                    "INSERT INTO word (word, frequency, shortened)
                     SELECT word, 1, coalesce(shortened(word), '{}') FROM unnest($1::text[]) AS word
                     ON CONFLICT (word) DO NOTHING",
                    &[&words],
                )
                .await?;
            let more = i64::try_from(news.len()).unwrap_or_default()
                - i64::try_from(taken_out).unwrap_or_default();
            let update = format!("UPDATE state SET {entity}s = {entity}s + $1");
            transaction.execute(&update, &[&more]).await?;
            transaction.commit().await
        };
        writing.await.map_err(IndexError::Write)
    }

    /// Notes up to when the index in use is current.
    pub async fn current_as_of(&self, as_of: Option<Timestamp>) -> Result<(), IndexError> {
        self.client
            .execute("UPDATE linernotes_search.state SET as_of = $1", &[&as_of])
            .await
            .map_err(IndexError::Write)?;
        Ok(())
    }

    async fn execute(&self, sql: &str) -> Result<(), IndexError> {
        self.client
            .batch_execute(sql)
            .await
            .map_err(IndexError::Write)
    }
}

fn json(documents: &[Document]) -> String {
    serde_json::to_string(documents).expect("documents have string keys and finite numbers")
}

/// JSON that is text already.
#[derive(Debug)]
struct Json<'a>(&'a str);

impl tokio_postgres::types::ToSql for Json<'_> {
    fn to_sql(
        &self,
        _: &tokio_postgres::types::Type,
        out: &mut bytes::BytesMut,
    ) -> Result<tokio_postgres::types::IsNull, Box<dyn std::error::Error + Sync + Send>> {
        out.extend_from_slice(self.0.as_bytes());
        Ok(tokio_postgres::types::IsNull::No)
    }

    fn accepts(ty: &tokio_postgres::types::Type) -> bool {
        *ty == tokio_postgres::types::Type::JSON
    }

    tokio_postgres::types::to_sql_checked!();
}
