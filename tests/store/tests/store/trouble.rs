//! DynamoDB in trouble: an error soon, after few attempts, without secrets; and when it is over, it is over.

use std::sync::Arc;
use std::time::Duration;

use linernotes_origin::cache::{DynamoDbStore, Store, StoreError};
use linernotes_shared::cache::Collection;
use linernotes_store_tests::{Emulator, NOW, Trouble, Troublemaker, entry, key};

use crate::stores::{get, put};

/// Far more than the store's budget: waiting so long means waiting for ever.
const PATIENCE: Duration = Duration::from_secs(30);

const OPERATIONS: [&str; 7] = [
    "get", "put", "mark", "changed", "stale", "acquire", "release",
];

/// A store with an entry, behind a server that is going to make this trouble.
async fn start(trouble: Trouble) -> (Emulator, Troublemaker, DynamoDbStore) {
    let emulator = Emulator::start().await;
    put(&emulator.store().await, &key(1), &entry(b"kept")).await;
    let troublemaker = Troublemaker::before(&emulator.url).await;
    let store = match trouble {
        Trouble::Silence => Emulator::hasty_store_at(&troublemaker.url).await,
        _ => Emulator::store_at(&troublemaker.url).await,
    };
    (emulator, troublemaker, store)
}

async fn run(store: &DynamoDbStore, operation: &str) -> Result<(), StoreError> {
    let key = key(1);
    let keys = [key.clone()];
    let work = async {
        match operation {
            "get" => store.get(&keys).await.map(drop),
            "put" => store.put(&key, Arc::new(entry(b"new"))).await.map(drop),
            "mark" => store.mark_stale(&keys, NOW + 1).await.map(drop),
            "changed" => store
                .changed_since(Collection::Artist, 0, 1)
                .await
                .map(drop),
            "stale" => store.going_stale(Collection::Artist, 0, 1).await.map(drop),
            "acquire" => store.acquire(&key, "a", NOW, PATIENCE).await.map(drop),
            "release" => store.release(&key, "a").await,
            other => panic!("no operation is called {other}"),
        }
    };
    tokio::time::timeout(PATIENCE, work)
        .await
        .expect("the store gives up in time")
}

fn describe(error: &StoreError) -> String {
    let error: &dyn std::error::Error = error;
    std::iter::successors(error.source(), |cause| cause.source())
        .fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// What `get` says, and how often it was sent, under lasting trouble.
async fn get_under(trouble: Trouble) -> (String, usize) {
    let (_emulator, troublemaker, store) = start(trouble).await;
    troublemaker.always(trouble);
    let error = run(&store, "get").await.unwrap_err();
    (describe(&error), troublemaker.operations().len())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_trouble_has_its_message_and_a_bounded_number_of_attempts() {
    let refused = "the store failed: DynamoDB refused BatchGetItem";
    for (trouble, message, attempts) in [
        (
            Trouble::Throttled,
            "the store is asked too much".to_owned(),
            3,
        ),
        (
            Trouble::ServerError,
            format!("{refused}: InternalServerError"),
            3,
        ),
        (
            Trouble::Forbidden,
            format!(
                "{refused}: AccessDeniedException: not authorized to perform: dynamodb:BatchGetItem"
            ),
            1,
        ),
        (
            Trouble::WrongSignature,
            format!("{refused}: InvalidSignatureException"),
            1,
        ),
    ] {
        assert_eq!(get_under(trouble).await, (message, attempts), "{trouble:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_cannot_be_read_are_errors() {
    for trouble in [Trouble::Garbage, Trouble::Truncated] {
        let (message, attempts) = get_under(trouble).await;
        assert!(
            message.starts_with("the store failed: BatchGetItem failed: ") && attempts <= 3,
            "{trouble:?}: {message} after {attempts}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_is_not_waited_for() {
    let (message, attempts) = get_under(Trouble::Silence).await;
    assert_eq!(message, "the store takes too long");
    assert!((1..=3).contains(&attempts), "{attempts}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_there_is_an_error_at_once() {
    let free = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .unwrap();
    let url = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let store = Emulator::store_at(&url).await;
    let message = describe(&run(&store, "get").await.unwrap_err());
    assert!(
        message.starts_with("the store failed: BatchGetItem failed: "),
        "{message}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_fails_under_trouble_and_works_when_it_is_over() {
    for trouble in [
        Trouble::Throttled,
        Trouble::ServerError,
        Trouble::Silence,
        Trouble::Garbage,
        Trouble::Truncated,
        Trouble::Forbidden,
        Trouble::WrongSignature,
    ] {
        let (_emulator, troublemaker, store) = start(trouble).await;
        let store = Arc::new(store);
        troublemaker.always(trouble);
        let failing = OPERATIONS.map(|operation| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { (operation, run(&store, operation).await) })
        });
        for failed in failing {
            let (operation, outcome) = failed.await.unwrap();
            let error = outcome.expect_err(operation);
            assert!(!format!("{error:?}{}", describe(&error)).contains("SECRET"));
        }
        troublemaker.always(Trouble::None);
        assert_eq!(get(&*store, &key(1)).await, Some(entry(b"kept")));
        for operation in OPERATIONS {
            run(&store, operation).await.expect(operation);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn passing_trouble_is_not_seen() {
    for trouble in [Trouble::Throttled, Trouble::ServerError, Trouble::Silence] {
        let (_emulator, troublemaker, store) = start(trouble).await;
        for operation in OPERATIONS {
            troublemaker.plan(move |call| match call.number {
                0 => trouble,
                _ => Trouble::None,
            });
            run(&store, operation).await.expect(operation);
        }
        let counts = store.counts();
        let expected = OPERATIONS.len() as u64;
        match trouble {
            // This store's time is short: on a busy machine more may pass.
            Trouble::Silence => assert!(counts.retries >= expected, "{counts:?}"),
            _ => assert_eq!(counts.retries, expected, "{trouble:?}"),
        }
        let throttles = if trouble == Trouble::Throttled {
            expected
        } else {
            0
        };
        assert_eq!(counts.throttles, throttles, "{trouble:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_is_counted() {
    let (_emulator, troublemaker, store) = start(Trouble::Silence).await;
    store.get(&[key(1), key(2)]).await.unwrap();
    store.mark_stale(&[key(1), key(2)], NOW).await.unwrap();
    troublemaker.always(Trouble::Silence);
    assert!(store.get(&[key(1)]).await.is_err());
    let counts = store.counts();
    assert_eq!((counts.reads, counts.writes), (3, 2));
    assert!(counts.timeouts >= 1, "{}", counts.timeouts);
}
