use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use redb::{Database, ReadableDatabase, TableDefinition};

use linernotes_shared::cache::CacheKey;

use super::{Entry, Store, StoreError};

const ANSWERS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("answers");

/// A store in one file, for one process: redb, which is crash-safe and keeps its size under overwriting.
pub struct EmbeddedStore {
    database: Arc<Database>,
}

impl EmbeddedStore {
    /// Opens the store in `folder`, made if it isn't there.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let file = folder.join("answers.redb");
        let open = || -> Result<Database, Box<dyn std::error::Error + Send + Sync>> {
            std::fs::create_dir_all(folder)?;
            let database = Database::create(&file)?;
            // Reading a table that was never written is an error; writing nothing makes it.
            let transaction = database.begin_write()?;
            transaction.open_table(ANSWERS)?;
            transaction.commit()?;
            Ok(database)
        };
        let database = open().map_err(|source| StoreError::Open {
            path: file.display().to_string(),
            source,
        })?;
        Ok(Self {
            database: Arc::new(database),
        })
    }

    /// Runs `work` where blocking on the disk holds up no request.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Database) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let database = Arc::clone(&self.database);
        tokio::task::spawn_blocking(move || work(&database))
            .await
            .map_err(|error| StoreError::Failed(Box::new(error)))?
    }
}

#[async_trait]
impl Store for EmbeddedStore {
    async fn get(&self, key: &CacheKey) -> Result<Option<Entry>, StoreError> {
        let key = key.clone();
        self.blocking(move |database| {
            let transaction = database.begin_read().map_err(failed)?;
            let table = transaction.open_table(ANSWERS).map_err(failed)?;
            let stored = table.get(key.as_str()).map_err(failed)?;
            stored
                .map(|bytes| Entry::decode(bytes.value()).map_err(StoreError::from))
                .transpose()
        })
        .await
    }

    async fn put(&self, key: &CacheKey, entry: Arc<Entry>) -> Result<(), StoreError> {
        let key = key.clone();
        self.blocking(move |database| {
            let bytes = entry.encode()?;
            let transaction = database.begin_write().map_err(failed)?;
            transaction
                .open_table(ANSWERS)
                .map_err(failed)?
                .insert(key.as_str(), bytes.as_slice())
                .map_err(failed)?;
            transaction.commit().map_err(failed)
        })
        .await
    }
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::Failed(Box::new(error))
}
