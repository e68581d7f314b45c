//! Calls to providers, counted over all processes.

use std::time::Duration;

use linernotes_origin::limiter::{Limiter, Rate, SharedLimiter};
use linernotes_store_tests::{Emulator, NOW, Trouble, Troublemaker};

const FIVE_A_MINUTE: Rate = Rate {
    calls: 5,
    window: Duration::from_secs(60),
};

/// So much that a busy machine is no trouble.
const PATIENCE: Duration = Duration::from_secs(60);

/// How many of `calls` two processes are permitted, in turn.
async fn permitted(limiters: [&SharedLimiter; 2], provider: &str, now: u64, calls: usize) -> usize {
    let mut permitted = 0;
    for call in 0..calls {
        if limiters[call % 2]
            .permits(provider, FIVE_A_MINUTE, now)
            .await
        {
            permitted += 1;
        }
    }
    permitted
}

#[tokio::test(flavor = "multi_thread")]
async fn all_processes_together_call_no_more_than_a_provider_allows() {
    let emulator = Emulator::start().await;
    let one = SharedLimiter::new(emulator.store().await, PATIENCE);
    let other = SharedLimiter::new(emulator.store().await, PATIENCE);
    let limiters = [&one, &other];
    assert_eq!(permitted(limiters, "fanart", NOW, 20).await, 5);
    assert_eq!(permitted(limiters, "wikipedia", NOW, 4).await, 4);
    assert_eq!(permitted(limiters, "fanart", NOW + 60, 20).await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_table_in_trouble_each_process_counts_for_itself() {
    let emulator = Emulator::start().await;
    let _table = emulator.store().await;
    let troublemaker = Troublemaker::before(&emulator.url).await;
    let store = Emulator::store_at(&troublemaker.url).await;
    troublemaker.always(Trouble::ServerError);
    let limiter = SharedLimiter::new(store, PATIENCE);
    assert_eq!(permitted([&limiter, &limiter], "fanart", NOW, 8).await, 5);
    assert_eq!(
        permitted([&limiter, &limiter], "wikipedia", NOW, 8).await,
        5
    );
    let attempts = troublemaker.operations().len();
    assert!(
        attempts <= 9,
        "it is left alone after three failures: {attempts}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_table_is_not_waited_for() {
    let emulator = Emulator::start().await;
    let _table = emulator.store().await;
    let troublemaker = Troublemaker::before(&emulator.url).await;
    let store = Emulator::store_at(&troublemaker.url).await;
    troublemaker.always(Trouble::Silence);
    let limiter = SharedLimiter::new(store, Duration::from_millis(50));
    assert_eq!(permitted([&limiter, &limiter], "fanart", NOW, 8).await, 5);
    let attempts = troublemaker.operations().len();
    assert!(
        attempts <= 3,
        "it is left alone after three failures: {attempts}"
    );
}
