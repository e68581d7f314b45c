use linernotes_shared::cache::Collection;

use super::DynamoDbStore;
use super::item::{EXPIRES, Item, PK, SK, number, text};
use crate::cache::{StoreError, now};

/// Seconds that the item lasts which a check writes.
const LIFETIME: u64 = 60;

impl DynamoDbStore {
    /// Writes an item of its own and reads it, and both indexes.
    pub(super) async fn check_access(&self) -> Result<(), StoreError> {
        let key = Item::from([
            (PK.to_owned(), text("check")),
            (SK.to_owned(), text("check")),
        ]);
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(key.clone()))
            .item(EXPIRES, number(now() + LIFETIME))
            .send()
            .await
            .map_err(|error| self.failure("PutItem", error))?;
        self.client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key))
            .send()
            .await
            .map_err(|error| self.failure("GetItem", error))?;
        self.list_changed(Collection::Artist, u64::MAX, 1).await?;
        self.list_due(Collection::Artist, 0, 1).await?;
        Ok(())
    }
}
