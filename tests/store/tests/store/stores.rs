use std::any::Any;
use std::sync::Arc;

use linernotes_origin::cache::{EmbeddedStore, Entry, Put, Store};
use linernotes_shared::cache::CacheKey;
use linernotes_store_tests::Emulator;

/// A store with nothing in it.
pub struct Opened {
    pub store: Arc<dyn Store>,
    /// What it needs to go on.
    _ground: Box<dyn Any + Send + Sync>,
}

pub async fn embedded() -> Opened {
    let folder = tempfile::tempdir().unwrap();
    Opened {
        store: Arc::new(EmbeddedStore::open(folder.path()).unwrap()),
        _ground: Box::new(folder),
    }
}

pub async fn dynamodb() -> Opened {
    let emulator = Emulator::start().await;
    Opened {
        store: Arc::new(emulator.store().await),
        _ground: Box::new(emulator),
    }
}

/// Makes a test of each behaviour for each store.
macro_rules! for_every_store {
    ($($behaviour:ident)*) => {
        for_every_store!(embedded: $($behaviour)*);
        for_every_store!(dynamodb: $($behaviour)*);
    };
    ($store:ident: $($behaviour:ident)*) => {
        mod $store {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $behaviour() {
                    let opened = crate::stores::$store().await;
                    super::$behaviour(std::sync::Arc::clone(&opened.store)).await;
                }
            )*
        }
    };
}
pub(crate) use for_every_store;

/// The entry of one key.
pub async fn get(store: &dyn Store, key: &CacheKey) -> Option<Entry> {
    let mut found = store.get(std::slice::from_ref(key)).await.unwrap();
    let entry = found.remove(key);
    assert!(found.is_empty(), "nothing else was asked for");
    entry
}

pub async fn put(store: &dyn Store, key: &CacheKey, entry: &Entry) -> Put {
    store.put(key, Arc::new(entry.clone())).await.unwrap()
}
