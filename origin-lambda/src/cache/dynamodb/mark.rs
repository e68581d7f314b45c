use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use futures_util::{StreamExt, TryStreamExt, stream};

use linernotes_shared::cache::CacheKey;

use super::DynamoDbStore;
use super::item::{
    BUILT_AT, DUE, FRESH_UNTIL, HEAD, Item, MARKED, PK, key_of, number, read_number, sort_key, text,
};
use super::write::Contended;
use crate::cache::StoreError;

/// Entries marked at once.
const AT_ONCE: usize = 16;

/// How often an entry is marked that others change meanwhile.
const TRIES: usize = 4;

/// What an entry is marked with, and what it is marked over.
struct Mark {
    /// Unix seconds.
    fresh_until: u64,
    /// Unix milliseconds.
    marked: u64,
    /// The state these were worked out from; without one, they are right for an entry that is fresh and unmarked.
    seen: Option<Seen>,
}

struct Seen {
    built_at: u64,
    fresh_until: u64,
    marked: Option<u64>,
}

impl DynamoDbStore {
    /// Marks entries, up to the first that can't be: in lasting trouble, thousands more would take long to fail.
    pub(super) async fn mark_all(&self, keys: &[CacheKey], from: u64) -> Result<usize, StoreError> {
        stream::iter(keys.to_vec())
            .map(|key| async move { self.mark(&key, from).await })
            .buffer_unordered(AT_ONCE)
            .try_fold(0, |number, marked| async move {
                Ok(number + usize::from(marked))
            })
            .await
    }

    async fn mark(&self, key: &CacheKey, from: u64) -> Result<bool, StoreError> {
        let from_millis = from.saturating_mul(1000);
        let mut mark = Mark {
            fresh_until: from,
            marked: from_millis,
            seen: None,
        };
        for _ in 0..TRIES {
            let Some(old) = self.write_mark(key, &mark).await? else {
                return Ok(true);
            };
            let seen = (read_number(&old, BUILT_AT), read_number(&old, FRESH_UNTIL));
            // What isn't there or can't be read will be built anew.
            let (Some(built_at), Some(fresh_until)) = seen else {
                return Ok(false);
            };
            if built_at >= from_millis {
                return Ok(false);
            }
            let marked = read_number(&old, MARKED);
            mark = Mark {
                fresh_until: fresh_until.min(from),
                marked: marked.unwrap_or(0).max(from_millis),
                seen: Some(Seen {
                    built_at,
                    fresh_until,
                    marked,
                }),
            };
        }
        Err(StoreError::Failed(Box::new(Contended(key.clone()))))
    }

    /// Writes a mark, or returns the head over which it isn't right.
    async fn write_mark(&self, key: &CacheKey, mark: &Mark) -> Result<Option<Item>, StoreError> {
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key_of(key, HEAD)))
            .update_expression(format!(
                "SET {FRESH_UNTIL} = :fresh_until, {MARKED} = :marked, {DUE} = :due"
            ))
            .expression_attribute_values(":fresh_until", number(mark.fresh_until))
            .expression_attribute_values(":marked", number(mark.marked))
            .expression_attribute_values(":due", text(sort_key(mark.fresh_until, key)))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let request = match &mark.seen {
            None => request.condition_expression(format!(
                "attribute_exists({PK}) AND {BUILT_AT} < :marked AND {FRESH_UNTIL} > :fresh_until \
                 AND attribute_not_exists({MARKED})"
            )),
            Some(seen) => {
                let request = request
                    .expression_attribute_values(":built_at", number(seen.built_at))
                    .expression_attribute_values(":seen_fresh_until", number(seen.fresh_until));
                let same = format!("{BUILT_AT} = :built_at AND {FRESH_UNTIL} = :seen_fresh_until");
                match seen.marked {
                    Some(marked) => request
                        .condition_expression(format!("{same} AND {MARKED} = :seen_marked"))
                        .expression_attribute_values(":seen_marked", number(marked)),
                    None => request
                        .condition_expression(format!("{same} AND attribute_not_exists({MARKED})")),
                }
            }
        };
        match request.send().await {
            Ok(_) => Ok(None),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                    Ok(Some(failed.item.clone().unwrap_or_default()))
                }
                _ => Err(self.failure("UpdateItem", error)),
            },
        }
    }
}
