//! The table: made once, found fit, refused if it is another's.

use linernotes_origin::cache::{DynamoDbStore, Store};
use linernotes_store_tests::{Emulator, Trouble, Troublemaker};

#[tokio::test(flavor = "multi_thread")]
async fn making_the_table_again_does_nothing() {
    let emulator = Emulator::start().await;
    let troublemaker = Troublemaker::before(&emulator.url).await;
    let store = Emulator::store_at(&troublemaker.url).await;
    store.ensure_table().await.unwrap();
    assert!(
        troublemaker
            .operations()
            .contains(&"CreateTable".to_owned())
    );
    troublemaker.always(Trouble::None);
    store.ensure_table().await.unwrap();
    assert_eq!(
        troublemaker.operations(),
        ["DescribeTable", "DescribeTable", "DescribeTimeToLive"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_make_the_table_at_once_both_succeed() {
    let emulator = Emulator::start().await;
    let (one, other) = (
        Emulator::store_at(&emulator.url).await,
        Emulator::store_at(&emulator.url).await,
    );
    let (one, other) = tokio::join!(one.ensure_table(), other.ensure_table());
    one.unwrap();
    other.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_tells_whether_the_store_can_be_used() {
    let emulator = Emulator::start().await;
    let troublemaker = Troublemaker::before(&emulator.url).await;
    let store: DynamoDbStore = Emulator::store_at(&troublemaker.url).await;
    let without_table = store.check().await.unwrap_err();
    let cause = std::error::Error::source(&without_table)
        .unwrap()
        .to_string();
    assert!(cause.contains("ResourceNotFoundException"), "{cause}");

    store.ensure_table().await.unwrap();
    store.check().await.unwrap();
    for operation in ["PutItem", "GetItem", "Query"] {
        troublemaker.plan(move |call| match call.operation == operation {
            true => Trouble::Forbidden,
            false => Trouble::None,
        });
        assert!(store.check().await.is_err(), "{operation}");
    }
}
