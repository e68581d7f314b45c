use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use super::DynamoDbStore;
use super::item::{Item, PK, SK, VALUE, number, read_number, text};
use crate::cache::StoreError;
use crate::cache::store::Note;

/// Sort key of a note.
const NOTE: &str = "note";
/// How often it has been written.
const WRITTEN: &str = "written";

fn key(name: &str) -> Item {
    Item::from([
        (PK.to_owned(), text(format!("note/{name}"))),
        (SK.to_owned(), text(NOTE)),
    ])
}

impl DynamoDbStore {
    pub(super) async fn read_note(&self, name: &str) -> Result<Option<Note>, StoreError> {
        let read = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key(name)))
            // What was just written decides who may write next.
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| self.failure("GetItem", error))?;
        Ok(read.item.and_then(|mut item| {
            let version = read_number(&item, WRITTEN)?;
            match item.remove(VALUE) {
                Some(AttributeValue::B(value)) => Some(Note {
                    value: value.into_inner(),
                    version,
                }),
                _ => None,
            }
        }))
    }

    pub(super) async fn put_note(
        &self,
        name: &str,
        value: &[u8],
        over: Option<u64>,
    ) -> Result<bool, StoreError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(key(name)))
            .item(VALUE, AttributeValue::B(Blob::new(value)))
            .item(WRITTEN, number(over.unwrap_or(0) + 1));
        let put = match over {
            None => put.condition_expression(format!("attribute_not_exists({PK})")),
            Some(version) => put
                .condition_expression(format!("{WRITTEN} = :over"))
                .expression_attribute_values(":over", number(version)),
        };
        match put.send().await {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                // By another, or by an attempt of this write whose answer was lost.
                Some(refused) if refused.is_conditional_check_failed_exception() => {
                    Ok(self.read_note(name).await?.is_some_and(|note| {
                        note.version == over.unwrap_or(0) + 1 && note.value == value
                    }))
                }
                _ => Err(self.failure("PutItem", error)),
            },
        }
    }
}
