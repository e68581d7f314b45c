use std::sync::Arc;

use linernotes_origin::catalogue::Catalogue;
use linernotes_origin::config::Database;
use linernotes_shared::request::Entity;

use super::{THE_LAS_NAME, ask_artist, cluster, database, runtime, wait_until};

#[test]
fn slow_artists_leave_a_connection_to_everything_else() {
    const ARTISTS: usize = 3;
    const OTHERS: usize = 10;
    let (cluster, _folder) = cluster();
    let catalogue = Arc::new(
        Catalogue::new(&Database {
            connections: 2,
            ..database(cluster.url())
        })
        .unwrap(),
    );
    // Artists are slow for as long as this is held; the others' question doesn't read it.
    let mut holder = cluster.connect().unwrap();
    let mut slowness = holder.transaction().unwrap();
    slowness
        .batch_execute("LOCK TABLE musicbrainz.artist_gid_redirect IN ACCESS EXCLUSIVE MODE")
        .unwrap();
    let mut watcher = cluster.connect().unwrap();

    let runtime = runtime();
    // The artists come first, and take what they can get.
    let artists: Vec<_> = (0..ARTISTS)
        .map(|_| {
            let catalogue = Arc::clone(&catalogue);
            runtime.spawn(async move { ask_artist(&catalogue).await })
        })
        .collect();
    let others = runtime.block_on(async {
        tokio::task::spawn_blocking(move || {
            wait_until(&mut watcher, "FILTER (WHERE wait_event_type = 'Lock') > 0");
        })
        .await
        .unwrap();
        let mut others = Vec::new();
        for _ in 0..OTHERS {
            let ids = catalogue.ids(Entity::Album, None, 1).await.unwrap();
            others.push(ids.len());
        }
        others
    });
    assert_eq!(others, vec![1; OTHERS]);
    let answered = artists.iter().filter(|artist| artist.is_finished()).count();
    assert_eq!(answered, 0, "the artists were slow all the time");

    slowness.rollback().unwrap();
    for artist in artists {
        let name = runtime.block_on(artist).unwrap().unwrap();
        assert_eq!(name, THE_LAS_NAME);
    }
}
