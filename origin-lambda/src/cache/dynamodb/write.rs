use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;

use linernotes_shared::cache::CacheKey;

use super::DynamoDbStore;
use super::item::{BUILT_AT, Content, Head, Item, MARKED, PK, number};
use crate::cache::store::Put;
use crate::cache::{Entry, StoreError};

/// How often a head is written that others change meanwhile.
const TRIES: usize = 4;

/// Others changed an entry each time it was to be changed.
#[derive(Debug, thiserror::Error)]
#[error("others keep changing {0}")]
pub(super) struct Contended(pub CacheKey);

/// What must be true of the head that a new one replaces.
enum Premise {
    /// There is none, or one that isn't later and bears no mark later than the new build.
    NothingLater,
    /// As before, but it bears this mark.
    Marked(u64),
    /// Nothing: it can't be read.
    Anything,
}

impl DynamoDbStore {
    pub(super) async fn write(&self, key: &CacheKey, entry: &Entry) -> Result<Put, StoreError> {
        let content = self.write_parts(key, entry, entry.encode(key)?).await?;
        let mut premise = Premise::NothingLater;
        for _ in 0..TRIES {
            let old = match self
                .write_head(key, entry, content.clone(), &premise)
                .await?
            {
                Written::Yes => return Ok(Put::Kept),
                Written::No(old) => old,
            };
            premise = match readable(key, old) {
                None => Premise::Anything,
                Some(old) if old.built_at > entry.built_at => return Ok(Put::Superseded),
                Some(Head {
                    marked: Some(marked),
                    ..
                }) if marked > entry.built_at => Premise::Marked(marked),
                // Changed since.
                Some(_) => Premise::NothingLater,
            };
        }
        Err(StoreError::Failed(Box::new(Contended(key.clone()))))
    }

    async fn write_head(
        &self,
        key: &CacheKey,
        entry: &Entry,
        content: Content,
        premise: &Premise,
    ) -> Result<Written, StoreError> {
        let marked = match premise {
            Premise::Marked(marked) => Some(*marked),
            Premise::NothingLater | Premise::Anything => None,
        };
        let head = Head::of(entry, marked, content).into_item(key, entry);
        let request = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(head));
        let not_later = format!("(attribute_not_exists({PK}) OR {BUILT_AT} <= :built_at)");
        let request = match premise {
            Premise::Anything => request,
            Premise::NothingLater => request
                .condition_expression(format!(
                    "{not_later} AND (attribute_not_exists({MARKED}) OR {MARKED} <= :built_at)"
                ))
                .expression_attribute_values(":built_at", number(entry.built_at)),
            Premise::Marked(marked) => request
                .condition_expression(format!("{not_later} AND {MARKED} = :marked"))
                .expression_attribute_values(":built_at", number(entry.built_at))
                .expression_attribute_values(":marked", number(*marked)),
        };
        let written = request
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match written {
            Ok(_) => Ok(Written::Yes),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                    Ok(Written::No(failed.item.clone().unwrap_or_default()))
                }
                _ => Err(self.failure("PutItem", error)),
            },
        }
    }
}

enum Written {
    Yes,
    /// Because of this head.
    No(Item),
}

/// A head, unless its record is damaged.
fn readable(key: &CacheKey, item: Item) -> Option<Head> {
    let head = Head::of_item(item)?;
    match &head.content {
        Content::Record(record) => head.entry(key, record.as_ref()).ok()?,
        // That of parts shows when it is read.
        Content::Parts { .. } => return Some(head),
    };
    Some(head)
}
