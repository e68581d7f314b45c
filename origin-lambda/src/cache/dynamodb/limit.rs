use super::DynamoDbStore;
use super::item::{EXPIRES, PK, SK, number, text};
use crate::cache::StoreError;

/// Calls counted in a window.
const CALLS: &str = "calls";

/// Seconds that a count outlives its window: clocks differ.
const GRACE: u64 = 60 * 60;

impl DynamoDbStore {
    /// Counts one call to a provider in a window that ends at `end` (unix seconds), unless that would make more than
    /// `most`. Returns whether it was counted.
    pub async fn count_call(
        &self,
        provider: &str,
        window: u64,
        end: u64,
        most: u32,
    ) -> Result<bool, StoreError> {
        let counted = self
            .client
            .update_item()
            .table_name(&self.table)
            .key(PK, text(format!("limit/{provider}")))
            .key(SK, text(window.to_string()))
            .update_expression(format!("ADD {CALLS} :one SET {EXPIRES} = :expires"))
            .condition_expression(format!("attribute_not_exists({CALLS}) OR {CALLS} < :most"))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":most", number(most.into()))
            .expression_attribute_values(":expires", number(end.saturating_add(GRACE)))
            .send()
            .await;
        match counted {
            Ok(_) => Ok(most > 0),
            Err(error) => match error.as_service_error() {
                Some(refused) if refused.is_conditional_check_failed_exception() => Ok(false),
                _ => Err(self.failure("UpdateItem", error)),
            },
        }
    }
}
