use std::collections::HashMap;
use std::sync::Arc;

use dynoxide::Database;
use dynoxide::actions::delete_item::DeleteItemRequest;
use dynoxide::actions::put_item::PutItemRequest;
use dynoxide::actions::scan::ScanRequest;
use dynoxide::types::AttributeValue;
use linernotes_origin::cache::{self, DynamoDbStore, Store};
use linernotes_origin::config::{Config, Store as Settings, StoreKind};
use tokio::net::TcpListener;

/// The table of the tests.
pub const TABLE: &str = "linernotes-test";

/// An item as DynamoDB has it.
pub type Item = HashMap<String, AttributeValue>;

/// DynamoDB in this process, over HTTP like the real one, with nothing in it.
pub struct Emulator {
    /// Its address.
    pub url: String,
    database: Database,
}

impl Emulator {
    /// Starts one that ends with the runtime.
    ///
    /// # Panics
    /// If it doesn't start.
    pub async fn start() -> Self {
        let database = Database::memory().expect("SQLite opens in memory");
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .expect("a port is free");
        let address = listener.local_addr().expect("a listener has an address");
        tokio::spawn(dynoxide::server::serve_on(listener, database.clone()));
        Self {
            url: format!("http://{address}"),
            database,
        }
    }

    /// A store in a table of its own.
    ///
    /// # Panics
    /// If the table can't be made.
    pub async fn store(&self) -> DynamoDbStore {
        let store = Self::store_at(&self.url).await;
        store.ensure_table().await.expect("the table can be made");
        store
    }

    /// A store in the table of the emulator at an address. It has so much time that a busy machine is no trouble.
    pub async fn store_at(url: &str) -> DynamoDbStore {
        DynamoDbStore::connect(&settings(url, 5_000)).await
    }

    /// A store that soon gives up, for tests that wait for it.
    pub async fn hasty_store_at(url: &str) -> DynamoDbStore {
        DynamoDbStore::connect(&settings(url, 1_000)).await
    }

    /// A store that has the times it has if nothing else is set.
    pub async fn usual_store_at(url: &str) -> DynamoDbStore {
        let usual = Config::default().store;
        DynamoDbStore::connect(&Settings {
            attempt_timeout_ms: usual.attempt_timeout_ms,
            timeout_ms: usual.timeout_ms,
            ..settings(url, usual.timeout_ms)
        })
        .await
    }

    /// The store as the service opens it, with as much time as [`Emulator::store_at`].
    ///
    /// # Panics
    /// If it can't be opened.
    pub async fn sheltered_store_at(url: &str) -> Arc<dyn Store> {
        let opened = cache::open(&settings(url, 5_000)).await;
        opened.expect("nothing is asked of the table yet")
    }

    /// All items, by partition and sort key.
    ///
    /// # Panics
    /// If the table can't be read.
    pub fn items(&self) -> Vec<Item> {
        let mut items = Vec::new();
        let mut start = None;
        loop {
            let page = self
                .database
                .scan(ScanRequest {
                    table_name: TABLE.to_owned(),
                    exclusive_start_key: start,
                    ..ScanRequest::default()
                })
                .expect("the table can be read");
            items.extend(page.items.unwrap_or_default());
            start = page.last_evaluated_key;
            if start.is_none() {
                break;
            }
        }
        items.sort_by_key(|item| (text(item, "pk").to_owned(), text(item, "sk").to_owned()));
        items
    }

    /// The sort keys of all items.
    pub fn sort_keys(&self) -> Vec<String> {
        self.items()
            .iter()
            .map(|item| text(item, "sk").to_owned())
            .collect()
    }

    /// Changes those items whose sort key begins so, behind everybody's back. At least one must be there.
    ///
    /// # Panics
    /// If none is.
    pub fn tamper(&self, sort: &str, change: impl Fn(&mut Item)) {
        let mut changed = 0;
        for mut item in self.items() {
            if text(&item, "sk").starts_with(sort) {
                change(&mut item);
                self.put(item);
                changed += 1;
            }
        }
        assert!(changed > 0, "no item's sort key begins with {sort}");
    }

    /// Puts an item.
    ///
    /// # Panics
    /// If DynamoDB wouldn't take it.
    pub fn put(&self, item: Item) {
        self.database
            .put_item(PutItemRequest {
                table_name: TABLE.to_owned(),
                item,
                ..PutItemRequest::default()
            })
            .expect("the item is legal");
    }

    /// Deletes an item.
    ///
    /// # Panics
    /// If the table can't be written.
    pub fn delete(&self, item: &Item) {
        let key = ["pk", "sk"].map(|name| (name.to_owned(), item[name].clone()));
        self.database
            .delete_item(DeleteItemRequest {
                table_name: TABLE.to_owned(),
                key: key.into(),
                ..DeleteItemRequest::default()
            })
            .expect("the table can be written");
    }

    /// Removes what has expired, as DynamoDB does when it finds the time.
    ///
    /// # Panics
    /// If the table can't be written.
    pub fn remove_expired(&self) {
        self.database.sweep_ttl().expect("the table can be written");
    }
}

/// A text attribute.
///
/// # Panics
/// If it is none.
pub(crate) fn text<'a>(item: &'a Item, name: &str) -> &'a str {
    match &item[name] {
        AttributeValue::S(text) => text,
        _ => panic!("{name} is no text"),
    }
}

fn settings(url: &str, attempt_timeout_ms: u64) -> Settings {
    Settings {
        kind: StoreKind::DynamoDb,
        table: TABLE.to_owned(),
        endpoint: Some(url.to_owned()),
        attempt_timeout_ms,
        timeout_ms: 3 * attempt_timeout_ms,
        ..Config::default().store
    }
}
