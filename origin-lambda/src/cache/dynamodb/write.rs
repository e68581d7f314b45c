use std::sync::Arc;

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use futures_util::{StreamExt, stream};

use linernotes_shared::cache::CacheKey;

use super::DynamoDbStore;
use super::item::{
    BUILT_AT, Content, FRESH_UNTIL, Head, Item, MARKED, PK, RECORD, VERSION, number, read_number,
};
use crate::cache::store::Put;
use crate::cache::{Entry, StoreError};

/// How often a head is written that others change meanwhile.
const TRIES: usize = 4;

/// Entries written at once.
const AT_ONCE: usize = 16;

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
    /// It is still this one, which can't be read, and whose mark, if it says one later than the new build, goes on.
    Same(Box<Item>),
}

impl DynamoDbStore {
    /// Writes many, as far as they can be, and fails if one can't.
    pub(super) async fn write_all(
        &self,
        entries: &[(CacheKey, Arc<Entry>)],
    ) -> Result<Vec<Put>, StoreError> {
        let written: Vec<Result<Put, StoreError>> = stream::iter(entries.to_vec())
            .map(|(key, entry)| async move { self.write(&key, &entry).await })
            .buffered(AT_ONCE)
            .collect()
            .await;
        written.into_iter().collect()
    }

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
            premise = match readable(key, &old) {
                // None any more, or one that is no entry.
                None if old.is_empty() => Premise::NothingLater,
                None => Premise::Same(Box::new(old)),
                Some(head) if head.built_at > entry.built_at => {
                    if self.is_later(key, head, entry.built_at).await? {
                        return Ok(Put::Superseded);
                    }
                    Premise::Same(Box::new(old))
                }
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

    /// Whether what a head leads to was built after that moment (unix milliseconds). What a damaged head says alone, would
    /// keep everything out for ever.
    async fn is_later(
        &self,
        key: &CacheKey,
        head: Head,
        built_at: u64,
    ) -> Result<bool, StoreError> {
        let kept = self.entry_of_parts(key, head).await?;
        Ok(kept.is_some_and(|(_, kept)| kept.is_ok_and(|kept| kept.built_at > built_at)))
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
            Premise::Same(old) => {
                read_number(old, MARKED).filter(|marked| *marked > entry.built_at)
            }
            Premise::NothingLater => None,
        };
        let head = Head::of(entry, marked, content).into_item(key, entry);
        let request = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(head));
        let not_later = format!("(attribute_not_exists({PK}) OR {BUILT_AT} <= :built_at)");
        let request = match premise {
            Premise::Same(old) => only_over(request, old),
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

/// The request, if what there is is still `old`, as far as what can make a difference.
fn only_over(request: PutItemFluentBuilder, old: &Item) -> PutItemFluentBuilder {
    let mut same = Vec::new();
    let mut request = request;
    for name in [BUILT_AT, FRESH_UNTIL, MARKED, RECORD, VERSION] {
        // Some of the names are words of DynamoDB's own.
        let place = format!("#{name}");
        request = request.expression_attribute_names(&place, name);
        match old.get(name) {
            Some(value) => {
                same.push(format!("{place} = :{name}"));
                request = request.expression_attribute_values(format!(":{name}"), value.clone());
            }
            None => same.push(format!("attribute_not_exists({place})")),
        }
    }
    request.condition_expression(same.join(" AND "))
}

enum Written {
    Yes,
    /// Because of this head.
    No(Item),
}

/// A head, unless its record is damaged.
fn readable(key: &CacheKey, item: &Item) -> Option<Head> {
    let head = Head::of_item(item.clone())?;
    match &head.content {
        Content::Record(record) => head.entry(key, record.as_ref()).ok()?,
        // That of parts shows when it is read.
        Content::Parts { .. } => return Some(head),
    };
    Some(head)
}
