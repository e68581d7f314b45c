use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::try_join_all;

use linernotes_shared::cache::Collection;

use super::DynamoDbStore;
use super::item::{
    CHANGED, DUE, Item, SLICE, SLICES, read_sort_key, read_text, slice, sortable, text,
};
use super::table::{BY_CHANGE, BY_FRESHNESS};
use crate::cache::StoreError;
use crate::cache::store::Listed;

/// Most entries asked of a slice at once, so that no response takes long.
const LONGEST_PAGE: usize = 2_000;

/// A way to list a collection.
struct Order<'a> {
    index: &'static str,
    /// The index's sort key.
    sort: &'static str,
    /// What of it is listed.
    condition: &'static str,
    /// The `:bound` in the condition.
    bound: &'a str,
    newest_first: bool,
}

/// A slice of an index, read as far as needed.
struct Slice {
    name: String,
    /// Where to go on.
    next: Option<Item>,
    /// The last sort key read.
    last: String,
    ended: bool,
}

impl DynamoDbStore {
    pub(super) async fn list_changed(
        &self,
        collection: Collection,
        since: u64,
        limit: usize,
    ) -> Result<Vec<Listed>, StoreError> {
        let order = Order {
            index: BY_CHANGE,
            sort: CHANGED,
            condition: ">=",
            bound: &sortable(since),
            newest_first: true,
        };
        self.list(collection, &order, limit).await
    }

    pub(super) async fn list_due(
        &self,
        collection: Collection,
        before: u64,
        limit: usize,
    ) -> Result<Vec<Listed>, StoreError> {
        let order = Order {
            index: BY_FRESHNESS,
            sort: DUE,
            condition: "<",
            bound: &sortable(before.saturating_add(1)),
            newest_first: false,
        };
        self.list(collection, &order, limit).await
    }

    /// Merges the slices: each is read on until what it can still give comes after all that is wanted.
    async fn list(
        &self,
        collection: Collection,
        order: &Order<'_>,
        limit: usize,
    ) -> Result<Vec<Listed>, StoreError> {
        // Slices are of one size, nearly: a little more than its share of each is mostly enough.
        let slices = usize::try_from(SLICES).unwrap_or(usize::MAX);
        let page = (limit / slices + limit / slices / 8 + 16).min(LONGEST_PAGE);
        let mut open: Vec<Slice> = (0..SLICES)
            .map(|index| Slice {
                name: slice(collection, index),
                next: None,
                last: String::new(),
                ended: false,
            })
            .collect();
        let mut sorted: Vec<String> = Vec::new();
        while !open.is_empty() && limit > 0 {
            for page in
                try_join_all(open.iter_mut().map(|slice| self.page(slice, order, page))).await?
            {
                sorted.extend(page);
            }
            sorted.sort_unstable();
            if order.newest_first {
                sorted.reverse();
            }
            sorted.truncate(limit);
            let full = sorted.len() == limit;
            let end = sorted.last().map_or("", String::as_str);
            open.retain(|slice| {
                let is_beyond_end = match order.newest_first {
                    true => slice.last.as_str() < end,
                    false => slice.last.as_str() > end,
                };
                let has_what_is_wanted = !full || !is_beyond_end;
                has_what_is_wanted && !slice.ended
            });
        }
        Ok(sorted.iter().filter_map(|key| read_sort_key(key)).collect())
    }

    /// The next sort keys of a slice.
    async fn page(
        &self,
        slice: &mut Slice,
        order: &Order<'_>,
        length: usize,
    ) -> Result<Vec<String>, StoreError> {
        let values: HashMap<String, AttributeValue> = HashMap::from([
            (":slice".to_owned(), text(&slice.name)),
            (":bound".to_owned(), text(order.bound)),
        ]);
        let response = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(order.index)
            .key_condition_expression(format!(
                "{SLICE} = :slice AND {} {} :bound",
                order.sort, order.condition
            ))
            .set_expression_attribute_values(Some(values))
            .scan_index_forward(!order.newest_first)
            .limit(i32::try_from(length).unwrap_or(i32::MAX))
            .set_exclusive_start_key(slice.next.take())
            .send()
            .await
            .map_err(|error| self.failure("Query", error))?;
        slice.next = response.last_evaluated_key;
        slice.ended = slice.next.is_none();
        let items = response.items.unwrap_or_default();
        let keys: Vec<String> = items
            .iter()
            .filter_map(|item| read_text(item, order.sort).map(str::to_owned))
            .collect();
        if let Some(last) = keys.last() {
            slice.last.clone_from(last);
        }
        Ok(keys)
    }
}
