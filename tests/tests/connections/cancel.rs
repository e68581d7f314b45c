use std::sync::Arc;
use std::time::Duration;

use linernotes_origin::catalogue::{Catalogue, CatalogueError};
use linernotes_origin::config::Database;
use linernotes_origin::telemetry::with_causes;
use postgres::{Client, Transaction};
use tokio::runtime::Runtime;
use uuid::uuid;

use super::{THE_LAS_NAME, ask_artist, catalogue, cluster, database, wait_until};

const BLOCKED: &str = "FILTER (WHERE wait_event_type = 'Lock') = 1";
const NONE_ACTIVE: &str = "FILTER (WHERE state <> 'idle') = 0";

/// Holds up every question about a series, and no other.
fn lock(client: &mut Client) -> Transaction<'_> {
    let mut lock = client.transaction().unwrap();
    lock.batch_execute("LOCK TABLE musicbrainz.series IN ACCESS EXCLUSIVE MODE")
        .unwrap();
    lock
}

async fn ask_series(catalogue: &Catalogue) -> Result<usize, CatalogueError> {
    let essentials = uuid!("5ca6d566-d0a6-4482-b97d-955d4df8c071").into();
    let found = catalogue.series(essentials).await?;
    Ok(found.expect("the sample has it").len())
}

#[test]
fn a_question_that_takes_too_long_ends_and_the_next_is_answered() {
    let (cluster, _folder) = cluster();
    let (mut locker, mut client) = (cluster.connect().unwrap(), cluster.connect().unwrap());
    let catalogue = Catalogue::new(&Database {
        timeout_seconds: 3,
        ..database(cluster.url())
    })
    .unwrap();
    let runtime = Runtime::new().unwrap();

    // The lock is held for as long as the test wants: nothing but the timeout ends this question.
    let lock = lock(&mut locker);
    let error = runtime.block_on(ask_series(&catalogue)).unwrap_err();
    assert!(
        matches!(
            error,
            CatalogueError::Timeout(_) | CatalogueError::Query(..)
        ),
        "{error:?}"
    );
    let answer = runtime.block_on(ask_artist(&catalogue));
    assert_eq!(answer.unwrap(), THE_LAS_NAME);
    wait_until(&mut client, NONE_ACTIVE);

    lock.rollback().unwrap();
    assert_eq!(runtime.block_on(ask_series(&catalogue)).unwrap(), 5);
}

#[test]
fn the_servers_own_timeout_ends_a_statement_without_asking_again() {
    let (cluster, _folder) = cluster();
    let (mut locker, mut client) = (cluster.connect().unwrap(), cluster.connect().unwrap());
    // The URL's options come first; PostgreSQL takes the last word on a setting, but a lock has a timeout of its own.
    let url = format!("{}?options=-c%20lock_timeout%3D200", cluster.url());
    let catalogue = Catalogue::new(&database(url)).unwrap();
    let runtime = Runtime::new().unwrap();

    let lock = lock(&mut locker);
    let error = runtime.block_on(ask_series(&catalogue)).unwrap_err();
    assert_eq!(
        with_causes(&error),
        "sql/catalogue/series.sql failed: db error: ERROR: canceling statement due to lock timeout"
    );
    wait_until(&mut client, NONE_ACTIVE);
    lock.rollback().unwrap();
    assert_eq!(runtime.block_on(ask_series(&catalogue)).unwrap(), 5);
    let ended = "canceling statement due to lock timeout";
    assert_eq!(cluster.log().matches(ended).count(), 1, "it was asked once");
}

#[test]
fn a_question_nobody_waits_for_any_longer_is_cancelled_on_the_server() {
    let (cluster, _folder) = cluster();
    let (mut locker, mut client) = (cluster.connect().unwrap(), cluster.connect().unwrap());
    let catalogue = Arc::new(catalogue(&cluster));
    let runtime = Runtime::new().unwrap();

    let lock = lock(&mut locker);
    let question = runtime.spawn({
        let catalogue = Arc::clone(&catalogue);
        async move { ask_series(&catalogue).await }
    });
    wait_until(&mut client, BLOCKED);
    question.abort();
    // There is only one connection, and the lock is still held.
    let answer = runtime.block_on(ask_artist(&catalogue));
    assert_eq!(answer.unwrap(), THE_LAS_NAME);
    wait_until(&mut client, NONE_ACTIVE);
    assert!(
        cluster
            .log()
            .contains("canceling statement due to user request")
    );

    lock.rollback().unwrap();
    assert_eq!(runtime.block_on(ask_series(&catalogue)).unwrap(), 5);
}

#[test]
fn a_cancellation_never_hits_the_next_question() {
    const ROUNDS: usize = 200;
    let (cluster, _folder) = cluster();
    let catalogue = Arc::new(catalogue(&cluster));
    let runtime = Runtime::new().unwrap();
    for _ in 0..ROUNDS {
        let question = runtime.spawn({
            let catalogue = Arc::clone(&catalogue);
            async move { ask_artist(&catalogue).await.map(drop) }
        });
        // Long enough to be under way, short enough to be often just about to end.
        std::thread::sleep(Duration::from_millis(2));
        question.abort();
        let answer = runtime.block_on(ask_artist(&catalogue));
        assert_eq!(answer.unwrap(), THE_LAS_NAME);
    }
}
