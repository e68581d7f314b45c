//! Many ask at once for what nobody has kept.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use linernotes_origin::cache::{Built, Cache, Store, now_millis};
use linernotes_origin::config::Revalidate;
use linernotes_shared::cache::Freshness;
use linernotes_store_tests::{entry, key};

use crate::stores::for_every_store;

for_every_store! {
    a_thousand_askers_in_two_processes_cause_one_build
}

async fn a_thousand_askers_in_two_processes_cause_one_build(store: Arc<dyn Store>) {
    let processes =
        [(); 2].map(|()| Cache::new(Arc::clone(&store), 1024 * 1024, Revalidate::Background));
    let builds = Arc::new(AtomicUsize::new(0));
    let asked = join_all((0..1_000).map(|asker| {
        let builds = Arc::clone(&builds);
        processes[asker % 2].get_or_build(key(1), || async move {
            builds.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(100)).await;
            let mut answer = entry(b"built").built_at(now_millis());
            answer.freshness = Freshness::starting(now_millis() / 1000, 60, 60);
            Ok::<_, Infallible>(Built {
                answer,
                profiles: Vec::new(),
                unsure: Vec::new(),
                current: None,
            })
        })
    }))
    .await;
    let bodies: Vec<Vec<u8>> = asked
        .into_iter()
        .map(|served| served.unwrap().answer.body.plain().unwrap())
        .collect();
    assert_eq!(bodies, vec![b"built".to_vec(); 1_000]);
    assert_eq!(builds.load(Ordering::SeqCst), 1);
}
