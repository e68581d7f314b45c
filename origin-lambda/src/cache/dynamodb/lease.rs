use std::time::Duration;

use linernotes_shared::cache::CacheKey;

use super::DynamoDbStore;
use super::item::{EXPIRES, PK, key_of, number, text};
use crate::cache::store::CLOCKS_DIFFER;
use crate::cache::{StoreError, millis};

/// Sort key of a lease.
const LEASE: &str = "lease";
/// Who has it.
const HOLDER: &str = "holder";
/// Until when, unix milliseconds by the holder's clock.
const HELD_UNTIL: &str = "held_until";

impl DynamoDbStore {
    /// A lease that lasts longer than the asker's own would, by more than clocks differ, is of one that runs ahead, and
    /// counts as ended.
    pub(super) async fn acquire_lease(
        &self,
        key: &CacheKey,
        holder: &str,
        now: u64,
        duration: Duration,
    ) -> Result<bool, StoreError> {
        let until = now.saturating_add(millis(duration));
        let latest = until.saturating_add(millis(CLOCKS_DIFFER));
        let taken = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(key_of(key, LEASE)))
            .item(HOLDER, text(holder))
            .item(HELD_UNTIL, number(until))
            .item(EXPIRES, number(until / 1000))
            .condition_expression(format!(
                "attribute_not_exists({PK}) OR {HOLDER} = :holder OR {HELD_UNTIL} <= :now OR {HELD_UNTIL} > :latest"
            ))
            .expression_attribute_values(":holder", text(holder))
            .expression_attribute_values(":now", number(now))
            .expression_attribute_values(":latest", number(latest))
            .send()
            .await;
        match taken {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(refused) if refused.is_conditional_check_failed_exception() => Ok(false),
                _ => Err(self.failure("PutItem", error)),
            },
        }
    }

    pub(super) async fn release_lease(
        &self,
        key: &CacheKey,
        holder: &str,
    ) -> Result<(), StoreError> {
        let released = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(key_of(key, LEASE)))
            .condition_expression(format!("{HOLDER} = :holder"))
            .expression_attribute_values(":holder", text(holder))
            .send()
            .await;
        match released {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(refused) if refused.is_conditional_check_failed_exception() => Ok(()),
                _ => Err(self.failure("DeleteItem", error)),
            },
        }
    }
}
